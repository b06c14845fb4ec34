// Reads a journal without opening it as its writer does: nothing is cut, forced, made or locked, so it may be read while
// the node that writes it runs.
//
// The problem: a batch that is being written looks like damage once later ones stand behind it, and what is read in one
// moment may be followed by what was written in the next. So the end of what is written is looked up first, from the
// back, and nothing after it is read: batches are written one after the other, so all before it but the last one are
// whole, and that one is a torn tail at worst.
import { type FileHandle, open } from 'node:fs/promises';
import { HEADER_BYTES, decodeHeader, isFault, seedOf } from './frame.js';
import { JournalError } from './journal-error.js';
import { type Replay, type Source, scan } from './scan.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Calls `replay` for each record of a journal, in order.
 * @throws JournalError: 'journal-corrupt', 'journal-format', 'journal-unreadable'; or what `replay` throws
 */
export const readJournal = async (path: string, replay: Replay): Promise<void> => {
  const file = await inWords(path, () => open(path, 'r'));
  try {
    const source = await asOfNow(file, path);
    const header = decodeHeader(await source.read(0, Math.min(HEADER_BYTES, source.size)));
    if (isFault(header))
      throw new JournalError(header.format ? 'journal-format' : 'journal-corrupt', path, header.fault, 0);
    const ending = await scan(source, { ...header, seed: seedOf(header.logId) }, replay);
    if (ending.kind === 'corrupt')
      throw new JournalError('journal-corrupt', path, `${ending.fault}, and ${ending.proof}`, ending.offset);
  } finally {
    await file.close();
  }
};

/** The file as it is now: after its last byte that is not zero there are zeros, whatever is written meanwhile. */
const asOfNow = async (file: FileHandle, path: string): Promise<Source> => {
  const { size } = await inWords(path, () => file.stat());
  const read = async (position: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    await inWords(path, () => file.read(bytes, 0, length, position));
    return bytes;
  };
  let end = size;
  for (let last = -1; last < 0 && end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    last = (await read(start, end - start)).findLastIndex((byte) => byte !== 0);
    end = start + last + 1;
  }
  return {
    size,
    read: async (position, length) => {
      const written = Math.min(length, Math.max(0, end - position));
      return Buffer.concat([await read(position, written), Buffer.alloc(length - written)]);
    },
  };
};

const inWords = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw JournalError.ofSystem('read', path, 'reading it', error);
  }
};
