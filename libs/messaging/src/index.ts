export { Answers, AnswersAs, Hears } from './answers.js';
export { brokerAddress, brokerVariables } from './broker-address.js';
export { BusError, Refusal } from './bus-error.js';
export { BusServer } from './bus-server.js';
export { Bus } from './bus.js';
export { KeyValue, type Stored } from './key-value.js';
export { Stream } from './stream.js';
export type { StreamListener, StreamMessage, StreamReader } from './stream-reader.js';
export { newTrace, parseTraceparent } from './trace.js';
