import { connect } from 'node:net';
import { BrokerError } from './broker-error.js';
import { acceptVersion } from './version.js';
import { reasonOf } from './system-error.js';

const ANSWER_MS = 5_000;
const DEFAULT_PORT = 4222;

/** What a NATS server says to whoever connects, before any sign-in. */
export interface Greeting {
  readonly version: string;
  readonly jetstream: boolean;
  readonly authRequired: boolean;
}

const parse = (line: string, url: string): Greeting => {
  const text = /^INFO (\{.*\})\s*$/.exec(line)?.[1];
  if (text === undefined) throw new Error(`it is not a NATS server: it said ${JSON.stringify(line.slice(0, 80))}`);
  const info = JSON.parse(text) as Record<string, unknown>;
  return {
    version: acceptVersion(String(info['version']), url),
    jetstream: info['jetstream'] === true,
    authRequired: info['auth_required'] === true,
  };
};

const firstLine = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url.includes('://') ? url : `nats://${url}`);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: port === '' ? DEFAULT_PORT : Number(port) });
    let heard = '';
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer in ${ANSWER_MS} ms`)));
    socket.on('data', (text: string) => {
      heard += text;
      if (!heard.includes('\n')) return;
      socket.destroy();
      resolve(heard.slice(0, heard.indexOf('\n')));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed without a word')));
  });

/**
 * Asks the server at an address who it is.
 *
 * @param url one NATS address, as `nats://127.0.0.1:4222`
 * @throws BrokerError `broker-unreachable` when nothing answers there within 5 s, `broker-too-old`
 */
export const greet = async (url: string): Promise<Greeting> => {
  try {
    return parse(await firstLine(url), url);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw new BrokerError('broker-unreachable', `No broker answers at ${url}: ${reasonOf(error)}`, { cause: error });
  }
};

/**
 * Asks the broker that NATS_URL names, of which the first address that answers counts.
 *
 * @returns undefined when NATS_URL is not set, and a broker of one's own is wanted
 * @throws BrokerError `broker-unreachable`, `broker-too-old`
 */
export const greetExternalBroker = async (
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly url: string; readonly version: string } | undefined> => {
  const addresses = (environment['NATS_URL'] ?? '').split(',').map((address) => address.trim());
  const failures: BrokerError[] = [];
  for (const url of addresses.filter((address) => address !== '')) {
    try {
      return { url, version: (await greet(url)).version };
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first) throw new BrokerError(first.code, failures.map(({ message }) => message).join('\n'), { cause: first });
  return undefined;
};
