export { BrokerError } from './broker-error.js';
export { readConnection, type Connection } from './connection.js';
export { greet, greetExternalBroker } from './greeting.js';
export { configurationFileOf, connectionFileOf, startBroker, type Broker } from './start-broker.js';
