export { Answers, AnswersAs, Hears } from './answers.js';
export { brokerAddress, brokerVariables } from './broker-address.js';
export { BusError } from './bus-error.js';
export { BusServer } from './bus-server.js';
export { Bus } from './bus.js';
export { KeyValue } from './key-value.js';
export { newTrace, parseTraceparent } from './trace.js';
