export default { imageCompare: {} }
