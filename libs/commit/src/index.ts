export * from './ballot.js';
export * from './coordinator.js';
export * from './coordinator-state.js';
export type { Effect, ReplyAnswer } from './effects.js';
export * from './outbox.js';
export * from './participant.js';
export type * from './records.js';
export * from './rules.js';
export * from './waits.js';
