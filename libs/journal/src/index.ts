export { Journal, type JournalOptions } from './journal.js';
export { JournalError, type JournalErrorCode } from './journal-error.js';
export type { JournalRecord } from './frame.js';
