// Every node, as it is or may become, and every message has a number here, and what an action makes of a node is computed
// once. A state of the exploration is then a short row of numbers, and nearly all steps are a look into a table.
import type { E3pcRules } from '@parley/commit';
import { canonical } from './canonical.js';
import { factsOf, type FactTable } from './facts.js';
import type { Message } from './message.js';
import type { Action, LocalStep, Node } from './node.js';
import { leadsTo, onlyFor, settles, type Settled } from './past.js';

/** A `LocalStep` in numbers. */
export interface Step {
  readonly action: Action;
  readonly next: number;
  /** Numbers of the messages sent, ascending. */
  readonly sent: readonly number[];
  readonly ballots: number;
  readonly reports: readonly string[];
  readonly stopped: string | null;
  /** A reply was counted and has had no effect beyond. */
  readonly isQuiet: boolean;
}

export interface NodeEntry {
  readonly node: Node;
  readonly facts: number;
  /** By the number of the message; sparse. */
  readonly deliveries: (readonly Step[] | undefined)[];
  readonly past: (boolean | undefined)[];
  own?: readonly Step[];
  immortal?: Step;
  retired?: Step;
}

export interface MessageEntry {
  readonly message: Message;
  readonly facts: number;
  /** It is counted before it has an effect. */
  readonly isReply: boolean;
  /** The node that alone gets something from it: to which it is, or which has asked for decided numbers. */
  readonly onlyFor: string | null;
  /** The decision that it tells, or to which alone it can lead, as a bit; 0 for none. */
  readonly settles: number;
  readonly leadsTo: number;
}

export interface Surroundings {
  readonly facts: FactTable;
  /** What may happen to a node apart from messages. */
  readonly actionsOf: (node: Node) => readonly Action[];
  readonly isLost: (message: Message) => boolean;
  /** Whether it never reaches the node of this name. */
  readonly isUnheard: (message: Message, name: string) => boolean;
  /** How a participant that is asked may vote. */
  readonly votes: readonly ('commit' | 'abort')[];
  /** Whether one final answer decides; in 3pc and 2pc the others count too. */
  readonly oneAnswerDecides: boolean;
  readonly rules: E3pcRules;
}

/** Messages are characters of a text; see state.ts. */
const MESSAGES_AT_MOST = 0xd800;

export class Catalogue {
  readonly nodes: NodeEntry[] = [];
  readonly messages: MessageEntry[] = [];
  private readonly nodeNumbers = new Map<string, number>();
  private readonly messageNumbers = new Map<string, number>();
  private readonly settled: string[] = [];

  constructor(private readonly around: Surroundings) {}

  node(number: number): NodeEntry {
    const entry = this.nodes[number];
    if (entry === undefined) throw new Error(`there is no node ${String(number)}`);
    return entry;
  }

  message(number: number): MessageEntry {
    const entry = this.messages[number];
    if (entry === undefined) throw new Error(`there is no message ${String(number)}`);
    return entry;
  }

  numberOf(node: Node): number {
    const { key } = node;
    const known = this.nodeNumbers.get(key);
    if (known !== undefined) return known;
    const facts = this.around.facts.maskOf(node.facts);
    const number = this.nodes.push({ node, facts, deliveries: [], past: [] }) - 1;
    this.nodeNumbers.set(key, number);
    return number;
  }

  /** What a message may make of a node: nothing at all when there is no step. */
  deliver(number: number, message: number): readonly Step[] {
    const { node, deliveries } = this.node(number);
    const known = deliveries[message];
    if (known !== undefined) return known;
    const it = this.message(message).message;
    const votes = it.kind === 'vote-request' ? this.around.votes : (['commit'] as const);
    const steps =
      it.to.includes(node.name) && !this.around.isUnheard(it, node.name)
        ? this.stepsOf(
            number,
            votes.map((vote) => ({ type: 'deliver', message: it, vote })),
          )
        : [];
    deliveries[message] = steps;
    return steps;
  }

  /** Whether a message comes too late for this node, which alone gets something from it. */
  isPast(number: number, message: number): boolean {
    const { node, past } = this.node(number);
    const known = past[message];
    if (known !== undefined) return known;
    const { message: it, onlyFor } = this.message(message);
    const isPast = onlyFor === node.name && node.isPast(it);
    past[message] = isPast;
    return isPast;
  }

  /** What may happen to a node apart from messages. */
  act(number: number): readonly Step[] {
    const entry = this.node(number);
    return (entry.own ??= this.stepsOf(number, this.around.actionsOf(entry.node)));
  }

  /** The node that does not crash any more. */
  immortal(number: number): Step {
    const entry = this.node(number);
    return (entry.immortal ??= this.inNumbers(entry.node, { type: 'force' }, entry.node.immortal()));
  }

  /** The node when nobody begins a ballot any more. */
  retired(number: number): Step {
    const entry = this.node(number);
    return (entry.retired ??= this.inNumbers(entry.node, { type: 'force' }, entry.node.retired()));
  }

  /** Steps without any effect are left out, and so is the second of two with the same. */
  private stepsOf(number: number, actions: readonly Action[]): readonly Step[] {
    const { node } = this.node(number);
    const steps: Step[] = [];
    for (const action of actions) {
      const step = this.inNumbers(node, action, node.act(action));
      const isNothing = step.next === number && step.sent.length === 0 && step.stopped === null;
      const isSame = steps.some((it) => it.next === step.next && it.sent.join() === step.sent.join());
      if (!isNothing && !isSame) steps.push(step);
    }
    return steps;
  }

  private inNumbers(before: Node, action: Action, { next, sent, ballots, reports, stopped }: LocalStep): Step {
    const heard = sent.filter((message) => !this.around.isLost(message));
    const numbers = new Set(heard.map((message) => this.numberOfMessage(message)));
    const isReply = action.type === 'deliver' && action.message.kind === 'reply';
    return {
      action,
      next: this.numberOf(next),
      sent: [...numbers].sort((a, b) => a - b),
      ballots,
      reports,
      stopped,
      isQuiet: isReply && sent.length === 0 && stopped === null && next.visible === before.visible,
    };
  }

  private numberOfMessage(message: Message): number {
    const key = canonical(message);
    const known = this.messageNumbers.get(key);
    if (known !== undefined) return known;
    const { facts, oneAnswerDecides, rules } = this.around;
    const number = this.messages.push({
      message,
      facts: facts.maskOf(factsOf(message)),
      isReply: message.kind === 'reply',
      onlyFor: onlyFor(message),
      settles: this.bitOf(settles(message, rules)),
      leadsTo: oneAnswerDecides ? this.bitOf(leadsTo(message, rules)) : 0,
    });
    if (number > MESSAGES_AT_MOST) throw new Error('an exploration with so many different messages needs wider texts');
    this.messageNumbers.set(key, number - 1);
    return number - 1;
  }

  private bitOf(settled: Settled | undefined): number {
    if (settled === undefined) return 0;
    const key = `${settled.place} ${settled.outcome}`;
    if (!this.settled.includes(key)) this.settled.push(key);
    return 1 << this.settled.indexOf(key);
  }
}
