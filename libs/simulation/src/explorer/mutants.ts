// Wrong protocols. Each has one sentence of docs/commit-protocol.md exchanged or left out; the explorer must find what comes
// of it. Production has no such switch: a mutant is a replaced member of the rules, a record that is not forced, an outbox
// that lets something overtake, or a node that restarts otherwise.
import { Outbox, e3pcRules, type AppendRecord, type CommitRecord, type E3pcRules, type Effect } from '@parley/commit';
import { production, type Conduct } from './conduct.js';
import type { Bound } from './setup.js';

export interface Mutant {
  /** What it does, as a sentence. */
  readonly what: string;
  /** The least bound in which it fails. */
  readonly bound: Partial<Bound>;
  readonly conduct: Conduct;
}

const rules = (changed: Partial<E3pcRules>): Conduct => ({ ...production, rules: { ...e3pcRules, ...changed } });

const unforced = (isUnforced: (record: CommitRecord) => boolean): Conduct => ({ ...production, isUnforced });

const half = (size: number): number => Math.ceil(size / 2);

/** A yes that is repeated from memory leaves at once, also when the write of the first one is under way. */
class OvertakingOutbox extends Outbox {
  override take(effects: readonly Effect[], append: AppendRecord): Effect[] {
    return effects.length === 1 && effects.every(isYes) ? [...effects] : super.take(effects, append);
  }
}

const isYes = (effect: Effect): boolean =>
  effect.type === 'reply' && effect.answers.every(({ answer }) => answer === 'yes');

/** A coordinator that asks for votes again on what has only its `begin` on record. */
const resumesBallotOne: Conduct['resume'] = (state, begun) => {
  const open = new Map(
    [...state.open].map(([id, transaction]) => [id, { ...transaction, phase: 'beginning' as const }]),
  );
  return { state: { ...state, open }, input: { type: 'begun', transactions: begun } };
};

const crash = { crashes: 1 };

export const mutants: Readonly<Record<string, Mutant>> = {
  'any-pre-commit': {
    what: '"any answer is pre-commit" stands for "all with the greatest lastAttempt"',
    bound: { participants: 3, ballots: 3 },
    conduct: rules({
      proposalFor: (answers) => (answers.some(({ state }) => state === 'pre-commit') ? 'pre-commit' : 'pre-abort'),
    }),
  },
  'accepts-any-ballot': {
    what: 'a proposal is accepted without lastElected being its ballot',
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayAccept: () => true }),
  },
  'elected-not-forced': {
    what: 'lastElected is not forced',
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'elected'),
  },
  'accepted-not-forced': {
    what: 'pre-commit and pre-abort are not forced',
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'accepted'),
  },
  'quorum-1-of-3': {
    what: 'one of three is a quorum',
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ quorum: () => 1 }),
  },
  'quorum-2-of-4': {
    what: 'two of four are a quorum',
    bound: { participants: 4, ballots: 2 },
    conduct: rules({ quorum: half, mayPropose: (answers, size) => answers >= half(size) }),
  },
  'ballot-1-resumed': {
    what: "the coordinator's lone abort is not forced, and after a restart it runs ballot 1 again",
    bound: { participants: 2, ballots: 1, ...crash },
    conduct: {
      ...unforced((record) => record.kind === 'decided' && record.decision.outcome === 'aborted'),
      resume: resumesBallotOne,
    },
  },
  'fewer-than-a-quorum': {
    what: 'fewer answers than a quorum are enough to propose',
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayPropose: () => true }),
  },
  'yes-not-forced': {
    what: 'a yes is not forced before it is said',
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'voted-yes'),
  },
  'yes-overtaken': {
    what: 'an answer to a duplicate request overtakes the write of the vote that it repeats',
    bound: { participants: 3, ballots: 2, ...crash, unforced: 1 },
    conduct: { ...production, newOutbox: () => new OvertakingOutbox() },
  },
  'no-not-forced': {
    what: 'a no, or an abort in a recovery, is not forced before it is said',
    bound: { participants: 2, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'aborted-alone'),
  },
  'non-member-aborts': {
    what: 'a node with another journal under a listed name answers as if it were the listed one',
    bound: { participants: 3, ballots: 2, losses: 1 },
    conduct: rules({ isListed: (list, { name }) => list.some((member) => member.name === name) }),
  },
  'written-number-is-initial': {
    what: 'a number whose line is written is answered as if it had never been heard of',
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ isAnsweredFromLedger: () => false }),
  },
  'log-lost-same-id': {
    what: 'a journal that was lost and begun anew keeps its identity',
    bound: { participants: 3, ballots: 2, losses: 1 },
    conduct: { ...production, logIdAfterLoss: (_, name) => `journal 1 of ${name}` },
  },
  'restart-aborts-alone': {
    what: 'after a restart the coordinator aborts alone what has only its begin on record',
    bound: { participants: 2, ballots: 2, ...crash },
    conduct: rules({ mayAbortAlone: (phase) => phase === 'voting' || phase === 'recovering' }),
  },
  'late-acknowledgements-abort': {
    what: 'the coordinator aborts alone at the deadline for acknowledgements',
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayAbortAlone: (phase) => phase === 'voting' || phase === 'acknowledging' }),
  },
  'ballot-evaluated-again': {
    what: 'a ballot that has proposed is evaluated again when another answer comes',
    bound: { participants: 3, ballots: 3 },
    conduct: rules({ mayEvaluate: () => true }),
  },
  'decided-abort-refused': {
    what: 'whoever is in pre-commit refuses an abort that a later ballot has decided',
    bound: { participants: 3, ballots: 3, recovering: ['p1', 'p2'] },
    conduct: rules({ mayRefuse: (state, { outcome }) => state === 'pre-commit' && outcome === 'aborted' }),
  },
};
