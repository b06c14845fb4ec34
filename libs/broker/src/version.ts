import { BrokerError } from './broker-error.js';

/** The first version that knows `sync_interval: always` and the JetStream features that Parley relies on. */
const OLDEST = { major: 2, minor: 12 };

const REMEDY =
  `Install nats-server ${OLDEST.major}.${OLDEST.minor} or newer from https://github.com/nats-io/nats-server/releases ` +
  '(macOS: brew install nats-server), and put it on the PATH or set NATS_SERVER_BIN to it.';

/** The error for a machine on which no nats-server was found. */
export const missingBroker = (): BrokerError =>
  new BrokerError('broker-missing', `No nats-server was found. ${REMEDY}`);

/**
 * Reads a version out of what a broker says of itself, and refuses one that is too old.
 *
 * @param text the output of `nats-server --version`, or the version in a server's INFO
 * @param where what to call this broker in an error, for example its path
 * @returns the version, as `2.14.0`
 * @throws BrokerError `broker-too-old`, or `broker-unusable` when there is no version in the text
 */
export const acceptVersion = (text: string, where: string): string => {
  const match = /\bv?((\d+)\.(\d+)\.\d+\S*)/.exec(text);
  if (!match?.[1]) {
    throw new BrokerError('broker-unusable', `${where} does not say its version as a nats-server does. ${REMEDY}`);
  }
  const [version, major, minor] = [match[1], Number(match[2]), Number(match[3])];
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)) {
    throw new BrokerError('broker-too-old', `${where} is nats-server ${version}, which is too old. ${REMEDY}`);
  }
  return version;
};
