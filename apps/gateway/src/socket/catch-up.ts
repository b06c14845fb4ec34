// What a client is told after its `hello`: who it is, what it has missed in each of its rooms, and what waits in its inbox. All of it
// is read from the chat while the connection holds what happens meanwhile.
import {
  directOperations,
  roomOperations,
  type InboxPosition,
  type RoomPosition,
  type RoomUser,
} from '@parley/contracts';
import type { Chat } from '../chat/chat.js';
import { directFrame } from './direct-feed.js';
import type { Followed } from './followed.js';
import { eventFrame, pushFrame } from './frame.js';
import type { ToldInbox } from './told-inbox.js';

/** How much of a room's past a client is told that has no position in it. */
const LAST_EVENTS = 50;

const PAGE = 100;

interface Client {
  readonly user: RoomUser;
  readonly followed: Followed;
  readonly inbox: ToldInbox;
  readonly send: (frame: Buffer) => void;
  /** Resolves when what was sent has left. */
  readonly taken: () => Promise<void>;
}

/** What the client has seen, as its `hello` says. */
interface Seen {
  readonly positions: Readonly<Record<string, RoomPosition>>;
  readonly inbox?: InboxPosition | undefined;
}

/** @throws ProblemError when the chat cannot tell */
export async function catchUp(client: Client, seen: Seen, chat: Chat, trace: string): Promise<void> {
  const { name, kind } = client.user;
  const { rooms } = await chat.read(roomOperations.of, { user: client.user }, trace);
  client.send(pushFrame({ ev: 'welcome', user: { name, kind }, rooms: rooms.map(({ room }) => room) }));
  const past = new Past(client, chat, trace);
  for (const { room, ...last } of rooms) await past.ofRoom(room, last, seen.positions[room]);
  await past.ofInbox(seen.inbox);
}

class Past {
  constructor(
    private readonly client: Client,
    private readonly chat: Chat,
    private readonly trace: string,
  ) {}

  async ofRoom(room: string, last: RoomPosition, seen: RoomPosition | undefined): Promise<void> {
    const { user, followed, send, taken } = this.client;
    const recovered = seen !== undefined && seen.epoch === last.epoch && seen.offset <= last.offset;
    const first = recovered ? seen.offset : Math.max(0, last.offset - LAST_EVENTS);
    followed.follow(room, last);
    let told = first;
    while (told < last.offset) {
      const page = { room, user, after: told, before: last.offset + 1, limit: PAGE };
      const { items } = await this.chat.read(roomOperations.history, page, this.trace);
      if (items.length === 0) break;
      for (const event of items) send(eventFrame(event));
      told = items.at(-1)?.offset ?? last.offset;
      await taken();
    }
    const { epoch, offset: off } = last;
    send(pushFrame({ ev: 'room.synced', room, epoch, off, recovered, count: told - first }));
  }

  async ofInbox(seen: InboxPosition | undefined): Promise<void> {
    const { user, inbox, taken } = this.client;
    for (let after = 0, isAll = false; !isAll;) {
      const page = { user, after, limit: PAGE };
      const { epoch, waiting, last, more } = await this.chat.read(directOperations.inbox, page, this.trace);
      const told = seen?.epoch === epoch ? seen.offset : 0;
      for (const placed of waiting)
        if (placed.position.offset > told) inbox.tell({ position: placed.position, frame: () => directFrame(placed) });
      after = waiting.at(-1)?.position.offset ?? after;
      isAll = !more;
      if (isAll) await inbox.caughtUp(last);
      else await taken();
    }
  }
}
