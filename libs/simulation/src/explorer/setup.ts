// What is explored: who takes part, how much may go wrong, and how the nodes behave.
import type { Member, Place, ProtocolName } from '@parley/contracts';
import { production, type Conduct } from './conduct.js';
import { BOOK, CoordinatorNode, type Proposed } from './coordinator-node.js';
import type { Message } from './message.js';
import type { Company, Node } from './node.js';
import { ParticipantNode } from './participant-node.js';

/**
 * Somebody votes no; the time for the votes, or for a vote request, ends; somebody recovers, or crashes, who has not sent
 * or accepted a pre-commit yet; a ballot that has not decided is followed by another one of the same life of its node.
 */
type Omission = 'votes against' | 'vote deadlines' | 'early recoveries' | 'retries';

/** A message that never arrives. */
type Unheard = 'pre-commit of ballot 1' | 'decisions' | `ballots of ${string}`;

export interface Bound {
  readonly participants: number;
  /** Ballots in all: the coordinator's, and those of recoveries. */
  readonly ballots: number;
  /** Crashes of any nodes, each followed by a restart. */
  readonly crashes: number;
  /** Who may run recovery ballots, if not all that matter: for long stories of few. */
  readonly recovering?: readonly string[];
  /** Who may crash, if not everybody. */
  readonly crashing?: readonly string[];
  /** What does not happen although it might: for long stories that need none of it. */
  readonly without?: readonly Omission[];
  /** By the name of a node, what never reaches it. */
  readonly unheard?: Readonly<Record<string, readonly Unheard[]>>;
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

/** Whether a node may crash while the bound still has `crashes` left. */
export const mayCrash = ({ crashing }: Bound, name: string, crashes: number): boolean =>
  crashes > 0 && (crashing === undefined || crashing.includes(name));

/** Whether a message never reaches the node of this name. */
export function isUnheard({ unheard }: Bound, message: Message, name: string): boolean {
  const lost = unheard?.[name] ?? [];
  if (message.kind === 'decision') return lost.includes('decisions');
  if (message.kind !== 'state-request' && message.kind !== 'proposal') return false;
  const { counter, node } = message.request.ballot;
  return lost.includes(counter === 1 ? 'pre-commit of ballot 1' : `ballots of ${node}`);
}

/** The nodes before anything has happened. */
export function newNodes({ participants, lists, unforced, fetching, protocol, conduct }: Setup): Node[] {
  const company: Company = {
    coordinator: 'coordinator',
    participants: participantNames(participants),
    unforcedAtMost: unforced,
    fetching,
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
