export * from './accounts.js';
export * from './buckets.js';
export * from './bus/chat-operations.js';
export * from './bus/clock-operations.js';
export * from './bus/coordinator-operations.js';
export * from './bus/direct-operations.js';
export * from './bus/facts.js';
export * from './bus/named-operations.js';
export * from './bus/operation.js';
export * from './bus/participant-operations.js';
export {
  MAX_RANGE,
  type DecidedTransaction,
  type LedgerMark,
  type NumberRange,
  type OpenNumbers,
  type ProtocolAnswer,
  type ProtocolReply,
  decidedTransaction,
} from './bus/protocol-messages.js';
export * from './bus/presence-facts.js';
export * from './bus/presence-operations.js';
export type { PageRequest } from './bus/reads.js';
export * from './bus/room-operations.js';
export * from './clock-exchange.js';
export * from './direct-messages.js';
export * from './events.js';
export * from './http/event-routes.js';
export * from './http/health.js';
export * from './http/participants.js';
export { MAX_BODY_BYTES, type Route } from './http/route.js';
export * from './http/routes.js';
export * from './http/transactions.js';
export * from './ledger-chain.js';
export * from './line.js';
export * from './message-text.js';
export * from './names.js';
export * from './network.js';
export * from './people.js';
export * from './presence.js';
export * from './problems.js';
export * from './room-explanations.js';
export * from './room-record.js';
export type { RoomCheckpoint, RoomOutline, RoomRecollection } from './room-snapshots.js';
export {
  MAX_OPEN_PROPOSALS,
  MAX_ROOMS,
  MAX_ROOMS_OF_ACCOUNT,
  newRoom,
  room,
  roomChange,
  type Agreement,
  type ListedRoom,
  type NewRoom,
  type Room,
  type RoomChange,
  type RoomPosition,
  type RoomRules,
} from './rooms.js';
export { secrets } from './secrets.js';
export * from './socket.js';
export {
  closeReasons,
  entranceProblems,
  frameProblems,
  type SocketOperation,
  socketOperations,
  socketPushExamples,
} from './socket-operations.js';
export * from './transaction.js';
export * from './upkeep.js';
export * from './user-name.js';
