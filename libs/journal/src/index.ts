export { Journal } from './journal.js';
export { JournalError } from './journal-error.js';
