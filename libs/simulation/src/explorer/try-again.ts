// The end of a ballot that has not decided, and the next one of the same life of its node.
import type { CoordinatorInput, ParticipantInput, ParticipantState } from '@parley/commit';
import type { Place } from '@parley/contracts';
import { idOf } from './facts.js';

type TryAgain = ParticipantInput & CoordinatorInput & { readonly type: 'ask-ended' | 'deadline' };

/** The time-out of the ballot that a recoverer runs for a place, and its next ballot. */
export function tryAgain({ recoveries }: ParticipantState['recoverer'], place: Place): readonly TryAgain[] {
  const running = recoveries.get(idOf(place));
  if (running === undefined) return [];
  const { ballot } = running;
  const proposal = running.phase === 'proposing' ? running.proposal : undefined;
  return [
    { type: 'ask-ended', ballot, proposal, places: [place] },
    { type: 'deadline', wait: 'retry', places: [place] },
  ];
}
