export * from './bus.js';
export * from './events.js';
export * from './http.js';
export * from './ledger-chain.js';
export * from './line.js';
export * from './names.js';
export * from './problems.js';
export * from './transaction.js';
