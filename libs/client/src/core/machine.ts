// A client stays connected to the chat across servers that die, nets that fail and its own sleep, and its user notices
// nothing but the delay.
//
//   idle --start--> asking-ticket --> opening --> syncing --caught_up--> live
//                        ^                 \          |                  /
//                        |                  \---------+-- lost ---------/
//                        +--- waiting (full jitter, next server) <--/            4500-4999, stop --> ended
//
// - Each event of a room is told once and in order, whatever is repeated on the wire; where something is missing it is told.
// - A command is answered once. One without an answer is sent again under its UUID when the client is back, in its order.
// - A server that says nothing, not even a ping, is taken for dead.
// - What belongs to an earlier try is ignored.
// The closing codes are those of docs/socket.md; of the codes of RFC 6455, those that blame the client end it as well.
import type { SocketPush } from '@parley/contracts';
import { fullJitterMs } from './backoff.js';
import type { Command, Connection, Effect, Ends, Input, Outcome, Phase, Timer, Told } from './connection.js';
import { NOTHING_TOLD, type Progress } from './delivery.js';
import { takePush } from './pushes.js';

/** How long a server has for a ticket, for opening and for its welcome together. In milliseconds, as all that follow. */
const WELCOME_MS = 10_000;

/** The server pings every 25 seconds. */
const SILENCE_MS = 40_000;

/** A connection that stood for this long was none that failed. */
const STEADY_MS = 10_000;

/** Commands that may wait for their answers. */
const MAX_UNANSWERED = 1_000;

export interface Step {
  readonly connection: Connection;
  readonly effects: readonly Effect[];
}

/** @param progress how far an earlier connection had come, to go on from there */
export const newConnection = (servers: number, progress: Progress = NOTHING_TOLD): Connection => ({
  ...{ phase: { name: 'idle' }, attempt: 0, servers, server: 0, failures: 0 },
  ...{ progress, user: null, unanswered: [] },
});

/** @param chance at random, at least 0 and below 1 */
export function step(connection: Connection, input: Input, chance: number): Step {
  if ('attempt' in input && input.attempt !== connection.attempt)
    return ignored(connection, input, 'of an earlier try');
  const { phase } = connection;
  switch (input.type) {
    case 'start':
      return phase.name === 'idle' ? attempt(connection) : ignored(connection, input, 'started before');
    case 'stop':
      return phase.name === 'ended' ? ignored(connection, input, 'ended before') : end(connection, null, 'stopped');
    case 'command':
      return command(connection, input.command);
    case 'ticket':
      if (phase.name !== 'asking-ticket') return ignored(connection, input, 'no ticket was asked for');
      return at(connection, { name: 'opening', ticket: input.ticket }, [{ type: 'open', server: connection.server }]);
    case 'no-ticket':
      if (phase.name !== 'asking-ticket') return ignored(connection, input, 'no ticket was asked for');
      return isRefusal(input.status) ? end(connection, null, input.reason) : lose(connection, input.reason, chance);
    case 'opened':
      return phase.name === 'opening'
        ? greet(connection, phase.ticket, input.ends)
        : ignored(connection, input, 'it was open');
    case 'sign':
      return same(connection, heard(connection));
    case 'reply': {
      const { reply } = input;
      const outcome: Outcome = reply.ok ? { ok: true, d: reply.d } : { ok: false, problem: reply.err };
      return answered(connection, reply.re, outcome);
    }
    case 'push':
      return push(connection, input.push, chance);
    case 'closed':
      return isInTry(phase) ? closed(connection, input, chance) : ignored(connection, input, 'nothing is open');
    case 'timer':
      return timer(connection, input.timer, chance);
    default:
      return input satisfies never;
  }
}

const same = (connection: Connection, effects: readonly Effect[]): Step => ({ connection, effects });

const at = (connection: Connection, phase: Phase, effects: readonly Effect[]): Step => ({
  connection: { ...connection, phase },
  effects,
});

const ignored = (connection: Connection, { type }: Input, why: string): Step =>
  same(connection, [{ type: 'ignored', input: type, why }]);

const tell = (told: Told): Effect => ({ type: 'tell', told });
const wait = (timer: Timer, ms: number): Effect => ({ type: 'wait', timer, ms });

const isInTry = ({ name }: Phase): boolean => name !== 'idle' && name !== 'waiting' && name !== 'ended';
const isWelcomed = ({ phase, user }: Connection): boolean =>
  user !== null && (phase.name === 'syncing' || phase.name === 'live');

/** A session that is over, or a request that no repetition makes right; but not one that comes too often. */
const isRefusal = (status: number | null): boolean =>
  status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;

/** RFC 6455, 7.4.1: protocol error, bad data, policy, too big, extension missing. The same would happen again. */
const blamesClient = new Set([1002, 1003, 1007, 1008, 1009, 1010]);
const comesBack = (code: number): boolean => !(code >= 4500 && code <= 4999) && !blamesClient.has(code);

function attempt(connection: Connection): Step {
  const { server } = connection;
  return at({ ...connection, attempt: connection.attempt + 1, user: null }, { name: 'asking-ticket' }, [
    tell({ type: 'connecting', server }),
    wait('silence', WELCOME_MS),
    { type: 'ask-ticket', server },
  ]);
}

function greet(connection: Connection, ticket: string, ends: Ends | null): Step {
  const { progress, server } = connection;
  const { rooms: positions, inbox } = progress;
  const frame: Command = { id: 'hello', op: 'hello', d: { ticket, positions, ...(inbox && { inbox }) } };
  return at(connection, { name: 'syncing', known: positions, jumped: [] }, [
    tell({ type: 'connected', server, ends }),
    { type: 'send', frame },
  ]);
}

/** A welcome must come in its time, whatever else is heard. */
const heard = (connection: Connection): readonly Effect[] =>
  isWelcomed(connection) ? [wait('silence', SILENCE_MS)] : [];

function command(connection: Connection, given: Command): Step {
  const { phase, unanswered } = connection;
  const refuse = (ended: string): Step =>
    same(connection, [{ type: 'answer', id: given.id, outcome: { ok: false, ended } }]);
  if (phase.name === 'ended') return refuse(phase.reason);
  if (unanswered.length >= MAX_UNANSWERED) return refuse(`${String(MAX_UNANSWERED)} commands wait already`);
  const next = { ...connection, unanswered: [...unanswered, given] };
  return same(next, phase.name === 'live' ? [{ type: 'send', frame: given }] : []);
}

function answered(connection: Connection, id: string | null, outcome: Outcome): Step {
  const effects = heard(connection);
  // A `hello` that is refused is followed by the connection's end, which says why.
  if (id === 'hello' || !connection.unanswered.some((waiting) => waiting.id === id) || id === null)
    return same(connection, effects);
  const unanswered = connection.unanswered.filter((waiting) => waiting.id !== id);
  return same({ ...connection, unanswered }, [...effects, { type: 'answer', id, outcome }]);
}

function push(connection: Connection, told: SocketPush, chance: number): Step {
  const { phase } = connection;
  if (phase.name !== 'syncing' && phase.name !== 'live')
    return same(connection, [{ type: 'ignored', input: 'push', why: 'no hello was said' }]);
  const taken = takePush({ ...connection, phase }, told);
  if ('missing' in taken) return lose(connection, taken.missing, chance);
  const effects = [...heard(taken.connection), ...taken.effects];
  return told.ev === 'caught_up' ? beLive(taken.connection, effects) : same(taken.connection, effects);
}

/** What was not answered before is sent again, in its order. */
function beLive(connection: Connection, effects: readonly Effect[]): Step {
  const again = connection.unanswered.map((frame): Effect => ({ type: 'send', frame }));
  return at(connection, { name: 'live' }, [
    ...effects,
    wait('steady', STEADY_MS),
    tell({ type: 'live', server: connection.server }),
    ...again,
  ]);
}

function closed(connection: Connection, { code, reason }: Extract<Input, { type: 'closed' }>, chance: number): Step {
  const why = reason === '' ? `closed with ${String(code)}` : reason;
  return comesBack(code) ? lose(connection, why, chance) : end(connection, code, why);
}

function timer(connection: Connection, name: Timer, chance: number): Step {
  const { phase } = connection;
  switch (name) {
    case 'retry':
      return phase.name === 'waiting'
        ? attempt(connection)
        : same(connection, [{ type: 'ignored', input: 'timer', why: 'nothing waits' }]);
    case 'silence':
      return isInTry(phase)
        ? lose(connection, 'the server says nothing', chance)
        : same(connection, [{ type: 'ignored', input: 'timer', why: 'nothing is open' }]);
    case 'steady':
      return same({ ...connection, failures: 0 }, []);
    default:
      return name satisfies never;
  }
}

/** Lets the connection go, and tries the next server after a while. */
function lose(connection: Connection, reason: string, chance: number): Step {
  const { servers, failures } = connection;
  const retryMs = fullJitterMs(Math.floor(failures / servers), chance);
  const next = { ...connection, server: (connection.server + 1) % servers, failures: failures + 1 };
  return at(next, { name: 'waiting' }, [
    { type: 'drop' },
    { type: 'forget', timers: ['silence', 'steady'] },
    tell({ type: 'lost', reason, retryMs }),
    wait('retry', retryMs),
  ]);
}

function end(connection: Connection, code: number | null, reason: string): Step {
  const unknown = connection.unanswered.map(({ id }): Effect => ({
    type: 'answer',
    id,
    outcome: { ok: false, ended: reason },
  }));
  return at({ ...connection, unanswered: [] }, { name: 'ended', reason }, [
    { type: 'drop' },
    { type: 'forget', timers: ['retry', 'silence', 'steady'] },
    ...unknown,
    tell({ type: 'ended', code, reason }),
  ]);
}
