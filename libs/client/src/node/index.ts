export { openLine } from './line.js';
