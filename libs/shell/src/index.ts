export { Ballots } from './ballots.js';
export { Deadlines } from './deadlines.js';
export { Failpoints } from './failpoints.js';
export { Shell, type Outgoing } from './shell.js';
