export type { Catalogue } from './catalogue.js';
export { Recorded } from './recorded.js';
export { journalledDecisions, type JournalledDecision } from './reading.js';
