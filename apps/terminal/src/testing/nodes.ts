// Folders of nodes as they stand on a disk, and the command as a person would call it.
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { DecidedTransaction, Outcome } from '@parley/contracts';
import { Journal } from '@parley/journal';
import { parley } from '../parley.js';

const list = ['1', '2', '3'].map((digit) => ({ name: `participant-${digit}`, logId: digit.repeat(32) }));

/** A decided transaction as participants keep it; an empty string was aborted. */
export function decided(
  number: number,
  value: string,
  { book = 'main', decidedBy = 'coordinator' } = {},
): DecidedTransaction {
  const outcome: Outcome = value === '' ? 'aborted' : 'committed';
  return {
    book,
    number,
    list,
    protocol: 'e3pc',
    begin: {
      book,
      number,
      value: value === '' ? 'a string that was not to be' : value,
      digest: 'd'.repeat(43),
      protocol: 'e3pc',
      votes: 'automatic',
      timeouts: { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 },
      proposer: 'operator',
      correlation: 'c'.repeat(32),
      createdAt: 1_000 + number,
    },
    decision: {
      outcome,
      rule: outcome === 'committed' ? 'quorum-acknowledged' : 'vote-no',
      decidedBy,
      ballot: { counter: 1, node: '' },
      quorum: 2,
      votes: {},
      states: {},
      acknowledgements: [],
      decidedAt: 2_000,
    },
  };
}

export class DataFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<DataFolder> {
    return new DataFolder(await mkdtemp(join(tmpdir(), 'parley-verify-')));
  }

  /** Writes a ledger as it stands in its file, also one that has no end of its last line. */
  async ledger(node: string, text: string, book = 'main'): Promise<void> {
    await mkdir(join(this.path, node, 'ledger'), { recursive: true });
    await writeFile(join(this.path, node, 'ledger', `${book}.txt`), text);
  }

  async archive(node: string, transactions: readonly DecidedTransaction[], rest = ''): Promise<void> {
    await mkdir(join(this.path, node, 'archive'), { recursive: true });
    const file = join(this.path, node, 'archive', 'main.jsonl');
    await appendFile(file, transactions.map((transaction) => `${JSON.stringify(transaction)}\n`).join('') + rest);
  }

  /** Appends to a node's journal what it has learned of these transactions. */
  async journal(node: string, transactions: readonly DecidedTransaction[]): Promise<string> {
    await mkdir(join(this.path, node), { recursive: true });
    const file = join(this.path, node, 'journal.log');
    const journal = await Journal.open({ file, replay: () => undefined, preallocateBytes: 8_192 });
    for (const transaction of transactions) {
      const record = { kind: 'learned', digest: 'd'.repeat(43), ...transaction };
      journal.append(`${transaction.book}-${String(transaction.number)}`, Buffer.from(JSON.stringify(record)));
      await journal.forced();
    }
    await journal.close();
    return file;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Calls `parley` in a folder. */
export async function call(
  folder: string,
  parameters: readonly string[],
  {
    environment = {},
    isTerminal = false,
    input = '',
  }: { environment?: NodeJS.ProcessEnv; isTerminal?: boolean; input?: string } = {},
): Promise<Told> {
  let [out, error] = ['', ''];
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      out += chunk.toString();
      done();
    },
  });
  const code = await parley(parameters, {
    folder,
    environment,
    isTerminal,
    print: (text) => void (out += text),
    complain: (text) => void (error += text),
    streams: { input: Readable.from([input]), output },
    whenAskedToEnd: () => () => undefined,
  });
  return { code, out, error };
}
