export default { imageLayers: {} }
