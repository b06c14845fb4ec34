export * from './ballot.js';
export type { Book, DueLines } from './book.js';
export * from './coordinator.js';
export * from './coordinator-state.js';
export type { Announced, Append, Effect, ReplyAnswer, Wait } from './effects.js';
export * from './outbox.js';
export * from './participant.js';
export type * from './records.js';
export * from './rules.js';
