export { newClock, receive, step, type ProcessClock, type Stamp } from './process-clock.js';
export { projectClocks } from './projection.js';
export { clocksByAuthor } from './record-clocks.js';
export { compare, type VectorClock } from './vector.js';
