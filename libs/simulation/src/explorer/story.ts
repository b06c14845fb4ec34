// A trace as a story: one numbered sentence for each thing that happens at a node, in the words of the protocol, with what
// the node then writes and says. The steps are taken again for it, by the same nodes.
import type { CommitRecord } from '@parley/commit';
import type { Ballot, Place, ProtocolAnswer } from '@parley/contracts';
import { canonical } from './canonical.js';
import type { Exploration, Happening } from './explore.js';
import { idOf } from './facts.js';
import type { Message } from './message.js';
import type { Action, LocalStep, Node } from './node.js';
import { mayCrash, newNodes, type Setup } from './setup.js';

export function storyOf(setup: Setup, violation: NonNullable<Exploration['violation']>): string {
  const teller = new Teller(setup);
  const lines = violation.trace.map((happening, index) => `${String(index + 1)}. ${teller.tell(happening)}`);
  return [...lines, '', `${violation.invariant}: ${violation.detail}.`, ''].join('\n');
}

class Teller {
  private readonly nodes: Map<string, Node>;
  private crashes: number;
  private ballots: number;
  private readonly sent = new Set<string>();

  constructor(private readonly setup: Setup) {
    this.nodes = new Map(newNodes(setup).map((node) => [node.name, node]));
    this.crashes = setup.crashes;
    this.ballots = setup.ballots - 1;
    this.settle();
  }

  tell({ at, actions }: Happening): string {
    const heard = actions.map((action) => happens(at, action));
    const done = [...new Set(actions.flatMap((action) => this.take(at, action)))];
    const subject = actions[0]?.type === 'deliver' ? `${at} gets ${listed(heard)}` : listed(heard);
    return `${capital(subject)}.${done.length > 0 ? ` It ${listed(done)}.` : ''}`;
  }

  private take(at: string, action: Action): string[] {
    const node = this.nodes.get(at);
    if (node === undefined) throw new Error(`there is no ${at}`);
    // A state that stands for another one although it should not would lead here to a message that nobody has sent.
    if (action.type === 'deliver' && !this.sent.has(canonical(action.message)))
      throw new Error(`the story does not hold together: nobody has sent what ${at} gets`);
    const { next, sent, written, ballots, stopped } = node.act(action);
    for (const message of sent) this.sent.add(canonical(message));
    this.nodes.set(at, next);
    this.crashes -= action.type === 'crash' ? 1 : 0;
    this.ballots -= ballots;
    this.settle();
    const records = written.map(({ record, lazy }) => `${lazy ? 'notes' : 'records'} ${recordInWords(record)}`);
    return [...records, ...sent.flatMap((it) => says(it) ?? []), ...(stopped === null ? [] : [`stops: ${stopped}`])];
  }

  private heard({ next, sent }: LocalStep): Node {
    for (const message of sent) this.sent.add(canonical(message));
    return next;
  }

  /** As in an exploration, nodes that will not crash or begin a ballot any more are told so. */
  private settle(): void {
    for (const [name, node] of this.nodes) {
      const mayStillCrash = mayCrash(this.setup, name, this.crashes);
      const immortal = !mayStillCrash && node.isMortal ? this.heard(node.immortal()) : node;
      this.nodes.set(name, this.ballots === 0 && !node.isRetired ? immortal.retired().next : immortal);
    }
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;

/** What happens, before the node has done anything. */
function happens(at: string, action: Action): string {
  switch (action.type) {
    case 'deliver':
      return heardMessage(at, action.message, action.vote ?? 'commit');
    case 'propose':
      return action.transaction === 0 ? 'A string is proposed' : 'Another string is proposed';
    case 'deadline':
      return `At ${at} the wait for ${waits[action.wait]} of ${idOf(action.place)} ends`;
    case 'ask-ended':
      return `the time for answers is over at ${at}`;
    case 'try-again':
      return `At ${at} the time for answers is over, and it tries again`;
    case 'fetch-ended':
      return `At ${at} the fetch of ${action.book} is over`;
    case 'force':
      return `The disk of ${at} has written what was pending`;
    case 'crash':
      return `${at} crashes and restarts with what was forced${action.kept > 0 ? ` and the first ${String(action.kept)} of the records after it` : ''}`;
    case 'lose-journal':
      return `${at} loses its journal and starts with an empty one`;
  }
}

const waits = {
  votes: 'the votes',
  acknowledgements: 'the acknowledgements',
  'vote-request': 'a vote request',
  decision: 'the decision',
} as const;

function heardMessage(at: string, message: Message, vote: 'commit' | 'abort'): string {
  switch (message.kind) {
    case 'vote-request':
      return `the vote request${aboutLater(message.request)}${vote === 'abort' ? ' and is against it' : ''}`;
    case 'state-request':
      return `the question for its state${aboutLater(message.request)} of ${ballotInWords(message.request.ballot)}`;
    case 'proposal':
      return `the proposal of ${message.request.proposal}${aboutLater(message.request)} of ${ballotInWords(message.request.ballot)}`;
    case 'reply':
      return `${message.reply.from.name === at ? 'its own' : `${message.reply.from.name}'s`} ${answersInWords(message)}`;
    case 'decision':
      return `the decision: ${message.transactions.map(({ subject, decision }) => `${idOf(subject)} is ${decision.outcome}`).join(', ')}`;
    case 'fetch-request':
      return `${message.from}'s question for decided numbers`;
    case 'fetched':
      return `from ${message.from} decided transactions that it lacks`;
    case 'recorded':
      return `word that another ledger of ${message.book} has ${String(message.lines)} lines`;
  }
}

/** Which numbers, where it is not the first alone. */
const aboutLater = ({ transactions }: { readonly transactions: readonly Place[] }): string =>
  transactions.some(({ number }) => number > 1) ? ` about ${transactions.map(idOf).join(' and ')}` : '';

const answersInWords = ({ reply: { answers, ballot, proposal } }: Extract<Message, { kind: 'reply' }>): string =>
  `${answers.map(answerInWords).join(' and ')} to ${proposal ? `${proposal} of ` : ''}${ballotInWords(ballot)}${aboutLater({ transactions: answers })}`;

const answerInWords = ({ answer, state, lastAttempt, lastElected }: ProtocolAnswer): string => {
  if (answer === 'state' || answer === 'decided')
    return `"${answer === 'decided' ? 'decided: ' : ''}${state ?? ''}${lastAttempt && lastAttempt.counter > 0 ? `, last attempt ${ballotInWords(lastAttempt)}` : ''}"`;
  if (answer === 'superseded') return `"superseded${lastElected ? ` by ${ballotInWords(lastElected)}` : ''}"`;
  return `"${answer}"`;
};

const ballotInWords = ({ counter, node }: Ballot): string =>
  node === '' ? `ballot ${String(counter)}` : `ballot (${String(counter)}, ${node})`;

/** What a node says, in words; undefined for what no story needs. */
function says(message: Message): string | undefined {
  switch (message.kind) {
    case 'vote-request':
      return `asks all for their votes${aboutLater(message.request)}`;
    case 'state-request':
      return `asks all for their states${aboutLater(message.request)} in ${ballotInWords(message.request.ballot)}`;
    case 'proposal':
      return `proposes ${message.request.proposal}${aboutLater(message.request)} to all in ${ballotInWords(message.request.ballot)}`;
    case 'reply':
      return `answers ${message.reply.answers.map(answerInWords).join(' and ')}${aboutLater({ transactions: message.reply.answers })}`;
    case 'decision':
      return `tells all: ${message.transactions.map(({ subject, decision }) => `${idOf(subject)} is ${decision.outcome}`).join(', ')}`;
    case 'fetch-request':
    case 'fetched':
    case 'recorded':
      return undefined;
  }
}

function recordInWords(record: CommitRecord): string {
  switch (record.kind) {
    case 'begun':
      return `the begin of ${idOf(record.begin)}`;
    case 'voted-yes':
      return `its yes to ${idOf(record.begin)}`;
    case 'aborted-alone':
      return `its own abort of ${idOf(record)}`;
    case 'elected':
      return `its promise to ${ballotInWords(record.ballot)}`;
    case 'accepted':
      return `${record.proposal} of ${ballotInWords(record.ballot)}`;
    case 'decided':
    case 'learned':
      return `that ${idOf(record)} is ${record.decision.outcome}`;
    case 'counter':
      return `that ballots up to ${String(record.counter)} are used`;
    default:
      return `"${record.kind}"`;
  }
}
