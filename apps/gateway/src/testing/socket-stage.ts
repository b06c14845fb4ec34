// A gateway whose WebSockets a test talks to: the chat is scripted, the record of the rooms is a real stream.
import { expect } from '@jest/globals';
import { openedSession, roomStream, ticket, type RoomEvent } from '@parley/contracts';
import { Stream } from '@parley/messaging';
import supertest from 'supertest';
import type { Gateway } from '../gateway.js';
import type { ScriptedChat } from './scripted-chat.js';
import { SocketClient } from './socket-client.js';
import { Stage } from './stage.js';

export const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Offsets of the events that a client was told of. */
export const offsets = ({ pushes }: SocketClient): number[] =>
  pushes.flatMap((push) => (push.ev === 'room.event' ? [push.off] : []));

export class SocketStage {
  /** Another one for each test. */
  room = '';
  private rooms = 0;
  private readonly clients: SocketClient[] = [];

  private constructor(
    readonly stage: Stage,
    readonly chat: ScriptedChat,
    readonly gateway: Gateway,
    private readonly record: Stream<typeof roomStream>,
    private readonly token: string,
  ) {}

  static async set(): Promise<SocketStage> {
    const stage = await Stage.set();
    const chat = await stage.chat();
    const sockets = { pingMs: 1_000, maxBufferedBytes: 64 * 1024 };
    const { gateway } = await stage.gateway(undefined, sockets);
    const record = new Stream(await stage.bus('chat'), roomStream);
    const answer = await supertest(gateway.address)
      .post('/api/v1/sessions')
      .send({ name: 'Jo', password: 'correct horse' });
    return new SocketStage(stage, chat, gateway, record, openedSession.parse(answer.body).token);
  }

  /** Before each test. */
  begin(): void {
    const { chat } = this;
    this.rooms += 1;
    this.room = `room-${String(this.rooms)}`;
    chat.record.clear();
    chat.onRoomsOf = async () => ({ rooms: chat.rooms() });
    chat.onSay = (request) => chat.said(request);
  }

  /** After each test. */
  end(): void {
    for (const client of this.clients.splice(0)) client.close();
  }

  clear(): Promise<void> {
    return this.stage.clear();
  }

  async newTicket(): Promise<string> {
    const answer = await supertest(this.gateway.address)
      .post('/api/v1/ws-tickets')
      .set('authorization', `Bearer ${this.token}`);
    expect(answer.status).toBe(201);
    return ticket.parse(answer.body).ticket;
  }

  async opened(...parameters: [Parameters<typeof SocketClient.open>[1]?, string?]): Promise<SocketClient> {
    const client = await SocketClient.open(this.gateway.address, ...parameters);
    this.clients.push(client);
    return client;
  }

  async greeted(positions?: object): Promise<SocketClient> {
    const client = await this.opened();
    client.send({ id: 'hello', op: 'hello', d: { ticket: await this.newTicket(), ...(positions && { positions }) } });
    expect(await client.reply('hello')).toEqual({ re: 'hello', ok: true, d: {} });
    return client;
  }

  /** A client of another gateway, once it was told of everything. */
  async enter({ address }: Gateway, positions = {}): Promise<SocketClient> {
    const client = await SocketClient.open(address);
    this.clients.push(client);
    client.send({ id: 'hello', op: 'hello', d: { ticket: await this.newTicket(), positions } });
    await client.caughtUp();
    return client;
  }

  /** Something happens in the room: it is in the record, and the chat knows it. */
  async happens(text = 'x'): Promise<RoomEvent> {
    const { room, record, chat } = this;
    const events = chat.record.get(room) ?? [];
    chat.record.set(room, events);
    const place = { room, epoch: 1, offset: events.length + 1, at: 1_000, lamport: events.length, vector: {} };
    const from = { name: 'Al', kind: 'account' } as const;
    const event: RoomEvent = { ...place, type: 'said', id: id(place.offset), from, text, gapMs: null };
    events.push(event);
    const payload = new TextEncoder().encode(JSON.stringify(event));
    expect(await record.appendAfter(room, payload, await record.last(room))).toBeGreaterThan(0);
    return event;
  }
}
