// What has happened in a cluster, over all crashes, and what must never happen. Every decision, every line and every vote
// on record passes here once, so the invariants hold after every step or the step that breaks them throws.
import type { Member, Outcome, Place } from '@parley/contracts';
import { placeKey } from '../place.js';
import type { CommitRecord, Subject } from '../records.js';

/** An invariant of the protocol is broken. */
export class Violation extends Error {
  constructor(
    readonly invariant: 'agreement' | 'validity' | 'equal ledgers' | 'numbers are given once',
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

const voteKey = (place: Place, { name, logId }: Member): string => `${placeKey(place)} ${name}/${logId}`;

export class History {
  private readonly outcomes = new Map<string, { readonly outcome: Outcome; readonly by: string }>();
  private readonly lines = new Map<string, string>();
  private readonly yesOnRecord = new Set<string>();
  private readonly begun = new Map<string, string>();
  private readonly members = new Map<string, Member>();

  /** Who stands behind a name now. */
  joined(member: Member): void {
    this.members.set(member.name, member);
  }

  appended(node: string, record: CommitRecord): void {
    if (record.kind === 'decided' || record.kind === 'learned') this.decided(node, record, record.decision.outcome);
  }

  forced(node: string, record: CommitRecord): void {
    if (record.kind === 'begun') {
      const { digest } = record.begin;
      if ((this.begun.get(placeKey(record.begin)) ?? digest) !== digest)
        throw new Violation('numbers are given once', `${placeKey(record.begin)} was begun twice`);
      this.begun.set(placeKey(record.begin), digest);
    }
    const member = this.members.get(node);
    if (record.kind === 'voted-yes' && member) this.yesOnRecord.add(voteKey(record.begin, member));
  }

  /** A node decided, or learned or told a decision. */
  decided(node: string, subject: Subject, outcome: Outcome): void {
    const id = placeKey(subject);
    const earlier = this.outcomes.get(id);
    if (earlier && earlier.outcome !== outcome)
      throw new Violation('agreement', `${id} is ${earlier.outcome} by ${earlier.by} and ${outcome} by ${node}`);
    if (earlier) return;
    this.outcomes.set(id, { outcome, by: node });
    if (outcome === 'aborted') return;
    const silent = subject.list.filter((member) => !this.yesOnRecord.has(voteKey(subject, member)));
    if (silent.length > 0)
      throw new Violation('validity', `${id} is committed by ${node} without a yes of ${JSON.stringify(silent)}`);
  }

  /** A node wrote a line. */
  wrote(node: string, place: Place, text: string): void {
    const id = placeKey(place);
    const earlier = this.lines.get(id);
    if (earlier !== undefined && earlier !== text)
      throw new Violation('equal ledgers', `line ${id} of ${node} is "${text}" where another has "${earlier}"`);
    this.lines.set(id, text);
    const outcome = text === '' ? 'aborted' : 'committed';
    if (this.outcomes.get(id)?.outcome !== outcome)
      throw new Violation('equal ledgers', `line ${id} of ${node} is "${text}" and nobody decided so`);
  }

  outcomeOf(place: Place): Outcome | undefined {
    return this.outcomes.get(placeKey(place))?.outcome;
  }
}
