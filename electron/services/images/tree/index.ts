export { analyze } from './analyze'
export { LayerSink } from './layer-sink'
export { listFolder } from './list'
export { ImageTree } from './tree'
