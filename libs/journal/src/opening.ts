// Opens a journal's file, or makes it: checks the header, replays the records, cuts a torn tail.
//
// The problem: what is read at opening comes from the kernel's cache and need not be on the disk. The process before may
// have been killed after its last write reached the cache, or its last force may have failed and left pages that the
// kernel takes for clean although they were never stored. To act on such a record and then lose power is to forget it.
//
// Invariant: when `openLog` returns, everything that was replayed is on the disk. Only the last batch can be in doubt, as
// each batch was forced before the next was written; it is written again, byte for byte, and forced.
//
// Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
import { randomBytes } from 'node:crypto';
import { ForcedFile } from './forced-file.js';
import { EMPTY_LAYOUT, HEADER_BYTES, decodeHeader, encodeHeader, isFault, seedOf, type Header } from './frame.js';
import { JournalError } from './journal-error.js';
import { type Ending, type Log, type Replay, scan } from './scan.js';

const LOG_ID_BYTES = 16;

interface Settled {
  /** Offset after the last batch. */
  readonly end: number;
  /** Bytes of a torn write that were cut off, if there were any. */
  readonly cutBytes: number | undefined;
}

export interface OpenLog extends Settled, Log {
  readonly file: ForcedFile;
  readonly logId: string;
}

/** Whether less than half of what is filled with zeros at a time is left after the offset `end`. */
export const needsGrowth = (file: ForcedFile, end: number, preallocateBytes: number): boolean =>
  file.size - end < preallocateBytes / 2;

/** @throws JournalError, or what `replay` throws */
export const openLog = async (path: string, preallocateBytes: number, replay: Replay): Promise<OpenLog> => {
  const file = (await ForcedFile.open(path)) ?? (await make(path));
  try {
    const header = await readHeader(file);
    const log = { ...header, seed: seedOf(header.logId) };
    const ending = await scan(file, log, replay);
    const settled = await settle(file, ending);
    if (needsGrowth(file, settled.end, preallocateBytes)) await file.grow(settled.end + preallocateBytes);
    return { file, ...log, ...settled };
  } catch (error) {
    await file.close();
    throw error;
  }
};

const make = async (path: string): Promise<ForcedFile> => {
  const file = await ForcedFile.build(path);
  await file.write(encodeHeader({ logId: randomBytes(LOG_ID_BYTES).toString('hex'), ...EMPTY_LAYOUT }), 0);
  await file.putInPlace();
  return file;
};

const readHeader = async (file: ForcedFile): Promise<Header> => {
  const header = decodeHeader(await file.read(0, Math.min(HEADER_BYTES, file.size)));
  if (!isFault(header)) return header;
  throw new JournalError(header.format ? 'journal-format' : 'journal-corrupt', file.file, header.fault, 0);
};

const settle = async (file: ForcedFile, ending: Ending): Promise<Settled> => {
  if (ending.kind === 'corrupt')
    throw new JournalError('journal-corrupt', file.file, `${ending.fault}, and ${ending.proof}`, ending.offset);
  const { end, lastBatch } = ending;
  if (ending.kind === 'torn') await file.cut(end);
  if (lastBatch !== undefined) await file.write(await file.read(lastBatch, end - lastBatch), lastBatch);
  await file.sync();
  return { end, cutBytes: ending.kind === 'torn' ? ending.cutBytes : undefined };
};
