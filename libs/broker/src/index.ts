export { BrokerError, type BrokerErrorCode } from './broker-error.js';
export { readConnection, type Connection } from './connection.js';
export { greet, greetExternalBroker, type Greeting } from './greeting.js';
export { locateBroker, type LocatedBroker } from './locate.js';
export {
  configurationFileOf,
  connectionFileOf,
  startBroker,
  type Broker,
  type BrokerExit,
  type BrokerOptions,
} from './start-broker.js';
