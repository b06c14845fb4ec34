// Where the network is cut in two: how the nodes are placed, and at which step of whom, in ballot 1 or in a recovery; and
// how the side with the majority decides what was in doubt there.
import { PRE_COMMIT, VOTES } from './steps.js';
import type { Side } from './two-brokers.js';

export interface Cut {
  /** Who is held at the point until the network is cut. */
  readonly held: string;
  readonly point: string;
  /** In a recovery: where the coordinator has left the transactions; it is held there too. */
  readonly left?: string;
  /** `<rule> by <node>`, of at least one transaction. */
  readonly path: RegExp;
}

export interface Placement {
  readonly what: string;
  readonly right: readonly string[];
  readonly majority: Side;
  readonly cuts: readonly Cut[];
}

const ABORTED = /^recovery-quorum-pre-abort by p/;
const COMMITTED = /^recovery-quorum-pre-commit by p/;
const BY_COORDINATOR = /^quorum-acknowledged by coordinator$/;
const BY_EITHER = /^(quorum-acknowledged by coordinator|recovery-quorum-pre-(commit|abort) by p.*)$/;
const DEADLINE = /^vote-deadline by coordinator$/;

const of = (held: string, paths: Readonly<Record<string, RegExp>>): Cut[] =>
  Object.entries(paths).map(([point, path]) => ({ held, point, path }));

const coordinatorAway = of('coordinator', {
  'after:ask-votes': ABORTED,
  'before:propose:pre-commit': ABORTED,
  'after:propose:pre-commit': COMMITTED,
  'before:announce': COMMITTED,
  'after:announce': BY_COORDINATOR,
});

const inRecovery = (held: string, left: string, paths: Readonly<Record<string, RegExp>>): Cut[] =>
  of(held, paths).map((cut) => ({ ...cut, left }));

export const PLACEMENTS: readonly Placement[] = [
  {
    what: 'the majority with the coordinator',
    right: ['participant-3'],
    majority: 'left',
    cuts: [
      ...of('coordinator', {
        'before:ask-votes': DEADLINE,
        'after:propose:pre-commit': /^(quorum-acknowledged by coordinator|recovery-quorum-pre-commit by .*)$/,
        'after:announce': BY_COORDINATOR,
      }),
      ...of('participant-3', {
        'before:reply:vote': DEADLINE,
        'after:reply:vote': BY_COORDINATOR,
        'before:reply:pre-commit': BY_COORDINATOR,
      }),
      // The vote of the one on the right may have been through before the cut.
      ...of('participant-1', {
        'before:reply:vote': /^(vote-deadline|quorum-acknowledged) by coordinator$/,
        'after:reply:pre-commit': BY_COORDINATOR,
      }),
    ],
  },
  {
    what: 'the majority without the coordinator',
    right: ['participant-2', 'participant-3'],
    majority: 'right',
    cuts: [
      ...coordinatorAway,
      // With its vote said, ballot 1 may still end before the cut takes effect, or leave everything to the two on the right.
      ...of('participant-2', { 'before:reply:vote': ABORTED, 'after:reply:vote': BY_EITHER }),
      // The first in the list recovers first, and is cut off from the two others, who begin another ballot.
      ...inRecovery('participant-1', VOTES, {
        'before:ask-states': ABORTED,
        'after:ask-states': ABORTED,
        'after:propose:pre-abort': ABORTED,
      }),
      ...inRecovery('participant-1', PRE_COMMIT, {
        'before:propose:pre-commit': COMMITTED,
        'after:propose:pre-commit': COMMITTED,
        'before:announce': COMMITTED,
      }),
      ...inRecovery('participant-2', VOTES, { 'before:reply:state': ABORTED, 'after:reply:pre-abort': ABORTED }),
    ],
  },
  {
    what: 'all participants without the coordinator',
    right: ['participant-1', 'participant-2', 'participant-3'],
    majority: 'right',
    cuts: coordinatorAway,
  },
];
