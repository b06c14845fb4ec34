// One process per folder: a launcher for its data folder, a node for its journal. The lock is a listening socket, because the operating system releases it when its holder
// ends, however it ends; a lock file would stay behind after SIGKILL. It answers with the holder's process id.
//
// Linux has socket names that are not files (unix(7), "abstract"), one space of them per network namespace. Elsewhere it is
// a file, and that of a dead holder is taken over.
import { createHash, randomUUID } from 'node:crypto';
import { realpath, rename, link, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ANSWER_MS = 2_000;

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));

/** The folder is ours until `release`. */
interface HeldLock {
  readonly kind: 'held';
  release(): Promise<void>;
}

/** Another process has the folder. */
interface TakenLock {
  readonly kind: 'taken';
  /** Undefined when the holder does not answer. */
  readonly pid: number | undefined;
  /** Resolved when the holder has let go. */
  readonly released: Promise<void>;
}

export type FolderLock = HeldLock | TakenLock;

/**
 * Where the lock of a folder is: the same for all names of the folder.
 *
 * @param folder an existing folder
 */
export const lockAddress = async (folder: string, platform: NodeJS.Platform = process.platform): Promise<string> => {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  // The file is not in the folder itself: a socket's path is limited to about a hundred characters.
  return platform === 'linux' ? `\0parley-${name}` : join(tmpdir(), `parley-${name.slice(0, 32)}.lock`);
};

/** Resolved with the server, or undefined when the address is in use. */
const listen = (address: string): Promise<{ server: Server; askers: Set<Socket> } | undefined> =>
  new Promise((resolve, reject) => {
    const askers = new Set<Socket>();
    const server = createServer((asker) => {
      askers.add(asker);
      // An asker that goes away before it was answered is none of the holder's business.
      asker.on('error', () => undefined).once('close', () => askers.delete(asker));
      asker.unref().write(`${process.pid}\n`);
    });
    server.once('error', (error) => (hasCode(error, 'EADDRINUSE') ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve({ server: server.unref(), askers }));
  });

/** Asks the holder; undefined when there is none, so that nobody listens at the address. */
const ask = (address: string): Promise<TakenLock | undefined> =>
  new Promise((resolve, reject) => {
    const socket = connect(address);
    const released = new Promise<void>((free) => socket.once('close', () => free()));
    const taken = (pid: number | undefined) => {
      clearTimeout(deadline);
      resolve({ kind: 'taken', pid, released });
    };
    const deadline = setTimeout(() => taken(undefined), ANSWER_MS);
    socket.once('data', (answer) => taken(Number.parseInt(answer.toString(), 10)));
    socket.once('error', (error) => {
      clearTimeout(deadline);
      if (hasCode(error, 'ECONNREFUSED', 'ENOENT', 'ECONNRESET')) resolve(undefined);
      else reject(error);
    });
  });

/**
 * Moves a dead holder's socket file out of the way. Of several that try it at once none removes a live one: a file is
 * renamed first, and put back when somebody listens behind it after all.
 */
const clearDeadSocket = async (address: string): Promise<void> => {
  const aside = `${address}.${randomUUID()}`;
  try {
    await rename(address, aside);
    if ((await ask(aside)) !== undefined) await link(aside, address);
    await rm(aside);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EEXIST')) throw error; // Somebody else was faster.
  }
};

/**
 * Takes a lock, if nobody has it.
 *
 * @param address as `lockAddress` gives it
 */
export const takeLock = async (address: string): Promise<FolderLock> => {
  for (;;) {
    const listening = await listen(address);
    if (listening) {
      const { server, askers } = listening;
      const release = () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          for (const asker of askers) asker.destroy();
        });
      return { kind: 'held', release };
    }
    const taken = await ask(address);
    if (taken) return taken;
    if (!address.startsWith('\0')) await clearDeadSocket(address);
  }
};

/**
 * Takes a folder for this process, if nobody has it.
 *
 * @param folder an existing folder
 */
export const holdFolder = async (folder: string): Promise<FolderLock> => takeLock(await lockAddress(folder));
