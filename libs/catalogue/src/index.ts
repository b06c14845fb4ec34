export { Catalogue } from './catalogue.js';
export { decodeRecord, encodeRecord } from './record-format.js';
