// Every step of the protocol at which a node can die or sleep, as the failpoints of libs/shell/src/failpoints.ts, with
// how the transactions that it leaves undecided are decided. A path is `<rule> by <node>`, of at least one of them.

/** A step of ballot 1. */
export interface Step {
  readonly point: string;
  /** How often the point passes first: so that something was decided before. */
  readonly skip: number;
  /** What decides when the node has died there, and what when it sleeps there. */
  readonly killed: RegExp;
  readonly frozen: RegExp;
  /** What a killed one says in its log when it is back: by what it finds again what it had. */
  readonly says?: string;
}

const ABORTED_BY_OTHERS = /^recovery-quorum-pre-abort by participant-/;
const COMMITTED_BY_OTHERS = /^recovery-quorum-pre-commit by participant-/;
const ITSELF_AFTER_RESTART = /^recovery-found-aborted by coordinator$/;
const DEADLINE = /^vote-deadline by coordinator$/;
/** Asked when it is too late: aborted, unless the votes are there before the coordinator looks at its clock. */
const LATE = /^(vote-deadline by coordinator|recovery-quorum-pre-(commit|abort) by participant-.)$/;
const WITHOUT_IT = /^quorum-acknowledged by coordinator$/;

export const COORDINATOR_STEPS: readonly Step[] = [
  { point: 'before:append:begun', skip: 60, killed: WITHOUT_IT, frozen: LATE },
  { point: 'before:confirm-begin', skip: 2, killed: ITSELF_AFTER_RESTART, frozen: LATE },
  { point: 'after:confirm-begin', skip: 2, killed: ITSELF_AFTER_RESTART, frozen: LATE },
  { point: 'before:ask-votes', skip: 2, killed: ITSELF_AFTER_RESTART, frozen: LATE },
  { point: 'after:ask-votes', skip: 2, killed: ABORTED_BY_OTHERS, frozen: ABORTED_BY_OTHERS },
  { point: 'before:propose:pre-commit', skip: 2, killed: ABORTED_BY_OTHERS, frozen: ABORTED_BY_OTHERS },
  { point: 'after:propose:pre-commit', skip: 2, killed: COMMITTED_BY_OTHERS, frozen: COMMITTED_BY_OTHERS },
  { point: 'before:append:decided', skip: 60, killed: COMMITTED_BY_OTHERS, frozen: COMMITTED_BY_OTHERS },
  { point: 'before:announce', skip: 2, killed: COMMITTED_BY_OTHERS, frozen: COMMITTED_BY_OTHERS },
  { point: 'after:announce', skip: 2, killed: WITHOUT_IT, frozen: WITHOUT_IT },
];

export const PARTICIPANT_STEPS: readonly Step[] = [
  { point: 'before:append:voted-yes', skip: 60, killed: DEADLINE, frozen: DEADLINE },
  { point: 'before:reply:vote', skip: 2, killed: DEADLINE, frozen: DEADLINE },
  { point: 'after:reply:vote', skip: 2, killed: WITHOUT_IT, frozen: WITHOUT_IT },
  { point: 'before:append:accepted', skip: 60, killed: WITHOUT_IT, frozen: WITHOUT_IT, says: 'recovery begins' },
  { point: 'before:reply:pre-commit', skip: 2, killed: WITHOUT_IT, frozen: WITHOUT_IT },
  { point: 'after:reply:pre-commit', skip: 2, killed: WITHOUT_IT, frozen: WITHOUT_IT },
  { point: 'before:append:decided', skip: 60, killed: WITHOUT_IT, frozen: WITHOUT_IT, says: 'recovery begins' },
  {
    point: 'before:write-lines',
    skip: 2,
    killed: WITHOUT_IT,
    frozen: WITHOUT_IT,
    says: 'the ledger was mended from the journal',
  },
  { point: 'after:write-lines', skip: 2, killed: WITHOUT_IT, frozen: WITHOUT_IT },
];

/** Steps of a participant that was away, and fetches what it has missed. */
export const RETURNING_STEPS = ['before:fetch', 'after:fetch', 'before:append:learned'] as const;

/** A step of a recovery, after a coordinator that has died or sleeps at `left`. */
export interface RecoveryStep {
  readonly left: string;
  readonly point: string;
  readonly path: RegExp;
}

/** The coordinator leaves votes without a pre-commit, or a pre-commit without a decision. */
export const [VOTES, PRE_COMMIT] = ['before:propose:pre-commit', 'after:propose:pre-commit'];

/** The recoverer is the coordinator itself, that was started again. Participants would wait for long enough. */
export const COORDINATOR_RECOVERY: readonly RecoveryStep[] = [
  ...['before:append:counter', 'before:ask-states', 'after:ask-states', 'before:propose:pre-abort'].map((point) => ({
    left: VOTES,
    point,
    path: /^recovery-quorum-pre-abort by coordinator$/,
  })),
  { left: VOTES, point: 'after:propose:pre-abort', path: /^recovery-quorum-pre-abort by coordinator$/ },
  ...['before:propose:pre-commit', 'after:propose:pre-commit', 'before:append:decided', 'before:announce'].map(
    (point) => ({ left: PRE_COMMIT, point, path: /^recovery-quorum-pre-commit by coordinator$/ }),
  ),
  // What it announces first may be what was left without a pre-commit.
  { left: PRE_COMMIT, point: 'after:announce', path: /^recovery-quorum-pre-(commit|abort) by coordinator$/ },
];

/** The first in the list recovers first. When it is gone, the two others do. */
export const RECOVERER = 'participant-1';
const RECOVERER_STEPS: readonly RecoveryStep[] = [
  ...['before:append:counter', 'before:ask-states', 'after:ask-states', 'before:propose:pre-abort'].map((point) => ({
    left: VOTES,
    point,
    path: /^recovery-quorum-pre-abort by participant-[23]$/,
  })),
  { left: VOTES, point: 'after:propose:pre-abort', path: /^recovery-quorum-pre-abort by participant-[23]$/ },
  ...['before:propose:pre-commit', 'after:propose:pre-commit', 'before:append:decided', 'before:announce'].map(
    (point) => ({ left: PRE_COMMIT, point, path: /^recovery-quorum-pre-commit by participant-[23]$/ }),
  ),
  { left: PRE_COMMIT, point: 'after:announce', path: /^recovery-quorum-pre-(commit|abort) by participant-1$/ },
];

/** Who is asked in a recovery. The recoverer and the third are a majority. */
const ASKED = 'participant-2';
const ASKED_STEPS: readonly RecoveryStep[] = [
  'before:append:elected',
  'before:reply:state',
  'after:reply:state',
  'before:append:accepted',
  'before:reply:pre-abort',
  'after:reply:pre-abort',
].map((point) => ({ left: VOTES, point, path: /^recovery-quorum-pre-abort by participant-[13]$/ }));

/** Every step of a participant in a recovery, with who comes to it. The two others are a majority. */
export const PARTICIPANT_RECOVERY: readonly (RecoveryStep & { readonly victim: string })[] = [
  ...RECOVERER_STEPS.map((step) => ({ ...step, victim: RECOVERER })),
  ...ASKED_STEPS.map((step) => ({ ...step, victim: ASKED })),
];
