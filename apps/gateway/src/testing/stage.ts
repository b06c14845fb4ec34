// A gateway on a real broker with scripted peers. `clear` closes all that was made, newest first.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startBroker, type Broker } from '@parley/broker';
import { Bus } from '@parley/messaging';
import { pino, type Logger } from 'pino';
import supertest from 'supertest';
import { problemCodes } from '@parley/contracts';
import { z } from 'zod';
import type { AdmissionLimits } from '../admission.js';
import { startGateway, type Gateway, type GatewayOptions } from '../gateway.js';
import { routeOf } from '../http/served-routes.js';
import type { SocketLimits } from '../socket/socket-server.js';
import { GatewayProcess } from './gateway-process.js';
import { members } from './known.js';
import { ScriptedChat } from './scripted-chat.js';
import { ScriptedCoordinator } from './scripted-coordinator.js';
import { ScriptedParticipant } from './scripted-participant.js';

export const TOKEN = 'a-token-that-only-the-tests-know-of';

/** An HTTP client that shows the operator's token. */
export type Operator = ReturnType<typeof supertest.agent>;

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

interface CompleteStage {
  readonly stage: Stage;
  readonly coordinator: ScriptedCoordinator;
  readonly participants: ScriptedParticipant[];
  readonly gateway: Gateway;
  readonly operator: Operator;
}

/** A gateway that runs as a process finds the file of its own credential; which rights that has is the launcher's to say. */
const limited = { limited: { gateway: [] } };

export class Stage {
  readonly logged: LogLine[] = [];
  readonly #awaited = new Set<() => void>();
  readonly #clearing: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly folder: string,
    public broker: Broker,
  ) {}

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-gateway-'));
    return new Stage(folder, await startBroker({ folder, ...limited }));
  }

  /** With a coordinator, three participants, and a gateway that has heard of all of them. */
  static async complete(): Promise<CompleteStage> {
    const stage = await Stage.set();
    const coordinator = await stage.coordinator();
    const participants = await stage.participants();
    const { gateway, operator } = await stage.gateway();
    await ready(operator);
    return { stage, coordinator, participants, gateway, operator };
  }

  get log(): Logger {
    const write = (line: string): void => {
      this.logged.push(JSON.parse(line) as LogLine);
      for (const look of this.#awaited) look();
    };
    return pino({ level: 'debug' }, { write });
  }

  /** A node has an entry of its own in vector clocks. */
  async bus(name: string, node?: string): Promise<Bus> {
    const options = { name, address: this.broker, log: pino({ level: 'silent' }) };
    const bus = await Bus.connect({ ...options, ...(node !== undefined && { node }) });
    this.onClear(() => bus.drain());
    return bus;
  }

  async coordinator(): Promise<ScriptedCoordinator> {
    const coordinator = new ScriptedCoordinator(await this.bus('coordinator'), members);
    await coordinator.start();
    this.onClear(() => coordinator.stop());
    return coordinator;
  }

  async chat(): Promise<ScriptedChat> {
    const chat = new ScriptedChat(await this.bus('chat-1'));
    await chat.start();
    this.onClear(() => chat.stop());
    return chat;
  }

  async participants(): Promise<ScriptedParticipant[]> {
    return Promise.all(
      members.map(async (member) => {
        const participant = new ScriptedParticipant(await this.bus(member.name), member);
        await participant.start();
        this.onClear(() => participant.stop());
        return participant;
      }),
    );
  }

  /** A gateway of a system that needs no chat to be ready, and a client of it that shows the operator's token. */
  async gateway(
    admission?: AdmissionLimits,
    sockets?: Partial<SocketLimits>,
    others: Pick<GatewayOptions, 'verbose' | 'chatReplicas'> = {},
  ): Promise<{ gateway: Gateway; operator: Operator }> {
    const gateway = await startGateway({
      name: 'gateway-1',
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      bus: await this.bus('gateway'),
      log: this.log,
      ...(admission && { admission }),
      ...(sockets && { sockets }),
      chatReplicas: 0,
      ...others,
    });
    this.onClear(() => gateway.stop());
    return { gateway, operator: supertest.agent(gateway.address).set('authorization', `Bearer ${TOKEN}`) };
  }

  /** A gateway as a process of its own. */
  async gatewayProcess(environment: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
    const tokenFile = join(this.folder, 'given.token');
    await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const gateway = new GatewayProcess({
      PARLEY_DATA: this.folder,
      OPERATOR_TOKEN_FILE: tokenFile,
      CHAT_REPLICAS: '0',
      ...environment,
    });
    this.onClear(() => gateway.kill());
    return gateway;
  }

  /** The first line of the gateway's log that fits, also one that is yet to come. */
  logLine(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve) => {
      const look = (): void => {
        const line = this.logged.find(fits);
        if (!line) return;
        this.#awaited.delete(look);
        resolve(line);
      };
      this.#awaited.add(look);
      look();
    });
  }

  /** Starts the broker again where it was reached before. */
  async restartBroker(): Promise<void> {
    this.broker = await startBroker({ folder: this.folder, connection: this.broker, ...limited });
  }

  onClear(clear: () => Promise<unknown>): void {
    this.#clearing.push(clear);
  }

  async clear(): Promise<void> {
    for (const clear of this.#clearing.reverse()) await clear();
    await this.broker.stop();
    await rm(this.folder, { recursive: true });
    this.expectOnlyDeclaredProblems();
  }

  /** Whatever a route was answered with is among what the contract says it can be. */
  private expectOnlyDeclaredProblems(): void {
    for (const line of this.logged) {
      const { data: served } = refusedRequest.safeParse(line);
      const route = served && routeOf(served.method, served.route);
      if (route && !route.problems.includes(served.code))
        throw new Error(`${route.method} ${route.path} is not said to be refused with ${served.code}`);
    }
  }
}

/** What the log says of a request that was refused. */
const refusedRequest = z.object({
  msg: z.literal('served'),
  method: z.string(),
  route: z.string(),
  code: z.enum(problemCodes),
});

/** Resolves when a gateway has everything that it needs to have transactions decided. */
export async function ready(operator: Operator): Promise<void> {
  while ((await operator.get('/health/ready')).status !== 200) await setTimeout(10);
}
