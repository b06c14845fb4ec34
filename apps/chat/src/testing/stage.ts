// Chat replicas on a real broker, and somebody who asks them, as a gateway does. `clear` closes all that was made, newest
// first.
import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { startBroker, type Broker } from '@parley/broker';
import { chatOperations, type Account, type Session, type SessionKey, type UserKind } from '@parley/contracts';
import { Bus, BusServer } from '@parley/messaging';
import { pino } from 'pino';
import { AppModule, type ChatOptions } from '../app.module.js';

const ASK_MS = 10_000;

export class Stage {
  readonly #clearing: (() => Promise<unknown>)[] = [];

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

  async replica(node: string, options: Partial<ChatOptions> = {}): Promise<void> {
    const bus = await this.bus(node);
    const strategy: MicroserviceOptions & { logger: false } = { strategy: new BusServer(bus, { node }), logger: false };
    const module = AppModule.of({ bus, nameLength: 15, guests: true, ...options });
    const app = await NestFactory.createMicroservice(module, strategy);
    await app.listen();
    this.#clearing.push(() => app.close());
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

  async signOut(session: SessionKey): Promise<void> {
    await this.bus.request(chatOperations.signOut, { session }, { timeoutMs: ASK_MS });
  }
}

/** What a refusal of this code looks like to the asker. */
export const refusal = (code: string, detail?: RegExp) => ({
  code: 'refused',
  refusal: { code, ...(detail && { detail: expect.stringMatching(detail) as unknown }) },
});
