// Chat replicas on a real broker, and somebody who asks them, as a gateway does. `clear` closes all that was made, newest
// first.
import 'reflect-metadata';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { startBroker, type Broker } from '@parley/broker';
import {
  chatOperations,
  clockOperations,
  directOperations,
  roomOperations,
  type Account,
  type Correspondence,
  type InboxPosition,
  type ReadInboxReply,
  type ReceiptsReply,
  type MessageExplanation,
  type Room,
  type RoomChange,
  type RoomClocks,
  type RoomHistory,
  type RoomRules,
  type RoomUser,
  type SayReply,
  type SendReply,
  type Session,
  type SessionKey,
  type UserKind,
} from '@parley/contracts';
import { Bus, BusServer } from '@parley/messaging';
import { pino } from 'pino';
import { AppModule, type ChatOptions } from '../app.module.js';
import { Driver } from '../clock-exchange/driver.js';
import { ClockRecord } from '../clock-exchange/record.js';
import { GuestNames } from '../names/guest-names.js';
import { KnownNames } from '../names/known-names.js';
import { Attendance, presenceTimes } from '../presence/attendance.js';
import { UserList } from '../presence/users.js';
import { DirectRecord } from '../direct/record.js';
import { Departures } from '../rooms/departures.js';
import { RoomRecord } from '../rooms/record.js';

const ASK_MS = 10_000;

export interface Replica {
  readonly departures: Departures;
  readonly attendance: Attendance;
  readonly users: UserList;
  readonly names: KnownNames;
  readonly guestNames: GuestNames;
  readonly record: RoomRecord;
  readonly stop: () => Promise<void>;
}

export class Stage {
  readonly #clearing: (() => Promise<unknown>)[] = [];
  readonly #stops = new Map<string, () => Promise<unknown>>();

  private constructor(
    private readonly folder: string,
    public broker: Broker,
  ) {}

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-chat-'));
    return new Stage(folder, await startBroker({ folder }));
  }

  async bus(name: string): Promise<Bus> {
    const bus = await Bus.connect({ name, address: this.broker, log: pino({ level: 'silent' }) });
    this.#clearing.push(() => bus.drain());
    return bus;
  }

  async replica(node: string, options: Partial<ChatOptions> = {}): Promise<Departures> {
    return (await this.stoppable(node, options)).departures;
  }

  /** A replica that can be stopped before all is cleared, with its record of the rooms. */
  async stoppable(node: string, options: Partial<ChatOptions> = {}): Promise<Replica> {
    const bus = await this.bus(node);
    const strategy: MicroserviceOptions & { logger: false } = { strategy: new BusServer(bus, { node }), logger: false };
    const module = AppModule.of({
      node,
      bus,
      log: pino({ level: 'silent' }),
      nameLength: 15,
      guests: true,
      clockPause: { min: 20, max: 60 },
      presence: presenceTimes(30_000),
      ...options,
    });
    const app = await NestFactory.createMicroservice(module, strategy);
    const record = app.get(RoomRecord);
    record.start();
    const clocks = app.get(ClockRecord);
    clocks.start();
    const driver = app.get(Driver);
    driver.start();
    app.get(KnownNames).start();
    app.get(DirectRecord).start();
    await app.listen();
    app.get(Attendance).start();
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (isStopped) return;
      isStopped = true;
      await driver.stop();
      app.get(Attendance).stop();
      await app.close();
      clocks.stop();
      record.stop();
      app.get(KnownNames).stop();
      app.get(DirectRecord).stop();
    };
    this.#clearing.push(stop);
    this.#stops.set(node, stop);
    const [departures, attendance, users] = [app.get(Departures), app.get(Attendance), app.get(UserList)];
    const [names, guestNames] = [app.get(KnownNames), app.get(GuestNames)];
    return { departures, attendance, users, names, guestNames, record, stop };
  }

  /** Stops a replica. */
  async stop(node: string): Promise<void> {
    await this.#stops.get(node)?.();
  }

  onClear(clear: () => Promise<unknown>): void {
    this.#clearing.push(clear);
  }

  async client(): Promise<Client> {
    return new Client(await this.bus('client'));
  }

  /** Starts the broker again where it was reached before. */
  async restartBroker(): Promise<void> {
    await this.broker.kill();
    this.broker = await startBroker({ folder: this.folder, connection: this.broker });
  }

  async clear(): Promise<void> {
    for (const clear of this.#clearing.reverse()) await clear();
    await this.broker.stop();
    await rm(this.folder, { recursive: true });
  }
}

export const newKey = (kind: UserKind): SessionKey => ({
  kind,
  digest: createHash('sha256').update(randomBytes(32)).digest('hex'),
});

export const account = (name: string): RoomUser => ({ name, kind: 'account', session: newKey('account').digest });
export const guest = (name: string, { digest } = newKey('guest')): RoomUser => ({
  name,
  kind: 'guest',
  session: digest,
});

/** Asks as a gateway does. Rejects with the BusError that the refusal is. */
export class Client {
  address = '192.0.2.1';

  constructor(readonly bus: Bus) {}

  signUp(name: string, password: string): Promise<Account> {
    return this.bus.request(chatOperations.signUp, { name, password, address: this.address }, { timeoutMs: ASK_MS });
  }

  signIn(name: string, password: string, session = newKey('account')): Promise<Session> {
    const request = { name, password, address: this.address, session };
    return this.bus.request(chatOperations.signIn, request, { timeoutMs: ASK_MS });
  }

  visit(name: string, session = newKey('guest')): Promise<Session> {
    return this.bus.request(chatOperations.signIn, { name, address: this.address, session }, { timeoutMs: ASK_MS });
  }

  async authenticate(session: SessionKey): Promise<Session | null> {
    return (await this.bus.request(chatOperations.authenticate, { session }, { timeoutMs: ASK_MS })).session;
  }

  async ticket(session: SessionKey, ticket = newKey('account').digest): Promise<string> {
    await this.bus.request(chatOperations.issueTicket, { session, ticket }, { timeoutMs: ASK_MS });
    return ticket;
  }

  async redeem(ticket: string): Promise<string | undefined> {
    const { signedIn } = await this.bus.request(chatOperations.redeemTicket, { ticket }, { timeoutMs: ASK_MS });
    return signedIn?.session.user.name;
  }

  async roomsOf(user: RoomUser): Promise<string[]> {
    const { rooms } = await this.bus.request(roomOperations.of, { user }, { timeoutMs: ASK_MS });
    return rooms.map(({ room }) => room);
  }

  create(user: RoomUser, room: string, rules: Partial<RoomRules> = {}): Promise<Room> {
    return this.bus.request(roomOperations.create, { room, user, ...rules }, { timeoutMs: ASK_MS });
  }

  change(user: RoomUser | null, room: string, asked: RoomChange): Promise<Room> {
    return this.bus.request(roomOperations.change, { room, user, ...asked }, { timeoutMs: ASK_MS });
  }

  join(user: RoomUser, room: string): Promise<Room> {
    return this.bus.request(roomOperations.join, { room, user }, { timeoutMs: ASK_MS });
  }

  async leave(user: RoomUser, room: string): Promise<void> {
    await this.bus.request(roomOperations.leave, { room, user }, { timeoutMs: ASK_MS });
  }

  say(user: RoomUser, room: string, text: string, id: string = randomUUID(), seen?: number): Promise<SayReply> {
    return this.bus.request(roomOperations.say, { room, user, text, id, seen }, { timeoutMs: ASK_MS });
  }

  why(user: RoomUser, room: string, offset: number): Promise<MessageExplanation> {
    return this.bus.request(roomOperations.why, { room, user, offset }, { timeoutMs: ASK_MS });
  }

  read(room: string): Promise<Room> {
    return this.bus.request(roomOperations.read, { room }, { timeoutMs: ASK_MS });
  }

  history(
    user: RoomUser,
    room: string,
    query: { after?: number; before?: number; limit?: number } = {},
  ): Promise<RoomHistory> {
    return this.bus.request(roomOperations.history, { room, user, ...query }, { timeoutMs: ASK_MS });
  }

  clocks(user: RoomUser, room: string): Promise<RoomClocks> {
    return this.bus.request(clockOperations.read, { room, user }, { timeoutMs: ASK_MS });
  }

  runClocks(user: RoomUser, room: string, running: boolean): Promise<RoomClocks> {
    return this.bus.request(clockOperations.run, { room, user, running }, { timeoutMs: ASK_MS });
  }

  send(user: RoomUser, to: string[], text: string, id: string = randomUUID()): Promise<SendReply> {
    return this.bus.request(directOperations.send, { user, to, text, id }, { timeoutMs: ASK_MS });
  }

  /** The same, only if all are connected. */
  sync(user: RoomUser, to: string[], text: string, id: string = randomUUID()): Promise<SendReply> {
    return this.bus.request(directOperations.send, { user, to, text, id, mode: 'sync' }, { timeoutMs: ASK_MS });
  }

  receipts(user: RoomUser, offset: number): Promise<ReceiptsReply> {
    return this.bus.request(directOperations.receipts, { user, offset }, { timeoutMs: ASK_MS });
  }

  inbox(user: RoomUser, query: { after?: number; limit?: number } = {}): Promise<ReadInboxReply> {
    return this.bus.request(directOperations.inbox, { user, ...query }, { timeoutMs: ASK_MS });
  }

  async acknowledge(user: RoomUser, upTo: InboxPosition): Promise<void> {
    await this.bus.request(directOperations.acknowledge, { user, upTo }, { timeoutMs: ASK_MS });
  }

  correspondence(
    user: RoomUser,
    other: string,
    query: { after?: number; before?: number; limit?: number } = {},
  ): Promise<Correspondence> {
    return this.bus.request(directOperations.correspondence, { user, with: other, ...query }, { timeoutMs: ASK_MS });
  }

  async signOut(session: SessionKey): Promise<void> {
    await this.bus.request(chatOperations.signOut, { session }, { timeoutMs: ASK_MS });
  }
}

/** What a refusal of this code looks like to the asker. */
export const refusal = (code: string, detail?: RegExp) => ({
  code: 'refused',
  refusal: { code, ...(detail && { detail: expect.stringMatching(detail) as unknown }) },
});
