export { noArchive, type Archive, type Catalogue } from './catalogue.js';
export { nextDigest } from './chain.js';
export { makeFolder } from './node-folder.js';
export { Recorded } from './recorded.js';
export { journalledDecisions, type JournalledDecision } from './reading.js';
