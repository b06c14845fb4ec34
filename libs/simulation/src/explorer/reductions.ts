// Checks what past.ts claims, for every node that an exploration has computed and every message that was ever sent in it.
// By induction over the steps: what is past has no effect now, and it stays past in every step that a node can take.
import type { Catalogue, MessageEntry, NodeEntry, Step } from './catalogue.js';
import { canonical } from './canonical.js';

/** What does not hold, in words; nothing when all does. */
export function unsoundReductions(catalogue: Catalogue): string[] {
  const wrong: string[] = [];
  // What is computed here for the first time belongs to states that were not reached: it is not looked at again.
  const [nodes, messages] = [catalogue.nodes.length, catalogue.messages.length];
  for (let node = 0; node < nodes; node += 1)
    for (const [message, entry] of catalogue.messages.slice(0, messages).entries()) {
      if (entry.onlyFor === catalogue.node(node).node.name) wrong.push(...pastAt(catalogue, node, message));
      if (entry.leadsTo !== 0) wrong.push(...superfluousAt(catalogue, node, message));
    }
  return wrong;
}

function pastAt(catalogue: Catalogue, node: number, message: number): string[] {
  if (!catalogue.isPast(node, message)) return [];
  const { message: it } = catalogue.message(message);
  const entry = catalogue.node(node);
  if (catalogue.deliver(node, message).length > 0) return [`${entry.node.key} is changed by the past ${canonical(it)}`];
  return stepsOf(entry)
    .filter((step) => !catalogue.isPast(step.next, message))
    .map((step) => `${canonical(it)} is past for ${entry.node.key} and not after ${step.action.type}`);
}

const stepsOf = ({ deliveries, own, immortal, retired }: NodeEntry): readonly Step[] => [
  ...deliveries.flatMap((steps) => steps ?? []),
  ...(own ?? []),
  ...(immortal ? [immortal] : []),
  ...(retired ? [retired] : []),
];

/** Hearing it is hearing a decision that it leads to, or nothing, or a part of what together is such a decision. */
function superfluousAt(catalogue: Catalogue, node: number, message: number): string[] {
  const { leadsTo, message: it } = catalogue.message(message);
  const decisions = catalogue.messages.flatMap(({ settles }, number) => (settles === leadsTo ? [number] : []));
  const isLeadingOn = (sent: number): boolean => isOn(catalogue.message(sent), leadsTo);
  const { name, isMortal } = catalogue.node(node).node;
  if (isMortal) return [];
  // Where a decision makes the node stop, the two do not meet: a violation would have been found.
  if (decisions.some((decision) => catalogue.deliver(node, decision).some(({ stopped }) => stopped !== null)))
    return [];
  return catalogue
    .deliver(node, message)
    .filter((step) => !step.isQuiet && catalogue.message(message).message.to.includes(name))
    .filter(
      (step) =>
        decisions.length > 0 &&
        !decisions.some((decision) => {
          const [told] = catalogue.deliver(node, decision);
          return (told?.next ?? node) === step.next && step.sent.every(isLeadingOn);
        }),
    )
    .map(() => `${canonical(it)} does more to ${catalogue.node(node).node.key} than the decision does`);
}

const isOn = ({ settles, leadsTo }: MessageEntry, outcome: number): boolean =>
  settles === outcome || leadsTo === outcome;
