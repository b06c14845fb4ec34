// The machine with everything around it that it knows: a server that keeps a room's record and repeats no command of one
// UUID, a net that loses what was under way, and timers that pass when the test says so. All of it is data; nothing waits.
import type { ShownRoomEvent, SocketPush, SocketReply } from '@parley/contracts';
import type { Command, Connection, Effect, Input, Outcome, Timer, Told } from '../core/connection.js';
import type { Positions } from '../core/delivery.js';
import { newConnection, step } from '../core/machine.js';

const ROOM = 'kitchen';
const EPOCH = 7;
const JO = { name: 'Jo', kind: 'account' } as const;

/** How much a server tells of the past to a client without a position. */
const LAST = 5;

export class World {
  readonly told: Told[] = [];
  readonly outcomes = new Map<string, Outcome[]>();
  readonly record: ShownRoomEvent[] = [];
  readonly timers = new Map<Timer, number>();
  /** How many events before the position a server tells once more. */
  overlap = 0;
  connection: Connection;
  private toServer: Command[] = [];
  private toClient: (SocketPush | SocketReply)[] = [];
  private isLive = false;

  constructor(
    servers = 1,
    positions: Positions = {},
    private readonly chance = 0.5,
  ) {
    this.connection = newConnection(servers, { rooms: positions, inbox: null });
  }

  get phase(): string {
    return this.connection.phase.name;
  }

  /** What the server has not taken yet. */
  get lastSent(): Command | undefined {
    return this.toServer.at(-1);
  }

  /** Gives an input of the present try. */
  input(input: Input): Effect[] {
    const { connection, effects } = step(this.connection, input, this.chance);
    this.connection = connection;
    for (const effect of effects) this.carryOut(effect);
    return [...effects];
  }

  get attempt(): number {
    return this.connection.attempt;
  }

  say(id: string): Effect[] {
    return this.input({ type: 'command', command: { id, op: 'say', d: { room: ROOM, id, text: id } } });
  }

  /** Something happens in the room, without this client. */
  happen(text: string): void {
    this.append(text);
  }

  /** The next thing that the client asked for, or waits for, comes about. */
  goOn(): boolean {
    const { attempt } = this;
    if (this.phase === 'asking-ticket') this.input({ type: 'ticket', attempt, ticket: 't' });
    else if (this.phase === 'opening') this.input({ type: 'opened', attempt, ends: null });
    else if (this.phase === 'waiting') this.input({ type: 'timer', attempt, timer: 'retry' });
    else return this.serve() || this.deliver();
    return true;
  }

  /** The server takes the next frame. */
  serve(): boolean {
    const frame = this.toServer.shift();
    if (frame === undefined) return false;
    if (frame.op === 'hello') this.greet((frame.d as { positions: Positions }).positions);
    else this.toClient.push({ re: frame.id, ok: true, d: this.append(frame.id) });
    return true;
  }

  /** The client takes the next frame. */
  deliver(): boolean {
    const frame = this.toClient.shift();
    if (frame === undefined) return false;
    const { attempt } = this;
    this.input('ev' in frame ? { type: 'push', attempt, push: frame } : { type: 'reply', attempt, reply: frame });
    return true;
  }

  lose(code: number): void {
    this.input({ type: 'closed', attempt: this.attempt, code, reason: '' });
  }

  /** Until nothing more happens by itself. */
  settle(): void {
    while (this.goOn());
  }

  /** What was told of the room. */
  get events(): ShownRoomEvent[] {
    return this.told.flatMap((told) => (told.type === 'event' ? [told.event] : []));
  }

  private carryOut(effect: Effect): void {
    if (effect.type === 'tell') this.told.push(effect.told);
    else if (effect.type === 'answer')
      this.outcomes.set(effect.id, [...(this.outcomes.get(effect.id) ?? []), effect.outcome]);
    else if (effect.type === 'send') this.toServer.push(effect.frame);
    else if (effect.type === 'wait') this.timers.set(effect.timer, effect.ms);
    else if (effect.type === 'forget') for (const timer of effect.timers) this.timers.delete(timer);
    else if (effect.type === 'drop') [this.toServer, this.toClient, this.isLive] = [[], [], false];
  }

  private greet(positions: Positions): void {
    const offset = this.record.length;
    const seen = positions[ROOM];
    const recovered = seen?.epoch === EPOCH && seen.offset <= offset;
    const first = recovered ? Math.max(0, seen.offset - this.overlap) : Math.max(0, offset - LAST);
    const past = this.record.slice(first);
    this.toClient.push(
      { re: 'hello', ok: true, d: {} },
      { ev: 'welcome', user: JO, rooms: [ROOM] },
      ...past.map(pushOf),
      { ev: 'room.synced', room: ROOM, epoch: EPOCH, off: offset, recovered, count: past.length },
      { ev: 'caught_up' },
    );
    this.isLive = true;
  }

  private append(text: string): ShownRoomEvent {
    const before = this.record.find((event) => event.type === 'said' && event.text === text);
    if (before !== undefined) return before;
    const event = saidAt(this.record.length + 1, text);
    this.record.push(event);
    if (this.isLive) this.toClient.push(pushOf(event));
    return event;
  }
}

const pushOf = (event: ShownRoomEvent): SocketPush => ({
  ev: 'room.event',
  ...{ room: event.room, epoch: event.epoch, off: event.offset, d: event },
});

/** A message at a place of the room. */
export function saidAt(offset: number, text: string, epoch = EPOCH): ShownRoomEvent {
  return {
    type: 'said',
    ...{ room: ROOM, epoch, offset, at: '2026-01-31T12:00:00.000Z', lamport: offset, vector: { 'chat-1': offset } },
    ...{ id: '123e4567-e89b-42d3-a456-426614174000', from: JO, text, gapMs: null },
  };
}
