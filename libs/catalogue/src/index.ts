export type { Catalogue } from './catalogue.js';
export { Recorded } from './recorded.js';
