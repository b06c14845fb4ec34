// Wrong protocols. Each has one sentence of docs/commit-protocol.md exchanged or left out; the explorer must find what comes
// of it. Production has no such switch: a mutant is a replaced member of the rules, a record that is not forced, an outbox
// that lets something overtake, or a node that restarts otherwise.
import { Outbox, e3pcRules, type AppendRecord, type CommitRecord, type E3pcRules, type Effect } from '@parley/commit';
import { production, type Conduct } from './conduct.js';
import type { Bound } from './setup.js';

export interface Mutant {
  /** What it does, as a sentence. */
  readonly what: string;
  /** Of the shortest story within the bound. */
  readonly steps: number;
  /** A bound in which it fails. */
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

/** A coordinator that names the open lower numbers with the list of the number that it asks about. */
const withItsOwnList = (effect: Effect): Effect[] => [
  effect.type === 'ask-votes'
    ? { ...effect, open: effect.open.map((numbers) => ({ ...numbers, list: [...effect.list] })) }
    : effect,
];

const withoutCounter = (effect: Effect): Effect[] =>
  effect.type === 'append' && effect.record.kind === 'counter' ? [] : [effect];

/** What the disk of a node has made of the strings that were committed, when others ask for lines. */
export const broken =
  (broken: string): Conduct['tells'] =>
  (transactions, name) =>
    transactions.map((it) => ({
      ...it,
      begin: it.begin && { ...it.begin, value: name === broken ? 'something else' : it.begin.value },
    }));

const crash = { crashes: 1 };

/** p2 joins: the second number's list has it, the first one's has not. */
const joining: Partial<Bound> = { participants: 2, lists: [['p1'], ['p1', 'p2']] };

/** Long stories are looked for where nothing happens that has no part in them. */
const nothingElse: Bound['without'] = ['votes against', 'vote deadlines', 'early recoveries', 'retries'];

const reusing: Partial<Bound> = {
  participants: 3,
  ...crash,
  crashing: ['coordinator'],
  without: nothingElse,
};

export const mutants: Readonly<Record<string, Mutant>> = {
  'any-pre-commit': {
    what: '"any answer is pre-commit" stands for "all with the greatest lastAttempt"',
    steps: 20,
    bound: { participants: 3, ballots: 3, recovering: ['p1', 'p2'], without: nothingElse },
    conduct: rules({
      proposalFor: (answers) => (answers.some(({ state }) => state === 'pre-commit') ? 'pre-commit' : 'pre-abort'),
    }),
  },
  'accepts-any-ballot': {
    what: 'a proposal is accepted without lastElected being its ballot',
    steps: 15,
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayAccept: () => true }),
  },
  'elected-not-forced': {
    what: 'lastElected is not forced',
    steps: 17,
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'elected'),
  },
  'accepted-not-forced': {
    what: 'pre-commit and pre-abort are not forced',
    steps: 16,
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'accepted'),
  },
  'quorum-1-of-3': {
    what: 'one of three is a quorum',
    steps: 13,
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ quorum: () => 1 }),
  },
  'quorum-2-of-4': {
    what: 'two of four are a quorum',
    steps: 16,
    bound: { participants: 4, ballots: 2 },
    conduct: rules({ quorum: half, mayPropose: (answers, size) => answers >= half(size) }),
  },
  'ballot-1-resumed': {
    what: "the coordinator's lone abort is not forced, and after a restart it runs ballot 1 again",
    steps: 9,
    bound: { participants: 2, ballots: 1, ...crash },
    conduct: {
      ...unforced((record) => record.kind === 'decided' && record.decision.outcome === 'aborted'),
      resume: resumesBallotOne,
    },
  },
  'fewer-than-a-quorum': {
    what: 'fewer answers than a quorum are enough to propose',
    steps: 15,
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayPropose: () => true }),
  },
  'yes-not-forced': {
    what: 'a yes is not forced before it is said',
    steps: 8,
    bound: { participants: 3, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'voted-yes'),
  },
  'yes-overtaken': {
    what: 'an answer to a duplicate request overtakes the write of the vote that it repeats',
    steps: 11,
    bound: { participants: 3, ballots: 2, ...crash, unforced: 1 },
    conduct: { ...production, newOutbox: () => new OvertakingOutbox() },
  },
  'no-not-forced': {
    what: 'a no, or an abort in a recovery, is not forced before it is said',
    steps: 11,
    bound: { participants: 2, ballots: 2, ...crash },
    conduct: unforced(({ kind }) => kind === 'aborted-alone'),
  },
  'non-member-aborts': {
    what: 'a node with another journal under a listed name answers as if it were the listed one',
    steps: 12,
    bound: { participants: 3, ballots: 2, losses: 1 },
    conduct: rules({ isListed: (list, { name }) => list.some((member) => member.name === name) }),
  },
  'written-number-is-initial': {
    what: 'a number whose line is written is answered as if it had never been heard of',
    steps: 12,
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ isAnsweredFromLedger: () => false }),
  },
  'log-lost-same-id': {
    what: 'a journal that was lost and begun anew keeps its identity',
    steps: 12,
    bound: { participants: 3, ballots: 2, losses: 1 },
    conduct: { ...production, logIdAfterLoss: (_, name) => `journal 1 of ${name}` },
  },
  'restart-aborts-alone': {
    what: 'after a restart the coordinator aborts alone what has only its begin on record',
    steps: 8,
    bound: { participants: 2, ballots: 2, ...crash },
    conduct: rules({ mayAbortAlone: (phase) => phase === 'voting' || phase === 'recovering' }),
  },
  'late-acknowledgements-abort': {
    what: 'the coordinator aborts alone at the deadline for acknowledgements',
    steps: 14,
    bound: { participants: 3, ballots: 2 },
    conduct: rules({ mayAbortAlone: (phase) => phase === 'voting' || phase === 'acknowledging' }),
  },
  'ballot-evaluated-again': {
    what: 'a ballot that has proposed is evaluated again when another answer comes',
    steps: 23,
    bound: {
      participants: 3,
      ballots: 3,
      recovering: ['p1', 'p2'],
      without: nothingElse,
      unheard: { p1: ['decisions'], p2: ['decisions', 'pre-commit of ballot 1'], p3: ['decisions'] },
    },
    conduct: rules({ mayEvaluate: () => true }),
  },
  'ballot-reused': {
    what: 'the counter of ballots is not recorded, so that a ballot is used again after a restart',
    steps: 24,
    bound: {
      ...reusing,
      ballots: 4,
      recovering: ['coordinator', 'p1'],
      unheard: {
        coordinator: ['decisions'],
        p1: ['decisions', 'pre-commit of ballot 1'],
        p2: ['decisions', 'pre-commit of ballot 1'],
        p3: ['decisions', 'ballots of p1'],
      },
    },
    conduct: { ...production, effect: withoutCounter },
  },
  'acknowledgements-untagged': {
    what: 'an acknowledgement counts for whatever is proposed, and a ballot is used again after a restart',
    steps: 17,
    bound: { ...reusing, ballots: 3, recovering: ['coordinator'] },
    conduct: { ...rules({ isAcknowledged: () => true }), effect: withoutCounter },
  },
  'incomplete-says-yes': {
    what: 'a participant says yes to a number without knowing all lower ones',
    steps: 4,
    bound: { ...joining, ballots: 1, fetching: true },
    conduct: rules({ isComplete: () => true }),
  },
  'open-without-their-lists': {
    what: 'a vote request names the open lower numbers without their own lists',
    steps: 11,
    bound: { ...joining, ballots: 2, recovering: ['p2'] },
    conduct: { ...production, effect: withItsOwnList },
  },
  'believes-one-node': {
    what: 'a line that one node alone tells is believed, and that node has made something else of it',
    steps: 11,
    bound: { participants: 3, ballots: 1, lists: [['p1', 'p2']], fetching: true },
    conduct: { ...rules({ isConfirmedByTellers: () => true }), tells: broken('p1') },
  },
  'decided-abort-refused': {
    what: 'whoever is in pre-commit refuses an abort that a later ballot has decided',
    steps: 17,
    bound: {
      participants: 3,
      ballots: 3,
      recovering: ['p1', 'p2'],
      without: ['votes against', 'vote deadlines', 'retries'],
    },
    conduct: rules({ mayRefuse: (state, { outcome }) => state === 'pre-commit' && outcome === 'aborted' }),
  },
};
