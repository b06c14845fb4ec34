// Every state that the nodes can reach within a bound, breadth first: the first violation found is a shortest one.
//
// Replies that are only counted are delivered together with the one that completes them. What has been counted so far is
// seen by nobody, so a run in which it happens earlier differs in nothing else from the one in which it happens then.
import { actionsOf } from './actions.js';
import { spend, type Budget } from './budget.js';
import { Catalogue, type Step } from './catalogue.js';
import { whoWaits } from './ends.js';
import { FactTable, type Violation } from './facts.js';
import type { Message } from './message.js';
import type { Action } from './node.js';
import { isUnheard, mayCrash, newNodes, type Setup } from './setup.js';
import { entry, read, withMessages, write, type State } from './state.js';

/** What happened at a node: one action, or several replies that count together. */
export interface Happening {
  readonly at: string;
  readonly actions: readonly Action[];
}

export interface Exploration {
  readonly states: number;
  /** Steps from the beginning to the remotest state. */
  readonly depth: number;
  readonly reached: {
    readonly committed: boolean;
    readonly aborted: boolean;
    /** A number was decided before a lower one. */
    readonly hole: boolean;
  };
  /** What nodes have reported as wrong. */
  readonly reports: readonly string[];
  readonly violation: (Violation & { readonly trace: readonly Happening[] }) | undefined;
  /** False when the search was ended by its limit, or by a violation. */
  readonly isComplete: boolean;
  readonly catalogue: Catalogue;
}

export const explore = (setup: Setup, { statesAtMost = Infinity } = {}): Exploration =>
  new Explorer(setup).run(statesAtMost);

class Explorer {
  private readonly facts = new FactTable();
  private readonly catalogue: Catalogue;
  private readonly names: readonly string[];
  private readonly texts: string[] = [];
  private readonly seen = new Set<string>();
  /** Of each state: the state before it, and what happened. */
  private readonly parents: number[] = [];
  private readonly via: { readonly at: number; readonly steps: readonly Step[] }[] = [];
  private readonly reports = new Set<string>();
  private reached = 0;
  private hasHole = false;
  private violation: Violation | undefined;
  /** The state in which it was found. */
  private violatedAt = 0;
  private waiting: (Violation & { readonly index: number }) | undefined;
  /** Steps that have led to another state. */
  private taken = 0;

  constructor(private readonly setup: Setup) {
    this.catalogue = new Catalogue({
      facts: this.facts,
      actionsOf: actionsOf(setup),
      isLost: (message) => !setup.fetching && isOfFetching(message),
      isUnheard: (message, name) => isUnheard(setup, message, name),
      votes: setup.without?.includes('votes against') ? ['commit'] : ['commit', 'abort'],
      oneAnswerDecides: setup.protocol === 'e3pc',
      rules: setup.conduct.rules,
    });
    const nodes = newNodes(setup);
    this.names = nodes.map(({ name }) => name);
    const { crashes, ballots, losses } = setup;
    const budget: Budget = { crashes, ballots: ballots - 1, losses, proposed: 0 };
    const numbers = nodes.map((node) => this.catalogue.numberOf(node));
    this.add(this.settled({ budget, nodes: numbers, messages: '' }), -1, -1, []);
  }

  run(statesAtMost: number): Exploration {
    let next = 0;
    while (next < this.texts.length && this.texts.length < statesAtMost && !this.violation) {
      this.expand(next);
      next += 1;
    }
    const isComplete = next === this.texts.length && !this.violation;
    if (this.waiting && !this.violation) {
      const { index, ...violation } = this.waiting;
      this.violation = violation;
      this.violatedAt = index;
    }
    return {
      states: this.texts.length,
      depth: this.pathTo(this.texts.length - 1).length,
      reached: {
        committed: this.facts.has(this.reached, 'committed'),
        aborted: this.facts.has(this.reached, 'aborted'),
        hole: this.hasHole,
      },
      reports: [...this.reports],
      violation: this.violation && { ...this.violation, trace: this.pathTo(this.violatedAt) },
      isComplete,
      catalogue: this.catalogue,
    };
  }

  private expand(index: number): void {
    const state = read(entry(this.texts, index), this.names.length);
    const before = this.factsOf(state);
    const takenBefore = this.taken;
    for (const [at, node] of state.nodes.entries()) {
      for (const step of this.catalogue.act(node)) this.take(index, state, before, at, [step]);
      this.deliver(index, state, before, at, { node, from: 0, counted: [] });
      if (this.violation) return;
    }
    if (this.taken === takenBefore && !this.waiting) this.judgeEnd(index, state);
  }

  /** An end in which somebody waits for ever is told only when nothing worse is found. */
  private judgeEnd(index: number, state: State): void {
    const detail = whoWaits(state, this.setup, this.names, this.facts, this.catalogue);
    if (detail !== undefined) this.waiting ??= { invariant: 'decisions are taken up', detail, index };
  }

  /** Delivers each message, and replies that are only counted together with one that completes them. */
  private deliver(
    index: number,
    state: State,
    before: number,
    at: number,
    { node, from, counted }: { node: number; from: number; counted: readonly Step[] },
  ): void {
    for (let message = from; message < state.messages.length; message += 1) {
      const number = state.messages.charCodeAt(message);
      if (counted.length > 0 && !this.catalogue.message(number).isReply) continue;
      for (const step of this.catalogue.deliver(node, number)) {
        const steps = [...counted, step];
        if (!step.isQuiet) this.take(index, state, before, at, steps);
        else {
          this.deliver(index, state, before, at, { node: step.next, from: message + 1, counted: steps });
          for (const end of this.endsOfAsking(step.next)) this.take(index, state, before, at, [...steps, end]);
        }
      }
    }
  }

  /** In 3pc and 2pc the time-out of a question decides by the answers that have come until then. */
  private endsOfAsking(node: number): readonly Step[] {
    if (this.setup.protocol === 'e3pc') return [];
    return this.catalogue.act(node).filter(({ action }) => action.type === 'ask-ended');
  }

  private take(index: number, state: State, before: number, at: number, steps: readonly Step[]): void {
    const last = steps.at(-1);
    const next = last && !this.violation ? this.successor(state, at, last) : undefined;
    if (last === undefined || next === undefined) return;
    for (const report of last.reports) this.reports.add(report);
    if (next.messages !== state.messages || next.nodes.some((node, it) => node !== state.nodes[it])) this.taken += 1;
    if (!this.add(next, index, at, steps)) return;
    const mask = this.factsOf(next);
    this.reached |= mask;
    this.hasHole ||= this.isHole(mask);
    this.violation =
      this.facts.judge(mask, before, ({ number }) => this.setup.lists[number - 1] ?? []) ??
      (last.stopped === null ? undefined : { invariant: 'no node stops', detail: last.stopped });
    this.violatedAt = this.texts.length - 1;
  }

  /** False when the state was known. */
  private add(state: State, parent: number, at: number, steps: readonly Step[]): boolean {
    const text = write(state);
    if (this.seen.has(text)) return false;
    this.seen.add(text);
    this.texts.push(text);
    this.parents.push(parent);
    this.via.push({ at, steps });
    return true;
  }

  /** Undefined when the bound does not allow the step. */
  private successor({ budget, nodes, messages }: State, at: number, step: Step): State | undefined {
    const left = spend(budget, step);
    if (left === undefined) return undefined;
    const next = [...nodes];
    next[at] = step.next;
    const state = { budget: left, nodes: next, messages: withMessages(messages, step.sent) };
    return left === budget ? this.withoutPast(state) : this.settled(state);
  }

  /** The nodes of a state in which nobody crashes, or nobody begins a ballot, any more need to remember less. */
  private settled(state: State): State {
    const { crashes, ballots } = state.budget;
    let { messages } = state;
    const nodes = state.nodes.map((number, at) => {
      let now = number;
      if (!mayCrash(this.setup, entry(this.names, at), crashes)) {
        const { next, sent } = this.catalogue.immortal(now);
        messages = withMessages(messages, sent);
        now = next;
      }
      return ballots === 0 ? this.catalogue.retired(now).next : now;
    });
    return this.withoutPast({ budget: state.budget, nodes, messages });
  }

  /** See past.ts. */
  private withoutPast({ budget, nodes, messages }: State): State {
    let settled = 0;
    for (let index = 0; budget.crashes === 0 && index < messages.length; index += 1)
      settled |= this.catalogue.message(messages.charCodeAt(index)).settles;
    let kept = '';
    for (let index = 0; index < messages.length; index += 1) {
      const number = messages.charCodeAt(index);
      const { leadsTo, onlyFor } = this.catalogue.message(number);
      if ((leadsTo & settled) !== 0) continue;
      if (onlyFor !== null && this.catalogue.isPast(entry(nodes, this.names.indexOf(onlyFor)), number)) continue;
      kept += messages.charAt(index);
    }
    return { budget, nodes, messages: kept };
  }

  private isHole(mask: number): boolean {
    const numbers = this.setup.lists.length === 1 ? [] : this.facts.decidedIn(mask).map(({ number }) => number);
    return numbers.some((number) => number > 1 && !numbers.includes(number - 1));
  }

  private factsOf({ nodes, messages }: Pick<State, 'nodes' | 'messages'>): number {
    let mask = 0;
    for (const node of nodes) mask |= this.catalogue.node(node).facts;
    for (let index = 0; index < messages.length; index += 1)
      mask |= this.catalogue.message(messages.charCodeAt(index)).facts;
    return mask;
  }

  private pathTo(last: number): Happening[] {
    const path: Happening[] = [];
    for (let index = last; index > 0; index = entry(this.parents, index)) {
      const { at, steps } = entry(this.via, index);
      path.unshift({ at: entry(this.names, at), actions: steps.map(({ action }) => action) });
    }
    return path;
  }
}

const isOfFetching = ({ kind }: Message): boolean =>
  kind === 'fetch-request' || kind === 'fetched' || kind === 'recorded';
