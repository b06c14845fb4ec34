// Where the broker is: what the environment names, else what the launcher wrote into the data folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** Where to connect, and as whom. */
export interface BrokerAddress {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** The variables that name the broker. Every service's configuration takes them in with `...brokerVariables`. */
export const brokerVariables = {
  NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).optional(),
  NATS_USER: z.string().min(1).optional(),
  NATS_PASSWORD_FILE: z.string().min(1).optional(),
};

export interface BrokerEnvironment {
  readonly NATS_URL?: string | undefined;
  readonly NATS_USER?: string | undefined;
  readonly NATS_PASSWORD_FILE?: string | undefined;
  readonly PARLEY_DATA: string;
}

const pollMs = 200;

// The launcher renames the file into place, so it is never seen half written.
const connectionFile = z.object({ url: z.string(), user: z.string(), password: z.string() });

/**
 * The broker's address: `NATS_URL` with `NATS_USER` and `NATS_PASSWORD_FILE`, else
 * `${PARLEY_DATA}/broker/connection.json`, or `<limited>.connection.json` for a client that has fewer rights; it is waited
 * for until it is there. Rejects when a file cannot be read or holds something else, and with the signal's reason when that aborts.
 */
export async function brokerAddress(
  environment: BrokerEnvironment,
  signal?: AbortSignal,
  limited?: string,
): Promise<BrokerAddress> {
  if (environment.NATS_URL === undefined) {
    const file = limited === undefined ? 'connection.json' : `${limited}.connection.json`;
    return fromConnectionFile(join(environment.PARLEY_DATA, 'broker', file), signal);
  }
  // The NATS client does not look for a credential in the URL, so it is taken out here.
  const url = new URL(environment.NATS_URL);
  const [named, secret] = [url.username, url.password].map((part) =>
    part === '' ? undefined : decodeURIComponent(part),
  );
  url.username = url.password = '';
  const file = environment.NATS_PASSWORD_FILE;
  const password = file === undefined ? secret : (await readFile(file, 'utf8')).trimEnd();
  return { url: url.href, user: environment.NATS_USER ?? named, password };
}

async function fromConnectionFile(path: string, signal: AbortSignal | undefined): Promise<BrokerAddress> {
  for (;;) {
    const text = await readIfThere(path);
    if (text !== undefined) {
      const parsed = connectionFile.safeParse(asJson(text));
      if (!parsed.success) {
        throw new Error(`${path} is not a connection file: start the launcher again, which writes it anew`);
      }
      return parsed.data;
    }
    await sleep(pollMs, undefined, { signal });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
