// A node under whose name another process lives. Either may be the copy, and neither can know what the other has
// promised, so from then on it promises nothing and decides nothing, whatever it is asked: to those who count answers it
// is not there. If the other participant has the same journal the identity is spoiled for good, and that is forced, so that neither a
// crash nor an operator's restart lets one of the two forget it.
import type { BeginVerdict, Effect } from './effects.js';
import { FIRST_BALLOT } from './ballot.js';
import { isRival } from './identity.js';
import type { CoordinatorInput, CoordinatorState, CoordinatorStep } from './coordinator-state.js';
import type { ParticipantInput, ParticipantState, ParticipantStep } from './participant.js';

/** Somebody lives under this participant's name: itself, or another. */
export function ownNameHeard(
  state: ParticipantState,
  { logId, nonce }: { readonly logId: string; readonly nonce: string },
): ParticipantStep {
  const { identity, self } = state;
  if (!isRival(identity, nonce)) return { state, effects: [] };
  const spoilt: Effect[] =
    logId === self.logId ? [{ type: 'append', record: { kind: 'doubled', nonce }, lazy: false }] : [];
  const alarm: Effect = { type: 'alarm', what: twoLive(self.name, logId === self.logId) };
  return { state: { ...state, identity: { ...identity, rival: nonce } }, effects: [...spoilt, alarm] };
}

/**
 * Somebody lives under the coordinator's name. Two coordinators would give numbers twice and run the same ballots, so both
 * stop. Nothing is forced: which journal is the right one is for the operator to say, and an empty one would be none.
 */
export function coordinatorNameHeard(state: CoordinatorState, nonce: string): CoordinatorStep {
  if (!isRival(state.identity, nonce)) return { state, effects: [] };
  const alarm: Effect = {
    type: 'alarm',
    what:
      'another coordinator lives. Neither begins or decides anything any more. Stop both, keep the folder whose numbers go ' +
      'further, and start that one: it stops if a participant knows a number that it has not given.',
  };
  return { state: { ...state, identity: { ...state.identity, rival: nonce } }, effects: [alarm] };
}

/** A coordinator that has a double refuses what is proposed, and takes up nothing else. */
export function stepDoubled(state: CoordinatorState, input: CoordinatorInput): CoordinatorStep {
  if (input.type === 'leave-asked') {
    const verdict = { known: true, left: false, outstanding: ['another coordinator lives'] };
    return { state, effects: [{ type: 'confirm-leave', to: input.reply, verdict }] };
  }
  if (input.type !== 'proposed') return { state, effects: [] };
  const refused: BeginVerdict = { refused: 'coordinator-doubled', detail: 'another coordinator lives' };
  return { state, effects: [{ type: 'confirm-begin', to: input.reply, results: input.proposals.map(() => refused) }] };
}

const twoLive = (name: string, sameJournal: boolean): string =>
  `another process lives as ${name}${sameJournal ? ' on a copy of this journal' : ', with another journal'}. ` +
  'Neither votes any more. Stop both, ' +
  (sameJournal
    ? `keep the folders for examination, and start ${name} with an empty folder: it is then a new member and fetches every line.`
    : 'and start again the one that belongs here; give the other a name of its own.');

/** Answers who asks, so that nobody waits, with nothing that could count. */
export function stepSilenced(state: ParticipantState, input: ParticipantInput): ParticipantStep {
  switch (input.type) {
    case 'vote-requested':
      return { state, effects: [{ type: 'reply', to: input.reply, ballot: FIRST_BALLOT, answers: [] }] };
    case 'states-asked':
      return { state, effects: [{ type: 'reply', to: input.reply, ballot: input.ballot, answers: [] }] };
    case 'proposed': {
      const { reply, ballot, proposal } = input;
      return { state, effects: [{ type: 'reply', to: reply, ballot, proposal, answers: [] }] };
    }
    case 'person-voted':
    case 'person-acknowledged': {
      const answer = { taken: false, reason: 'not-asked' as const, state: null };
      return { state, effects: [{ type: 'answer-person', to: input.reply, place: input.place, answer }] };
    }
    default:
      return { state, effects: [] };
  }
}
