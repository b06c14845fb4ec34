// A node under whose name another process lives. Either may be the copy, and neither can know what the other has
// promised, so from then on it promises nothing and decides nothing, whatever it is asked: to those who count answers it
// is not there. If the other participant has the same journal the identity is spoiled for good, and that is forced, so that neither a
// crash nor an operator's restart lets one of the two forget it.
//
// A heartbeat under a node's own name is no proof: anybody can tell one. A node falls silent when the store holds a later
// start than its own (it is the older of two), or when an earlier life of its name says whom it has heard (it is the newer).
import type { Alive } from '@parley/contracts';
import type { BeginVerdict, Effect } from './effects.js';
import { FIRST_BALLOT } from './ballot.js';
import type { CoordinatorInput, CoordinatorState, CoordinatorStep } from './coordinator-state.js';
import {
  askFor,
  confirmStart,
  hearAlive,
  ignored,
  takeWaiting,
  type Heartbeats,
  type HeardAlive,
  type StartConfirmed,
} from './heartbeats.js';
import { isAnother, isSuperseded, isUndead, type Identity } from './identity.js';
import type { ParticipantInput, ParticipantState, ParticipantStep } from './participant.js';

const NOT_MY_DOUBLE = 'a heartbeat under this node’s own name, of a start that neither the store nor its journal knows';

/** A node as it is seen by whoever hears its name. */
interface Named {
  readonly name: string;
  readonly identity: Identity;
  readonly heartbeats: Heartbeats;
}

/** What a heartbeat, or the store's word on one, means to a node: `rival` is another life under its own name. */
interface Judged {
  readonly heartbeats: Heartbeats;
  readonly effects: readonly Effect[];
  readonly rival?: { readonly nonce: string; readonly logId: string | null };
}

function judgeHeartbeat(node: Named, input: HeardAlive | StartConfirmed): Judged {
  if (input.type === 'alive-heard')
    return input.alive.node === node.name ? hearOwnName(node, input.alive) : hearAlive(node.heartbeats, input.alive);
  if (input.name !== node.name) return confirmStart(node.heartbeats, input);
  const { stored } = input;
  const { rest: heartbeats } = takeWaiting(node.heartbeats, node.name);
  if (stored === 'unknown') return { heartbeats, effects: [] };
  if (stored === null || !isSuperseded(node.identity, stored)) return { heartbeats, effects: [ignored(NOT_MY_DOUBLE)] };
  return { heartbeats, effects: [], rival: stored };
}

function hearOwnName({ identity, heartbeats }: Named, alive: Alive): Judged {
  if (!isAnother(identity, alive.nonce)) return { heartbeats, effects: [] };
  const logId = alive.service === 'participant' ? alive.logId : null;
  if (isUndead(identity, alive)) return { heartbeats, effects: [], rival: { nonce: alive.nonce, logId } };
  return askFor(heartbeats, alive);
}

/** A participant hears that somebody lives, or what the store says of that. */
export function participantHears(state: ParticipantState, input: HeardAlive | StartConfirmed): ParticipantStep {
  const { heartbeats, effects, rival } = judgeHeartbeat({ ...state, name: state.self.name }, input);
  return rival ? silence({ ...state, heartbeats }, rival) : { state: { ...state, heartbeats }, effects };
}

function silence(state: ParticipantState, { nonce, logId }: NonNullable<Judged['rival']>): ParticipantStep {
  const { identity, self } = state;
  const isCopy = logId === self.logId;
  const spoilt: Effect[] = isCopy ? [{ type: 'append', record: { kind: 'doubled', nonce }, lazy: false }] : [];
  const alarm: Effect = { type: 'alarm', what: twoLive(self.name, isCopy) };
  return { state: { ...state, identity: { ...identity, rival: nonce } }, effects: [...spoilt, alarm] };
}

/** The coordinator hears that somebody lives, or what the store says of that. */
export function coordinatorHears(state: CoordinatorState, input: HeardAlive | StartConfirmed): CoordinatorStep {
  const { heartbeats, effects, rival } = judgeHeartbeat({ ...state, name: state.recoverer.node }, input);
  return rival ? standDown({ ...state, heartbeats }, rival.nonce) : { state: { ...state, heartbeats }, effects };
}

/**
 * Somebody lives under the coordinator's name. Two coordinators would give numbers twice and run the same ballots, so both
 * stop. Nothing is forced: which journal is the right one is for the operator to say, and an empty one would be none.
 */
function standDown(state: CoordinatorState, nonce: string): CoordinatorStep {
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
