// What happens in the exchanges of clocks, told to the clients in the rooms as it happens. It is no part of the rooms' records: who was not
// there is not told again.
import { clockStream, type ClockEvent, type SocketPush } from '@parley/contracts';
import { pushFrame } from './frame.js';
import type { RoomFeed } from './room-feed.js';
import { StreamFollower, type Open } from './stream-follower.js';

/** Follows the exchanges of all rooms. */
export const clockFeed = (open: Open, rooms: Pick<RoomFeed, 'aside'>): StreamFollower<ClockEvent> =>
  new StreamFollower(open, {
    contract: clockStream,
    tokenOf: ({ room }) => room,
    happened: (event) => rooms.aside(event.room, pushFrame(pushOf(event))),
  });

function pushOf(event: ClockEvent): SocketPush {
  const { room, state } = event;
  const nobody = { phase: state.phase, by: null, joined: [], left: [] };
  switch (event.type) {
    case 'exchanged':
      return { ev: 'clock.exchanged', room, d: event.exchange };
    case 'changed':
      return { ev: 'clock.changed', room, d: { ...nobody, joined: event.joined, left: event.left } };
    case 'started':
    case 'stopped':
      return { ev: 'clock.changed', room, d: { ...nobody, by: event.by } };
  }
}
