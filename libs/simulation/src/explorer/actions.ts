// What may happen to a node at any time, apart from messages. Deadlines pass whenever they please, also such as nobody
// waits for: that allows more than can happen, so what holds here holds with real clocks.
import { BOOK } from './coordinator-node.js';
import type { Action, Node } from './node.js';
import { places, recoverers, type Setup } from './setup.js';

export function actionsOf(setup: Setup): (node: Node) => readonly Action[] {
  const recovering = recoverers(setup);
  const all = places(setup);
  return (node) => [
    ...(node.name === 'coordinator'
      ? setup.lists.map((_, transaction): Action => ({ type: 'propose', transaction }))
      : []),
    ...all.flatMap((place) => deadlines(node, place, setup, mayRecover(node, setup, recovering))),
    ...(setup.fetching && node.name !== 'coordinator' ? [{ type: 'fetch-ended' as const, book: BOOK }] : []),
    ...faults(node, setup, recovering),
  ];
}

const isTooEarly = (node: Node, { without }: Setup): boolean =>
  node.isEarly && (without?.includes('early recoveries') ?? false);

const mayRecover = (node: Node, setup: Setup, recovering: ReadonlySet<string>): boolean =>
  !node.isRetired && recovering.has(node.name) && !isTooEarly(node, setup);

function deadlines(
  node: Node,
  place: ReturnType<typeof places>[number],
  { protocol, without }: Setup,
  mayBegin: boolean,
): Action[] {
  const isCoordinator = node.name === 'coordinator';
  const first: Action = { type: 'deadline', wait: isCoordinator ? 'votes' : 'vote-request', place };
  const second: Action = { type: 'deadline', wait: isCoordinator ? 'acknowledgements' : 'decision', place };
  // In e3pc the time-out of a question does nothing but make room for the next ballot; in 3pc and 2pc it may decide.
  return [
    ...(without?.includes('vote deadlines') ? [] : [first]),
    ...(mayBegin || (isCoordinator && protocol === '3pc') ? [second] : []),
    ...(mayBegin && !without?.includes('retries') ? [{ type: 'try-again' as const, place }] : []),
    ...(protocol === 'e3pc' ? [] : [{ type: 'ask-ended' as const, place }]),
  ];
}

function faults(node: Node, setup: Setup, recovering: ReadonlySet<string>): Action[] {
  const kept = Array.from({ length: Math.max(1, node.pending) }, (_, count) => count);
  return [
    ...(node.isMortal && node.pending > 0 ? [{ type: 'force' as const }] : []),
    // All pending records reach the disk, and then it crashes: that is a force and a crash.
    ...(node.isMortal && !isTooEarly(node, setup) ? kept.map((count): Action => ({ type: 'crash', kept: count })) : []),
    ...(setup.losses > 0 && !recovering.has(node.name) ? [{ type: 'lose-journal' as const }] : []),
  ];
}
