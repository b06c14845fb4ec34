import { open, stat } from 'node:fs/promises';
import { hasCode } from './system-error.js';

const TAIL_BYTES = 16 * 1024;

/** The length of a file in bytes; 0 when there is none. */
export const lengthOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
};

/**
 * The last lines of a log; none when there is no log.
 *
 * @param path the log; it may have been rotated since
 * @param from a length of the log in bytes: only what was appended after it counts
 * @param lines how many at most
 */
export const logTail = async (path: string, from: number, lines: number): Promise<string[]> => {
  try {
    const file = await open(path, 'r');
    try {
      const length = (await file.stat()).size;
      const start = Math.max(length < from ? 0 : from, length - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length - start), 0, length - start, start);
      const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
      return text === '' ? [] : text.split('\n').slice(-lines);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
};
