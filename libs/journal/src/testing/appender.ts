// A process that appends to a journal without end and says what was forced, until it is killed or its disk is full.
// Record n, counted from 0 over all lives of the journal, is `numbered(n)`. With a second argument it cuts its journal
// without end as well; the snapshot is how many records it stands for.
import { Journal, JournalError } from '../index.js';
import { SNAPSHOT, numbered } from './numbered.js';

export type Report =
  | { readonly type: 'opened'; readonly records: number }
  | { readonly type: 'forced'; readonly records: number }
  | ({ readonly type: 'failed' } & Readonly<Record<Question, string>>);

/** What is tried after the failure; each is answered with an error's code. */
type Question = 'failure' | 'append' | 'forced' | 'forcedBefore' | 'close';

const report = (message: Report): void => {
  process.send?.(message);
};

const codeOf = async (attempt: () => unknown): Promise<string> => {
  try {
    await attempt();
    return 'no error';
  } catch (error) {
    return error instanceof JournalError ? error.code : String(error);
  }
};

let count = 0;
const pending: { readonly position: number; readonly records: number }[] = [];

const onFailure = (failure: JournalError): void => {
  void reportFailure(failure.code);
};

const reportFailure = async (failure: string): Promise<void> => {
  const before = journal.forcedThrough;
  report({
    type: 'failed',
    failure,
    append: await codeOf(() => journal.append('late', Buffer.from('late'))),
    forced: await codeOf(() => journal.forced()),
    forcedBefore: await codeOf(() => journal.forced(before)),
    close: await codeOf(() => journal.close()),
  });
  process.disconnect();
};

const journal = await Journal.open({
  file: process.argv[2] ?? 'missing argument',
  replay: ({ transaction, payload }) => {
    count = transaction === SNAPSHOT ? Number(payload) : count + 1;
  },
  onFailure,
  preallocateBytes: 64 * 1024,
  maxBatchBytes: 8 * 1024,
});

const appendSome = (): void => {
  for (let i = 0; i <= count % 23; i += 1) {
    const { transaction, payload } = numbered(count);
    const position = journal.append(transaction, payload);
    count += 1;
    pending.push({ position, records: count });
  }
};

journal.onForced((through) => {
  let records = 0;
  while (pending[0] !== undefined && pending[0].position <= through) records = pending.shift()?.records ?? records;
  report({ type: 'forced', records });
  // Two groups for each that was forced, so that writes are always in flight and more is waiting behind them.
  if (pending.length < 1000) appendSome();
  appendSome();
});

async function* snapshot(records: number): AsyncGenerator<{ transaction: string; payload: Buffer }> {
  await journal.forced();
  yield { transaction: SNAPSHOT, payload: Buffer.from(String(records)) };
}

const cutAgain = async (): Promise<void> => {
  for (;;) await journal.cut(snapshot(count));
};

report({ type: 'opened', records: count });
appendSome();
if (process.argv[3] === 'cut') void cutAgain();
