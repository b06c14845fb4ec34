// One process per folder: a launcher for its data folder, a node for its journal. The lock is a listening socket, because the operating system releases it when its holder
// ends, however it ends; a lock file would stay behind after SIGKILL. It answers with the holder's process id.
//
// Linux has socket names that are not files (unix(7), "abstract"), one space of them per network namespace. Elsewhere it is
// a file, and that of a dead holder is taken over.
import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
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

/** Asks the holder. Who was killed has left a dead address; who let go has left none. */
const ask = (address: string): Promise<TakenLock | { readonly kind: 'dead' | 'free' }> =>
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
      if (hasCode(error, 'ECONNREFUSED')) resolve({ kind: 'dead' });
      else if (hasCode(error, 'ENOENT', 'ECONNRESET')) resolve({ kind: 'free' });
      else reject(error);
    });
  });

/** Stops listening; those who asked see that the lock is free. */
const close = ({ server, askers }: { server: Server; askers: Set<Socket> }): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const asker of askers) asker.destroy();
  });

/**
 * Removes a dead holder's socket file. Only who listens at a second address may do that, after asking once more: nobody
 * can listen where the dead file stands, so what is dead then stays dead until it is removed.
 */
const clearDeadSocket = async (address: string): Promise<void> => {
  const guard = `${address}.takeover`;
  const listening = await listen(guard);
  if (listening === undefined) {
    const other = await ask(guard);
    // A guard that is dead was left by a process that was killed within these few lines.
    if (other.kind === 'dead') await rm(guard, { force: true });
    if (other.kind === 'taken') await other.released;
    return;
  }
  if ((await ask(address)).kind === 'dead') await rm(address, { force: true });
  await close(listening);
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
      return { kind: 'held', release: () => close(listening) };
    }
    const found = await ask(address);
    if (found.kind === 'taken') return found;
    if (found.kind === 'dead' && !address.startsWith('\0')) await clearDeadSocket(address);
  }
};

/**
 * Takes a folder for this process, if nobody has it.
 *
 * @param folder an existing folder
 */
export const holdFolder = async (folder: string): Promise<FolderLock> => takeLock(await lockAddress(folder));
