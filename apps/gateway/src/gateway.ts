// One gateway from start to stop. It keeps no truth: all that it knows it has heard on the bus, and any number of it may
// serve side by side.
import type { AddressInfo } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { clockStream, directStream, eventStream, roomStream, type StreamContract } from '@parley/contracts';
import { Stream, type Bus } from '@parley/messaging';
import { NestLogger, ServiceFailure } from '@parley/service';
import type { Logger } from 'pino';
import { Admission, type AdmissionLimits } from './admission.js';
import { AppModule, track } from './app.module.js';
import { Chat } from './chat/chat.js';
import { now } from './clock.js';
import { LogFollowers } from './chat/log-followers.js';
import { SignedInUsers } from './chat/sessions.js';
import { EventFeed } from './events/feed.js';
import { serveDocs } from './docs.js';
import { hear } from './hearing.js';
import { raiseEdge } from './http/edge.js';
import { RequestLog } from './http/request-log.js';
import { observedBy } from './http/request-observer.js';
import { createServer } from './http/server.js';
import { Metrics } from './metrics.js';
import { PersonalVotes } from './personal-votes.js';
import { Proposals } from './proposals.js';
import { Seats } from './seats.js';
import { AgreeingCommands } from './socket/commands/agreeing.js';
import { clockFeed } from './socket/clock-feed.js';
import { DirectFeed } from './socket/direct-feed.js';
import { ConnectedClients } from './socket/connected-clients.js';
import { RoomFeed } from './socket/room-feed.js';
import { SeatFeed } from './socket/seat-feed.js';
import { SocketServer, type SocketLimits } from './socket/socket-server.js';
import type { Open } from './socket/stream-follower.js';
import { Wire } from './wire/wire.js';
import { bearerCheck } from './token.js';

/** How long requests under way may take once the gateway is told to stop, in milliseconds. */
const STOP_MS = 5_000;

const BACKLOG = 4_096;

export interface GatewayOptions {
  /** This gateway's name on the bus. */
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The operator's token. */
  readonly token: string;
  readonly bus: Bus;
  readonly log: Logger;
  /** Whether the log tells requests and answers as on the wire, but for secrets. */
  readonly verbose?: boolean;
  /** How many replicas of the chat the system has. Of 0 none is missed. */
  readonly chatReplicas?: number;
  readonly admission?: AdmissionLimits;
  readonly sockets?: Partial<SocketLimits>;
}

export interface Gateway {
  /** `http://127.0.0.1:7070` */
  readonly address: string;
  /** Takes no more, lets waiting clients go, finishes what is under way. The bus stays open. */
  stop(): Promise<void>;
}

/** @throws ServiceFailure `port-in-use` and others when it cannot listen */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { name, bus, log, token } = options;
  let stopping = false;
  const server = createServer();
  const chat = new Chat(bus);
  const tracking = track(bus, chat, log);
  const users = new SignedInUsers(chat);
  const metrics = new Metrics();
  const requests = observedBy(new RequestLog(log), metrics);
  raiseEdge(server, {
    isOperator: bearerCheck(token),
    signedIn: (authorization, correlation) => users.of(authorization, correlation),
    admission: new Admission(options.admission),
    requests,
    isStopping: () => stopping,
  });
  const wire = options.verbose === true ? new Wire(log) : undefined;
  wire?.tap(server);
  const nest: Pick<NestApplicationOptions, 'bodyParser' | 'logger' | 'abortOnError'> = {
    bodyParser: false,
    logger: new NestLogger(log),
    abortOnError: false,
  };
  const events = new Stream(bus, eventStream);
  const feed = new EventFeed((listener) => events.read(listener), log);
  const rooms = new RoomFeed(fromNow(bus, roomStream));
  const followers = new LogFollowers(rooms, log, options.sockets?.pingMs);
  const module = AppModule.on({
    bus,
    log,
    tracking,
    feed,
    chat,
    followers,
    metrics,
    hasChat: options.chatReplicas !== 0,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(server), nest);
  serveDocs(server);
  const clients = new ConnectedClients(bus, name);
  const agreeing = new AgreeingCommands(app.get(Proposals), app.get(PersonalVotes), app.get(Seats));
  const direct = new DirectFeed(fromNow(bus, directStream));
  const seatFeed = new SeatFeed({
    ...{ bus, log, seats: app.get(Seats), votes: app.get(PersonalVotes) },
    participants: () => tracking.presence.participants(now()).map(({ id }) => id),
  });
  const feeds = [rooms.source, direct.source, clockFeed(fromNow(bus, clockStream), rooms), seatFeed];
  for (const each of feeds) each.start();
  const sockets = new SocketServer({
    ...{
      server: server.server,
      chat,
      clients,
      agreeing,
      nodes: tracking.nodes,
      wire,
      feed: rooms,
      directFeed: direct,
      seatFeed,
      requests,
      metrics,
      log,
    },
    limits: options.sockets,
  });
  const hearing = hear(bus, name, tracking, log);
  const stop = async (): Promise<void> => {
    stopping = true;
    tracking.settlement.stop();
    feed.stop();
    followers.stop();
    await sockets.stop();
    clients.stop();
    for (const each of feeds) each.stop();
    const deadline = setTimeout(() => server.server.closeAllConnections(), STOP_MS);
    await app.close();
    clearTimeout(deadline);
    hearing.stop();
  };
  try {
    await listen(app, options);
  } catch (error) {
    await stop();
    throw error;
  }
  const address = addressOf(server.server.address() as AddressInfo);
  clients.address = address;
  return { address, stop };
}

const fromNow =
  (bus: Bus, contract: StreamContract): Open =>
  (listener) =>
    new Stream(bus, contract).read(listener, 'now');

const listenFailures: Readonly<Record<string, { code: string; remedy: string }>> = {
  EADDRINUSE: { code: 'port-in-use', remedy: 'another program listens there; stop it, or choose another PORT' },
  EACCES: { code: 'port-denied', remedy: 'the system does not let this user listen there; choose a PORT above 1023' },
  EADDRNOTAVAIL: { code: 'host-unavailable', remedy: 'this machine does not have that address; choose another HOST' },
  ENOTFOUND: { code: 'host-unavailable', remedy: 'that name is not known; choose another HOST' },
};

async function listen(app: NestFastifyApplication, { host, port }: GatewayOptions): Promise<void> {
  try {
    await app.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const failure = listenFailures[code];
    if (!failure) throw error;
    const message = `The gateway cannot listen on ${host}:${String(port)}: ${failure.remedy}.`;
    throw new ServiceFailure(failure.code, message, { cause: error });
  }
}

/** Every address of the machine is, for who reads this on it, localhost. */
function addressOf({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${String(port)}`;
}
