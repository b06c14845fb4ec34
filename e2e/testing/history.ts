// What clients were told, to be held against what the system has in the end: a commit or an abort that was told stays,
// a string that was proposed under one key stands in at most one line, and what was said not to have begun has not.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Transaction } from '@parley/contracts';
import type { HttpClient, Proposing, Told } from './http.js';

/** How long a client comes again that is told to, in milliseconds. */
const PATIENCE_MS = 30_000;

export type Standing = Omit<Proposing, 'value' | 'key' | 'book'>;

/** What clients propose to, and what is held against what they were told. */
export interface Asked {
  readonly http: HttpClient;
  commonLedger(book: string): Promise<string[]>;
}

export class History {
  private readonly told = new Map<string, Told[]>();
  private proposals = 0;
  private answered = (): void => undefined;
  private answer = this.whenAnswered();

  private commits = 0;

  constructor(readonly book = 'main') {}

  /** How many answers told a commit. */
  get committed(): number {
    return this.commits;
  }

  /** Proposes so many different strings at once, each under a key of its own, and keeps what is answered. */
  async propose(system: Pick<Asked, 'http'>, count: number, what: string, standing: Standing = {}): Promise<Told[]> {
    const proposing = Array.from({ length: count }, () => this.next(what, standing));
    return Promise.all(proposing.map((one) => this.tell(system, one)));
  }

  /**
   * So many clients propose one string after the other, until the promise resolves. A client that is told of a problem,
   * or nothing, goes no further. Resolves with all answers.
   */
  async proposeUntil(
    end: Promise<unknown>,
    system: Pick<Asked, 'http'>,
    clients: number,
    what: string,
    standing: Standing = {},
  ): Promise<Told[]> {
    let ended = false;
    const ending = end.finally(() => (ended = true));
    const client = async (): Promise<Told[]> => {
      const told: Told[] = [];
      while (!ended && !isRefused(told.at(-1))) told.push(await this.tell(system, this.next(what, standing)));
      return told;
    };
    const all = await Promise.all(Array.from({ length: clients }, client));
    await ending;
    return all.flat();
  }

  /** Proposes again what was proposed before, with the same keys. */
  async repeat(
    system: Pick<Asked, 'http'>,
    told: readonly Told[],
    standing: Standing = { waitSeconds: 30 },
  ): Promise<Told[]> {
    return Promise.all(told.map(({ proposing }) => this.tell(system, { ...proposing, ...standing })));
  }

  /**
   * The same, until each is answered otherwise than that it cannot be said now: as a client does that comes again when
   * `Retry-After` says. Who is sent away for too long has that as its answer.
   */
  async repeatUntilTold(system: Pick<Asked, 'http'>, told: readonly Told[]): Promise<Told[]> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const one = async (asked: Told): Promise<Told[]> => {
      const again = await this.repeat(system, [asked]);
      const seconds = again[0]?.headers.get('retry-after') ?? null;
      if (seconds === null || patience.aborted) return again;
      await wait(Number(seconds) * 1_000);
      return one(asked);
    };
    return (await Promise.all(told.map(one))).flat();
  }

  /**
   * What is wrong with the system as it stands, once it is settled: nothing, or one sentence for each contradiction.
   * While the coordinator is away only what participants know can be held against what was told.
   */
  async contradictions(system: Asked): Promise<string[]> {
    const transactions = await system.http.transactions(undefined, this.book);
    const lines = await system.commonLedger(this.book);
    return [
      ...numbering(transactions, lines),
      ...[...this.told.values()].flatMap((told) => contradictionsOf(told, transactions)),
    ];
  }

  /** Resolves when a client is answered. */
  nextAnswer(): Promise<void> {
    return this.answer;
  }

  private whenAnswered(): Promise<void> {
    return new Promise((resolve) => (this.answered = resolve));
  }

  private next(what: string, standing: Standing): Proposing {
    const value = `${what} #${String(++this.proposals)}`;
    return { value, book: this.book, key: randomUUID(), waitSeconds: 30, ...standing };
  }

  private async tell(system: Pick<Asked, 'http'>, proposing: Proposing): Promise<Told> {
    const told = await system.http.propose(proposing);
    const before = this.told.get(proposing.value);
    if (before) before.push(told);
    else this.told.set(proposing.value, [told]);
    if (told.transaction?.state === 'committed') this.commits += 1;
    this.answered();
    this.answer = this.whenAnswered();
    return told;
  }
}

const isRefused = (told: Told | undefined): boolean => told !== undefined && !told.transaction;

/** Problems after which it is not known whether the transaction began, or what became of it, and those after which it did not. */
const UNKNOWN = ['begin-unknown', 'participant-unreachable'];
const NOT_BEGUN = ['coordinator-unreachable', 'broker-unreachable', 'participants-missing'];

/** Transactions are numbered without a gap or a repetition, and line n is transaction n. */
function numbering(transactions: readonly Transaction[], lines: readonly string[]): string[] {
  const wrong: string[] = [];
  const inOrder = [...transactions].sort((a, b) => a.number - b.number);
  inOrder.forEach(({ id, number, state, value }, index) => {
    if (number !== index + 1) wrong.push(`${id} is the ${String(index + 1)}. transaction`);
    const due = state === 'committed' ? value : '';
    if (lines[number - 1] !== due)
      wrong.push(`${id} is ${state}, line ${String(number)} is "${lines[number - 1] ?? '(missing)'}"`);
  });
  if (lines.length !== transactions.length)
    wrong.push(`${String(lines.length)} lines for ${String(transactions.length)} transactions`);
  return wrong;
}

function contradictionsOf(told: readonly Told[], transactions: readonly Transaction[]): string[] {
  const wrong: string[] = [];
  const { value } = told[0]!.proposing;
  const found = transactions.filter((transaction) => transaction.value === value);
  const [final] = found;
  if (found.length > 1) wrong.push(`"${value}" stands in ${found.map(({ id }) => id).join(' and ')}`);
  for (const { transaction, problem } of told) {
    if (problem && ![...UNKNOWN, ...NOT_BEGUN].includes(problem.code))
      wrong.push(`"${value}" was answered ${problem.code}: ${problem.detail}`);
    if (!transaction) continue;
    if (final?.id !== transaction.id)
      wrong.push(`"${value}" was told to be ${transaction.id}, it is ${String(final?.id)}`);
    else if (transaction.state !== 'deciding' && transaction.state !== final.state)
      wrong.push(`${final.id} was told to be ${transaction.state}, it is ${final.state}`);
  }
  const nothingBegun = told.every(({ problem }) => problem && NOT_BEGUN.includes(problem.code));
  if (nothingBegun && final) wrong.push(`"${value}" was told not to have begun, it is ${final.id}`);
  return wrong;
}
