// What the server tells, one push after the other: each event and each message is handed on once, in order.
import type { SocketPush } from '@parley/contracts';
import type { Connection, Effect, Phase, Told } from './connection.js';
import { afterEvent, placeOf, within } from './delivery.js';

type Push<Ev extends SocketPush['ev']> = Extract<SocketPush, { ev: Ev }>;

/** A connection on which something can be told. */
type Telling = Connection & { readonly phase: Extract<Phase, { name: 'syncing' | 'live' }> };

/** What follows from a push; or what is missing, which whoever comes back to his positions gets. */
export type Taken =
  { readonly connection: Connection; readonly effects: readonly Effect[] } | { readonly missing: string };

const telling = (connection: Connection, told: Told): Taken => ({ connection, effects: [{ type: 'tell', told }] });

const again = (connection: Connection): Taken => ({
  connection,
  effects: [{ type: 'ignored', input: 'push', why: 'it was told before' }],
});

export function takePush(connection: Telling, push: SocketPush): Taken {
  switch (push.ev) {
    case 'welcome':
      return welcome(connection, push);
    case 'room.event':
      return roomEvent(connection, push);
    case 'room.synced':
      return synced(connection, push);
    case 'direct':
      return direct(connection, push);
    case 'caught_up':
      return { connection, effects: [] };
    default:
      return telling(connection, { type: 'push', push });
  }
}

function welcome(connection: Telling, { user, rooms }: Push<'welcome'>): Taken {
  const { server, progress } = connection;
  // Whoever is no longer in a room, and comes in again later, begins there anew.
  const next = { ...connection, user, progress: { ...progress, rooms: within(progress.rooms, rooms) } };
  return telling(next, { type: 'welcome', server, user, rooms });
}

function roomEvent(connection: Telling, { d: event }: Push<'room.event'>): Taken {
  const { phase, progress, user } = connection;
  const place = placeOf(progress.rooms, event);
  if (place === 'again') return again(connection);
  const isNew = phase.name === 'live';
  if (place === 'beyond' && isNew) return { missing: `events of ${event.room} are missing` };
  const jumped = phase.name === 'syncing' && place === 'beyond' ? { jumped: [...phase.jumped, event.room] } : {};
  const next = {
    ...connection,
    phase: { ...phase, ...jumped },
    progress: { ...progress, rooms: afterEvent(progress.rooms, event, user) },
  };
  return telling(next, { type: 'event', event, isNew });
}

function synced(connection: Telling, { room, recovered, count }: Push<'room.synced'>): Taken {
  const { phase } = connection;
  if (phase.name !== 'syncing') return again(connection);
  const isWhole = recovered && !phase.jumped.includes(room);
  const how = phase.known[room] === undefined ? 'first' : isWhole ? 'resumed' : 'not-resumed';
  return telling(connection, { type: 'synced', room, how, count });
}

/** Offsets of the inbox have holes: what is between them went to others. */
function direct(connection: Telling, { position, message }: Push<'direct'>): Taken {
  const { progress } = connection;
  const last = progress.inbox;
  if (last?.epoch === position.epoch && position.offset <= last.offset) return again(connection);
  return telling({ ...connection, progress: { ...progress, inbox: position } }, { type: 'direct', position, message });
}
