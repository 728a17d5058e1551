export default { images: {} }
