export { Answers, AnswersAs, Hears } from './answers.js';
export { brokerAddress, brokerVariables, type BrokerAddress, type BrokerEnvironment } from './broker-address.js';
export { BusError, Refusal, type BusErrorCode, type CodedError } from './bus-error.js';
export { BusServer, type BusServerOptions } from './bus-server.js';
export { Bus, type GatherOptions, type RequestOptions } from './bus.js';
export type { LinkOptions } from './link.js';
export type { Call } from './message.js';
export { newTrace, parseTraceparent } from './trace.js';
