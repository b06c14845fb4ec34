export { Journal } from './journal.js';
export { JournalError } from './journal-error.js';
export { readJournal } from './reading.js';
