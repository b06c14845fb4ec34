// What has happened in a run, over all crashes, and what must never happen. Every record, decision, line and answer passes
// here once, so an invariant is broken at the very step that breaks it.
//
// - agreement: no two nodes decide a transaction differently, whatever is forgotten in crashes
// - validity: a commit rests on a yes on record of every member of the list, which no crash takes back
// - told: what a client was told of an outcome is never contradicted, by an answer or by a line
// - equal ledgers: line n is transaction n everywhere; no line is skipped, changed or lost
// - numbers are given once, and to one proposal, however often it is repeated under its idempotency key
import type { CommitRecord } from '@parley/commit';
import type { Begin, DecisionRule, Member, Outcome, Place } from '@parley/contracts';

export const idOf = ({ book, number }: Place): string => `${book}-${String(number)}`;

export type Invariant =
  | 'agreement'
  | 'validity'
  | 'told and contradicted'
  | 'equal ledgers'
  | 'lines in order'
  | 'numbers are given once'
  | 'one transaction for one key'
  | 'a node contradicts itself'
  | 'liveness';

/** An invariant of the protocol is broken. */
export class Violation extends Error {
  constructor(
    readonly invariant: Invariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

interface Decided {
  readonly outcome: Outcome;
  readonly by: string;
  /** Whose journals have it now. */
  readonly holders: Set<string>;
}

const voteKey = (place: Place, { name, logId }: Member): string => `${idOf(place)} ${name}/${logId}`;

export class History {
  readonly begun = new Map<string, Begin>();
  /** How often each rule has decided, once per transaction and rule. */
  readonly rules = new Map<DecisionRule, number>();
  private readonly decisions = new Map<string, Decided>();
  private readonly seenRules = new Set<string>();
  private readonly told = new Map<string, Outcome>();
  private readonly lines = new Map<string, string>();
  private readonly yesOnRecord = new Set<string>();
  private readonly keys = new Map<string, string>();

  outcomeOf(place: Place): Outcome | undefined {
    return this.decisions.get(idOf(place))?.outcome;
  }

  count(outcome: Outcome): number {
    let found = 0;
    for (const decided of this.decisions.values()) if (decided.outcome === outcome) found += 1;
    return found;
  }

  /** A node has put a record into its journal; a crash may still lose it. */
  appended(node: Member, record: CommitRecord): void {
    if (record.kind === 'voted-yes') this.yesOnRecord.add(voteKey(record.begin, node));
    if (record.kind === 'decided' || record.kind === 'learned') this.decided(node.name, record);
  }

  /** A crash has taken a record away. */
  lost(node: Member, record: CommitRecord): void {
    if (record.kind === 'decided') this.unrecorded(node, record);
    if (record.kind !== 'voted-yes') return;
    this.yesOnRecord.delete(voteKey(record.begin, node));
    if (this.outcomeOf(record.begin) === 'committed')
      throw new Violation('validity', `${idOf(record.begin)} is committed, and ${node.name} has lost its yes`);
  }

  /** A record is on the disk of a node, and stays there. */
  durable({ begin }: Extract<CommitRecord, { kind: 'begun' }>): void {
    const id = idOf(begin);
    if (this.begun.has(id)) throw new Violation('numbers are given once', `${id} was begun twice`);
    this.begun.set(id, begin);
    const key = begin.idempotency?.key;
    if (key === undefined) return;
    const earlier = this.keys.get(key);
    if (earlier !== undefined)
      throw new Violation('one transaction for one key', `${key} has begun ${earlier} and ${id}`);
    this.keys.set(key, id);
  }

  /** A client has been told how a transaction ended. */
  tell(place: Place, outcome: Outcome, by: string): void {
    const id = idOf(place);
    const earlier = this.told.get(id) ?? this.outcomeOf(place);
    if (earlier !== outcome)
      throw new Violation('told and contradicted', `${by} tells that ${id} is ${outcome}; it is ${String(earlier)}`);
    this.told.set(id, outcome);
  }

  isTold(place: Place): boolean {
    return this.told.has(idOf(place));
  }

  /** A node has written a line, as the next one of its ledger. */
  wrote(node: string, place: Place, text: string): void {
    const id = idOf(place);
    const earlier = this.lines.get(id);
    if (earlier !== undefined && earlier !== text)
      throw new Violation('equal ledgers', `line ${id} of ${node} is "${text}" where another has "${earlier}"`);
    this.lines.set(id, text);
    const outcome: Outcome = text === '' ? 'aborted' : 'committed';
    if (this.told.has(id) && this.told.get(id) !== outcome)
      throw new Violation('told and contradicted', `line ${id} of ${node} is "${text}" and was told otherwise`);
    const decided = this.outcomeOf(place);
    if (decided !== outcome)
      throw new Violation('equal ledgers', `line ${id} of ${node} is "${text}"; the decision is ${String(decided)}`);
    const begin = this.begun.get(id);
    if (outcome === 'committed' && begin?.value !== text)
      throw new Violation(
        'equal ledgers',
        `line ${id} of ${node} is "${text}", proposed was "${String(begin?.value)}"`,
      );
  }

  private decided(node: string, record: Extract<CommitRecord, { kind: 'decided' | 'learned' }>): void {
    const { outcome, rule } = record.decision;
    const id = idOf(record);
    const earlier = this.decisions.get(id);
    if (earlier && earlier.outcome !== outcome)
      throw new Violation('agreement', `${id} is ${earlier.outcome} by ${earlier.by} and ${outcome} by ${node}`);
    if (!this.seenRules.has(`${id} ${rule}`)) {
      this.seenRules.add(`${id} ${rule}`);
      this.rules.set(rule, (this.rules.get(rule) ?? 0) + 1);
    }
    earlier?.holders.add(node);
    if (earlier) return;
    this.decisions.set(id, { outcome, by: node, holders: new Set([node]) });
    if (outcome === 'aborted') return;
    const silent = record.list.filter((member) => !this.yesOnRecord.has(voteKey(record, member)));
    if (silent.length > 0) {
      const names = silent.map(({ name }) => name).join(', ');
      throw new Violation('validity', `${id} is committed by ${node} without a yes on record of ${names}`);
    }
  }

  /** In e3pc a decision stands in a quorum before it is made. In 2pc and 3pc one that was never forced was never made. */
  private unrecorded({ name }: Member, record: Extract<CommitRecord, { kind: 'decided' }>): void {
    const decided = this.decisions.get(idOf(record));
    if (record.protocol === 'e3pc' || decided === undefined) return;
    decided.holders.delete(name);
    if (decided.holders.size === 0 && !this.isTold(record)) this.decisions.delete(idOf(record));
  }
}
