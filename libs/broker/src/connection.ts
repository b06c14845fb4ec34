import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { hasCode } from './system-error.js';

/** How a client reaches a broker. */
export interface Connection {
  /** As `nats://127.0.0.1:4222`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** As whom a client connects. */
export type Credential = Omit<Connection, 'url'>;

/** Writes a file that only its owner may read; who reads it sees all of the old text or all of the new. */
export const writeSecretFile = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
};

/** Writes a connection file (JSON, mode 0600), replacing it as a whole. */
export const writeConnection = (path: string, { url, user, password }: Connection): Promise<void> =>
  writeSecretFile(path, `${JSON.stringify({ url, user, password })}\n`);

/**
 * Reads a connection file.
 *
 * @returns undefined when there is none
 * @throws when it cannot be read or is not a connection file
 */
export const readConnection = async (path: string): Promise<Connection | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { url, user, password } = JSON.parse(text) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof user !== 'string' || typeof password !== 'string') {
    throw new Error(`${path} is not a connection file: url, user and password are needed.`);
  }
  return { url, user, password };
};
