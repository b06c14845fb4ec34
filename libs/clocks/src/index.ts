export { newClock, receive, step, type ProcessClock, type Stamp } from './process-clock.js';
export { projectClocks } from './projection.js';
export { compare } from './vector.js';
