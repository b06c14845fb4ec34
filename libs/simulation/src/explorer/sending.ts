// What leaves a node, of the effects that every node performs alike.
import type { Effect } from '@parley/commit';
import type { Content } from './message.js';
import type { Company } from './node.js';

interface Sent {
  readonly content: Content;
  readonly to: (company: Company) => readonly string[];
  /** Empty where nobody replies. */
  readonly from?: '';
}

const toParticipants = ({ participants }: Company): readonly string[] => participants;
const toAll = ({ coordinator, participants }: Company): readonly string[] => [...participants, coordinator];

/** Undefined for what sends nothing, or not alike. */
export function contentOf(effect: Effect): Sent | undefined {
  switch (effect.type) {
    case 'ask-votes': {
      const { type: _, open, ...asked } = effect;
      const request = { type: 'vote-requested' as const, epoch: 1, deadline: 0, ...asked, open: [...open] };
      return { content: { kind: 'vote-request', request }, to: toParticipants };
    }
    case 'ask-states':
      return {
        content: { kind: 'state-request', request: { ...effect, type: 'states-asked' } },
        to: toParticipants,
      };
    case 'propose':
      return {
        content: { kind: 'proposal', request: { ...effect, type: 'proposed', deadline: 0 } },
        to: toParticipants,
      };
    case 'announce':
      return { content: { kind: 'decision', transactions: effect.transactions }, to: toAll, from: '' };
    default:
      return undefined;
  }
}
