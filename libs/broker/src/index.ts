export { BrokerError, type BrokerErrorCode } from './broker-error.js';
export { readConnection, type Connection } from './connection.js';
export { greet, greetExternalBroker } from './greeting.js';
export {
  configurationFileOf,
  connectionFileOf,
  startBroker,
  type Broker,
  type BrokerExit,
  type BrokerOptions,
} from './start-broker.js';
