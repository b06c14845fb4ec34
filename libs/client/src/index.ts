export type { Told } from './core/connection.js';
export type { Progress } from './core/delivery.js';
export {
  CommandTooLarge,
  ConnectionEnded,
  MisunderstoodAnswer,
  ProblemAnswer,
  ServerUnreachable,
} from './http/failures.js';
export { HttpClient } from './http/http-client.js';
export { ChatConnection } from './socket/chat-connection.js';
export type { WireEntry } from './wire.js';
