// What is explored: who takes part, how much may go wrong, and how the nodes behave.
import type { Member, Place, ProtocolName } from '@parley/contracts';
import { production, type Conduct } from './conduct.js';
import { BOOK, CoordinatorNode, type Proposed } from './coordinator-node.js';
import type { Company, Node } from './node.js';
import { ParticipantNode } from './participant-node.js';

export interface Bound {
  readonly participants: number;
  /** Ballots in all: the coordinator's, and those of recoveries. */
  readonly ballots: number;
  /** Crashes of any nodes, each followed by a restart. */
  readonly crashes: number;
  /** Who may run recovery ballots, if not all that matter: for long stories of few. */
  readonly recovering?: readonly string[];
  /** Records that a node which may crash has appended and not forced yet, at most; 0: it forces with every step. */
  readonly unforced: number;
  /** Participants that lose their journal. */
  readonly losses: number;
  /** The list of each transaction of the book, in the order in which they are proposed. */
  readonly lists: readonly (readonly string[])[];
  /** Whether ledgers are told and missing lines are fetched. */
  readonly fetching: boolean;
}

export interface Setup extends Bound {
  readonly protocol: ProtocolName;
  readonly conduct: Conduct;
}

const participantNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `p${String(index + 1)}`);

/** One transaction of all participants, and nothing goes wrong but messages and deadlines. */
export function setupOf({ participants = 3, ballots = 2, ...rest }: Partial<Setup> = {}): Setup {
  return {
    participants,
    ballots,
    crashes: 0,
    unforced: 0,
    losses: 0,
    lists: [participantNames(participants)],
    fetching: false,
    protocol: 'e3pc',
    conduct: production,
    ...rest,
  };
}

export const places = ({ lists }: Bound): Place[] => lists.map((_, index) => ({ book: BOOK, number: index + 1 }));

/**
 * Who may run recovery ballots. With k of them at most k participants do; the names of participants matter only for the
 * order of those ballots, so that every run is, but for names, one in which they are the first k. The coordinator may too.
 */
export const recoverers = ({ participants, ballots, recovering }: Bound): ReadonlySet<string> =>
  new Set(recovering ?? ['coordinator', ...participantNames(Math.min(participants, ballots - 1))]);

/** The nodes before anything has happened. */
export function newNodes({ participants, lists, unforced, protocol, conduct }: Setup): Node[] {
  const company: Company = {
    coordinator: 'coordinator',
    participants: participantNames(participants),
    unforcedAtMost: unforced,
  };
  const memberOf = (name: string): Member => ({ name, logId: `journal 1 of ${name}` });
  const proposed = lists.map((list, index): Proposed => ({
    list: list.map(memberOf),
    value: `string ${String(index + 1)}`,
    protocol,
  }));
  return [
    new CoordinatorNode(company, conduct, proposed),
    ...company.participants.map((name) => new ParticipantNode(memberOf(name), company, conduct)),
  ];
}
