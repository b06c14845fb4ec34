// Rooms as users see them.
import type { ListedRoom, Room as RoomView } from '@parley/contracts';
import type { Room } from './room.js';

const iso = (time: number): string => new Date(time).toISOString();

export function view({ name, rules, rulesAt, createdBy, createdAt, epoch, last, members }: Room): RoomView {
  return {
    room: name,
    ...rules,
    createdBy,
    createdAt: iso(createdAt),
    rulesAt,
    last: { epoch, offset: last.offset },
    members: [...members.values()].map((member) => ({
      name: member.name,
      kind: member.kind,
      since: iso(member.since),
    })),
  };
}

export function listed(room: Room): ListedRoom {
  const { admits, rulesAt, members, ...rest } = view(room);
  return { ...rest, members: members.length };
}
