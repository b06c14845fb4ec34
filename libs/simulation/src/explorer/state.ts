// A state of an exploration as a short text: the numbers of the nodes, what may still go wrong, and the set of messages.
// Two states are one if and only if their texts are equal.
import type { Budget } from './budget.js';

export interface State {
  readonly budget: Budget;
  /** The coordinator and the participants, as numbers of the catalogue. */
  readonly nodes: readonly number[];
  /** One character for each message, ascending. */
  readonly messages: string;
}

const HEAD = 4;

export function write({ budget: { crashes, ballots, losses, proposed }, nodes, messages }: State): string {
  const codes = [crashes, ballots, losses, proposed];
  for (const node of nodes) codes.push(node >>> 16, node & 0xffff);
  return String.fromCharCode(...codes) + messages;
}

export function read(text: string, count: number): State {
  const at = (index: number): number => text.charCodeAt(index);
  return {
    budget: { crashes: at(0), ballots: at(1), losses: at(2), proposed: at(3) },
    nodes: Array.from({ length: count }, (_, index) => at(HEAD + 2 * index) * 0x10000 + at(HEAD + 1 + 2 * index)),
    messages: text.slice(HEAD + 2 * count),
  };
}

/** The set of messages with more in it. */
export function withMessages(messages: string, sent: readonly number[]): string {
  let all = messages;
  for (const number of sent) {
    const character = String.fromCharCode(number);
    if (all.includes(character)) continue;
    let index = all.length;
    while (index > 0 && all.charCodeAt(index - 1) > number) index -= 1;
    all = all.slice(0, index) + character + all.slice(index);
  }
  return all;
}

export function entry<T>(table: readonly T[], index: number): T {
  const found = table[index];
  if (found === undefined) throw new Error(`there is nothing at ${String(index)}`);
  return found;
}
