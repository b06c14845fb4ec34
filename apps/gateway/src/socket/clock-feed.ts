// What happens in the exchanges of clocks, told to the clients in the rooms as it happens. It is no part of the rooms' records: who was not
// there is not told again.
import { clockEvent, type ClockEvent, type SocketPush } from '@parley/contracts';
import type { StreamListener, StreamMessage, StreamReader } from '@parley/messaging';
import { frameOf, type RoomFeed } from './room-feed.js';

export class ClockFeed implements StreamListener {
  private reader: StreamReader | undefined;

  constructor(
    private readonly open: (listener: StreamListener) => StreamReader,
    private readonly rooms: Pick<RoomFeed, 'aside'>,
  ) {}

  start(): void {
    this.reader = this.open(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  began(): void {
    // What comes now is new.
  }

  message({ payload, token }: StreamMessage): void {
    const event = parsed(payload);
    // A stranger's; the chat, whose stream it is, tells of it.
    if (event?.room === token) this.rooms.aside(event.room, frameOf(pushOf(event)));
  }

  away(): void {
    // It goes on where it was.
  }
}

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

function parsed(payload: Uint8Array): ClockEvent | undefined {
  try {
    return clockEvent.safeParse(JSON.parse(new TextDecoder().decode(payload))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
