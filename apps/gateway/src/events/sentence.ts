// An event as one sentence, for whoever reads and not for programs. Pure.
import type { Ballot, ObservedEvent, ProtocolEvent } from '@parley/contracts';

/** Longest enumeration of transactions in a sentence. */
const NAMED_AT_MOST = 3;

export const observed = (event: ProtocolEvent): ObservedEvent => ({ ...event, text: sentenceOf(event) });

/** The event as if it concerned this transaction alone, or undefined when it does not concern it. */
export function about(event: ProtocolEvent, id: string): ProtocolEvent | undefined {
  const transactions = (event.transactions as readonly { readonly id: string }[]).filter((each) => each.id === id);
  return transactions.length === 0 ? undefined : ({ ...event, transactions } as ProtocolEvent);
}

export function sentenceOf(event: ProtocolEvent): string {
  const { node } = event;
  switch (event.type) {
    case 'node.restarted':
      return `${node} has started`;
    case 'transaction.begun':
      return `${node} has begun ${some(event.transactions)}`;
    case 'votes.asked':
      return `${node} asks ${event.participants.join(', ')} to vote on ${some(event.transactions)}`;
    case 'vote.requested':
      return `${node} asks its person to vote on ${some(event.transactions)}`;
    case 'vote.given':
      return `${node} answers the vote request: ${each(event.transactions, ({ answer }) => answer)}`;
    case 'proposal.made':
      return `${node} proposes ${event.proposal} in ${named(event.ballot)} for ${some(event.transactions)}`;
    case 'proposal.answered':
      return `${node} answers ${event.proposal} of ${named(event.ballot)}: ${each(event.transactions, ({ answer }) => answer)}`;
    case 'ack.requested':
      return `${node} asks its person to acknowledge ${some(event.transactions)}`;
    case 'recovery.begun':
      return `${node} begins a recovery with ${named(event.ballot)} for ${some(event.transactions)}`;
    case 'state.answered':
      return `${node} answers ${named(event.ballot)}: ${each(event.transactions, ({ answer, state }) => state ?? answer)}`;
    case 'ballot.ended':
      return `${node} ends ${event.proposal ?? 'its question'} of ${named(event.ballot)} for ${some(event.transactions)}`;
    case 'transaction.aborted-alone':
      return `${node} aborts on its own: ${each(event.transactions, ({ reason }) => reason)}`;
    case 'decision.announced':
      return `${node} announces: ${each(event.transactions, ({ outcome, rule, decidedBy }) => `${outcome} by ${decidedBy} (${rule})`)}`;
    case 'transaction.recorded':
      return `${node} has written: ${each(event.transactions, ({ outcome }) => outcome)}`;
    case 'report.made':
      return `${node} reports of ${some(event.transactions)}: ${oneLine(event.what)}`;
    case 'alarm.raised':
      return `${node} takes no part: ${oneLine(event.what)}`;
    case 'events.dropped':
      return `${node} dropped ${String(event.count)} events before this one`;
    default:
      return event satisfies never;
  }
}

const named = ({ counter, node }: Ballot): string =>
  node === '' ? `ballot ${String(counter)}` : `ballot ${String(counter)} of ${node}`;

/** `main-1, main-2, main-3 and 14 more` */
function some(transactions: readonly { readonly id: string }[]): string {
  const ids = transactions.slice(0, NAMED_AT_MOST).map(({ id }) => id);
  const more = transactions.length - ids.length;
  return more > 0 ? `${ids.join(', ')} and ${String(more)} more` : ids.join(', ');
}

/** `main-1 yes; main-2 and 3 more no` */
function each<T extends { readonly id: string }>(transactions: readonly T[], say: (transaction: T) => string): string {
  const groups = new Map<string, T[]>();
  for (const transaction of transactions) {
    const said = say(transaction);
    const group = groups.get(said);
    if (group) group.push(transaction);
    else groups.set(said, [transaction]);
  }
  return [...groups].map(([said, group]) => `${some(group)} ${said}`).join('; ');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
