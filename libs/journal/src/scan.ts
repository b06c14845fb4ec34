// Reads a journal from its first batch to its last and judges how it ends.
//
// The problem: an invalid batch is either the write that a crash interrupted, which nobody was told of and which is
// dropped, or damage to what had been forced, which must stop the node. "Drop everything after the first invalid record"
// would silently forget votes.
//
// Invariants:
// - Records are handed out in the order in which they were appended, and only from batches that are intact as a whole.
// - An invalid batch is a torn tail only if no intact batch stands after it: a later batch proves that everything before
//   it was forced (frame.ts). The whole rest of the file is searched for one. Nor is it one if the header says that it was
//   forced, or if more follows than one write can be.
// - The end is clean only if nothing but zeros follows. Leftovers of a torn write would otherwise stay in the way of
//   the next batches.
// - What cannot be told apart: damage to the very last batch and a torn write of it. It is taken for a torn write.
//
// Source: Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018, on disentangling crashes and
// corruptions in the log.
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  type Fault,
  HEADER_BYTES,
  type JournalRecord,
  type Layout,
  MAX_BATCH_BYTES,
  decodeBatchHeader,
  decodeRecord,
  isFault,
  positionAt,
} from './frame.js';

/** Random access to the bytes of a journal. */
export interface Source {
  readonly size: number;
  /** The `length` bytes at `position`, which lie within the file. */
  read(position: number, length: number): Promise<Buffer>;
}

type ReplayedRecord = JournalRecord & { readonly position: number };

/** What it returns, if anything, is awaited before the next record is handed out. */
export type Replay = (record: ReplayedRecord) => Promise<void> | void;

/** How a log is laid out in its file, and where its checksums start. */
export interface Log extends Layout {
  readonly seed: number;
}

/** Where the batches end, and where the last one starts if there is one. */
interface Last {
  readonly end: number;
  readonly lastBatch: number | undefined;
}

/** How a journal ends. */
export type Ending =
  | (Last & { readonly kind: 'clean' })
  | (Last & { readonly kind: 'torn'; readonly cutBytes: number })
  | { readonly kind: 'corrupt'; readonly offset: number; readonly fault: string; readonly proof: string };

const WINDOW_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(WINDOW_BYTES);

/** Many small batches are read with one access. */
class Window {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(readonly source: Source) {}

  /** Up to `length` bytes at `position`; fewer only at the end of the file. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.source.size - position);
    const from = position - this.#start;
    if (from >= 0 && from + wanted <= this.#bytes.length) return this.#bytes.subarray(from, from + wanted);
    // A new buffer each time, because whoever replays may have kept views of the old one.
    const bytes = Math.min(Math.max(wanted, WINDOW_BYTES), this.source.size - position);
    this.#bytes = await this.source.read(position, bytes);
    this.#start = position;
    return this.#bytes.subarray(0, wanted);
  }
}

/** Reads all batches of one log. Calls `replay` for each record of each intact batch before it judges the end. */
export const scan = async (source: Source, log: Log, replay: Replay): Promise<Ending> => {
  const window = new Window(source);
  let end = HEADER_BYTES;
  let lastBatch: number | undefined;
  for (;;) {
    const header = decodeBatchHeader(await window.at(end, BATCH_HEADER_BYTES), positionAt(log, end), log.seed);
    if (isFault(header)) return judgeEnd(source, log, { end, lastBatch }, { ...header, offset: end });
    const records = decodeBatch(await window.at(end, header.bytes), end, header.bytes, log);
    if (isFault(records)) return judgeEnd(source, log, { end, lastBatch }, records);
    for (const record of records) {
      const replayed = replay(record);
      if (replayed) await replayed;
    }
    lastBatch = end;
    end += header.bytes;
  }
};

type PlacedFault = Fault & { readonly offset: number };

const decodeBatch = (frame: Buffer, offset: number, bytes: number, log: Log): ReplayedRecord[] | PlacedFault => {
  if (frame.length < bytes) return { fault: 'the file ends within a batch', offset };
  const start = positionAt(log, offset);
  const records: ReplayedRecord[] = [];
  for (let at = BATCH_HEADER_BYTES; at < bytes;) {
    const record = decodeRecord(frame, at, start + at, log.seed);
    if (isFault(record)) return { ...record, offset: offset + at };
    const { transaction, payload } = record;
    records.push({ position: start + record.end, transaction, payload });
    at = record.end;
  }
  return records;
};

const judgeEnd = async (source: Source, log: Log, last: Last, invalid: PlacedFault): Promise<Ending> => {
  if (last.end < log.forcedEnd)
    return { kind: 'corrupt', ...invalid, proof: `the header shows that it was forced up to offset ${log.forcedEnd}` };
  const { laterBatch, dirtyEnd } = await examineRest(source, log, last.end);
  const cutBytes = dirtyEnd - last.end;
  if (laterBatch !== undefined)
    return {
      kind: 'corrupt',
      ...invalid,
      proof: `a later batch at offset ${laterBatch} shows that it had been forced`,
    };
  if (cutBytes > MAX_BATCH_BYTES)
    return { kind: 'corrupt', ...invalid, proof: `${cutBytes} bytes follow, more than an interrupted write can leave` };
  return cutBytes === 0 ? { kind: 'clean', ...last } : { kind: 'torn', ...last, cutBytes };
};

/**
 * Looks through everything from `offset` on: for an intact header of a batch after it, and for the end of what is not
 * zero (`offset` itself if all is).
 */
const examineRest = async (
  source: Source,
  log: Log,
  offset: number,
): Promise<{ readonly laterBatch?: number; readonly dirtyEnd: number }> => {
  let dirtyEnd = offset;
  let at = offset;
  while (at < source.size) {
    const chunk = await source.read(at, Math.min(WINDOW_BYTES, source.size - at));
    if (!chunk.equals(ZEROS.subarray(0, chunk.length))) {
      const laterBatch = findBatch(chunk, at, offset, log);
      if (laterBatch !== undefined) return { laterBatch, dirtyEnd };
      dirtyEnd = at + chunk.length;
      while (chunk[dirtyEnd - at - 1] === 0) dirtyEnd -= 1;
    }
    if (at + chunk.length === source.size) break;
    // A header may lie across two chunks: each chunk begins with the last bytes of the one before.
    at += chunk.length - (BATCH_HEADER_BYTES - 1);
  }
  return { dirtyEnd };
};

const findBatch = (chunk: Buffer, chunkAt: number, after: number, log: Log): number | undefined => {
  for (let i = chunk.indexOf(BATCH_MAGIC); i >= 0; i = chunk.indexOf(BATCH_MAGIC, i + 1)) {
    const offset = chunkAt + i;
    if (offset <= after) continue;
    const header = decodeBatchHeader(chunk.subarray(i, i + BATCH_HEADER_BYTES), positionAt(log, offset), log.seed);
    if (!isFault(header)) return offset;
  }
  return undefined;
};
