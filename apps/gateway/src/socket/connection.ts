// One client's WebSocket from its `hello` to its end.
//
//   awaiting --hello--> syncing --all rooms told--> live --> closed
//
// - Each command is answered once, in the order in which they came; while many wait, no more are taken from the network.
// - The connection hears of everything that is stored before it asks which rooms it is to tell of, so between the record's past
//   and what happens now there is no gap; followed.ts sees to it that there is no repetition.
// - Who takes too slowly what is sent is closed, and comes back with its positions: memory per client is bounded.
import type { Duplex } from 'node:stream';
import { chatOperations, closeCodes, personOf, type RoomUser, type SocketCommand } from '@parley/contracts';
import { newTrace } from '@parley/messaging';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Chat } from '../chat/chat.js';
import { digestOf } from '../chat/sessions.js';
import type { SignedIn } from '../http/edge.js';
import { ProblemError } from '../http/problem.js';
import type { Nodes } from '../nodes.js';
import type { SocketWire, Wire } from '../wire/wire.js';
import { catchUp } from './catch-up.js';
import type { AgreeingCommands } from './commands/agreeing.js';
import { carryOut, Later } from './commands/carry-out.js';
import type { DirectFeed } from './direct-feed.js';
import type { ConnectedClients } from './connected-clients.js';
import { Followed } from './followed.js';
import { commandIn, refusalFrame, RefusedFrame, replyFrame } from './frame.js';
import { Outlet } from './outlet.js';
import type { SeatFeed, SeatListener } from './seat-feed.js';
import { frameOf, type FeedListener, type Happening, type RoomFeed } from './room-feed.js';
import { ToldInbox } from './told-inbox.js';
import { seatListener } from './told-requests.js';

type Command<Op extends SocketCommand['op']> = Extract<SocketCommand, { op: Op }>;

/** Commands that wait for their turn before no more are taken from the network. */
const MAX_WAITING = 32;

/** Answers that a client may be waiting for outside of the turn. */
const MAX_LATER = 32;

/** Events that may happen while a client is told of the past. */
const MAX_HELD = 10_000;
const HELD_AT_ONCE = 50;

export interface ConnectionParts {
  readonly socket: WebSocket;
  /** The connection beneath it. */
  readonly stream: Duplex;
  /** Where the client is on the network. */
  readonly address: string;
  readonly chat: Chat;
  readonly agreeing: AgreeingCommands;
  readonly nodes: Nodes;
  readonly wire: Wire | undefined;
  readonly feed: RoomFeed;
  readonly directFeed: DirectFeed;
  readonly seatFeed: SeatFeed;
  readonly clients: ConnectedClients;
  readonly log: Logger;
  /** How many bytes may wait to be taken by the client. */
  readonly maxBufferedBytes: number;
}

export class Connection implements FeedListener {
  private phase: 'awaiting' | 'syncing' | 'live' = 'awaiting';
  private signedIn: SignedIn | undefined;
  private followed: Followed | undefined;
  private readonly held: Happening[] = [];
  private turn: Promise<void> = Promise.resolve();
  private waiting = 0;
  private later = 0;
  private readonly outlet: Outlet;
  private readonly wire: SocketWire | undefined;
  private seated: SeatListener | undefined;
  private readonly inbox = new ToldInbox({
    send: (frame) => this.send(frame),
    taken: () => this.outlet.taken(),
    tooMuch: () => this.close(closeCodes.slow, 'too much arrives meanwhile'),
    lost: () => this.close(closeCodes.recordLost, 'the record of direct messages was lost, and another one begins'),
  });
  private gone = (): void => undefined;

  constructor(private readonly parts: ConnectionParts) {
    const { socket, stream, maxBufferedBytes, log } = parts;
    const tooSlow = (): void => this.close(closeCodes.slow, 'what is sent is not taken');
    this.outlet = new Outlet({ socket, stream, maxBufferedBytes, tooSlow });
    this.wire = parts.wire?.socket(parts.address);
    socket.on('message', (frame: Buffer, isBinary) => this.receive(frame, isBinary));
    socket.on('close', () => this.forget());
    // What is no WebSocket frame, or too large: the library closes with the code that says so.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket was broken by its client'));
  }

  get isAwaited(): boolean {
    return this.phase === 'awaiting';
  }

  happened(happening: Happening): void {
    if (this.phase === 'live') this.tell(happening);
    else if (this.held.push(happening) > MAX_HELD) this.close(closeCodes.slow, 'too much happens meanwhile');
  }

  aside(room: string, frame: Buffer): void {
    if (this.phase === 'live' && this.followed?.follows(room)) this.send(frame);
  }

  lost(): void {
    this.close(closeCodes.recordLost, 'the record of the rooms was lost, and another one begins');
  }

  /** Sees whether the session is still good, which prolongs a guest's. What cannot be told now is asked next time. */
  async recheck(): Promise<void> {
    if (this.signedIn === undefined) return;
    try {
      const { session } = await this.parts.chat.read(
        chatOperations.authenticate,
        { session: this.signedIn.key },
        newTrace(),
      );
      if (session === null) this.close(closeCodes.sessionOver, 'the session is over');
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.parts.log.debug({ err: error }, 'it cannot be told now whether a session is over');
    }
  }

  close(code: number, reason: string): void {
    const { socket, log } = this.parts;
    this.forget();
    if (socket.readyState !== socket.OPEN) return;
    log.info({ code, reason }, 'a WebSocket is closed');
    socket.close(code, reason);
  }

  /** Who is told to go counts no more, however long the good-bye takes. */
  private forget(): void {
    this.gone();
    this.parts.feed.forget(this);
    if (this.seated) this.parts.seatFeed.forget(this.seated);
    if (this.signedIn) this.parts.directFeed.forget(this.person(), this.inbox);
  }

  private receive(frame: Buffer, isBinary: boolean): void {
    const { socket } = this.parts;
    this.wire?.received(frame, isBinary);
    this.waiting += 1;
    if (this.waiting >= MAX_WAITING) socket.pause();
    this.turn = this.turn.then(async () => {
      await this.answer(frame, isBinary);
      this.waiting -= 1;
      if (this.waiting < MAX_WAITING && socket.isPaused) socket.resume();
    });
  }

  private async answer(frame: Buffer, isBinary: boolean): Promise<void> {
    const trace = newTrace();
    let re: string | null = null;
    try {
      const command = commandIn(frame, isBinary);
      re = command.id;
      const d = await this.carryOut(command, trace);
      if (d instanceof Later) void this.answerLater(re, d, trace);
      else this.send(replyFrame({ re, ok: true, d }));
      if (command.op === 'hello') await this.catchUp(command.d, trace);
    } catch (error) {
      this.fails(re, error, trace);
    }
  }

  private async answerLater(re: string, { answer }: Later, trace: string): Promise<void> {
    this.later += 1;
    try {
      this.send(replyFrame({ re, ok: true, d: await answer() }));
    } catch (error) {
      this.fails(re, error, trace);
    } finally {
      this.later -= 1;
    }
  }

  private fails(re: string | null, error: unknown, trace: string): void {
    if (error instanceof RefusedFrame) this.send(refusalFrame(error.re, error.problem, trace));
    else if (error instanceof ProblemError) this.refuse(re, error, trace);
    else this.fail(re, error, trace);
  }

  private refuse(re: string | null, problem: ProblemError, trace: string): void {
    this.send(refusalFrame(re, problem, trace));
    if (problem.code === 'ticket-refused') this.close(closeCodes.ticketRefused, 'the ticket is not good');
  }

  private fail(re: string | null, error: unknown, trace: string): void {
    this.parts.log.error({ correlation: trace, err: error }, 'a command failed');
    this.send(refusalFrame(re, new ProblemError('internal', 'an error that was not expected'), trace));
  }

  private async carryOut(command: SocketCommand, trace: string): Promise<unknown> {
    if (command.op === 'hello') return this.greet(command, trace);
    const user = this.user();
    if (this.later >= MAX_LATER && command.op === 'send')
      throw new ProblemError('overloaded', `${String(MAX_LATER)} answers are waited for`);
    return carryOut(command, { ...this.parts, user, trace });
  }

  private async greet({ d }: Command<'hello'>, trace: string): Promise<object> {
    if (this.signedIn) throw new ProblemError('hello-required', '`hello` was said before');
    const ticket = digestOf(d.ticket);
    const { signedIn } = await this.parts.chat.ask(chatOperations.redeemTicket, { ticket }, trace);
    if (signedIn === null)
      throw new ProblemError('ticket-refused', 'nobody has this ticket, or it was shown before, or it is too old');
    const { socket, address, clients } = this.parts;
    // Whoever has gone meanwhile was not told of, and is not told to be gone.
    if (socket.readyState === socket.OPEN)
      this.gone = clients.enter({ signedIn, address, close: (code, reason) => this.close(code, reason) });
    this.signedIn = signedIn;
    this.followed = new Followed(signedIn.session.user, signedIn.key.digest);
    this.phase = 'syncing';
    return {};
  }

  /** Tells what the client has not been told, and then what has happened meanwhile. */
  private async catchUp(seen: Command<'hello'>['d'], trace: string): Promise<void> {
    const { chat, feed, directFeed } = this.parts;
    const { followed, inbox } = this;
    if (followed === undefined) throw new TypeError('nobody was greeted');
    await feed.listen(this);
    await directFeed.listen(this.person(), inbox);
    const client = {
      ...{ user: this.user(), followed, inbox },
      send: (frame: Buffer) => this.send(frame),
      taken: () => this.outlet.taken(),
    };
    try {
      await catchUp(client, seen, chat, trace);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.close(closeCodes.unavailable, 'the chat cannot tell now what has happened');
      return;
    }
    // Not more at once than a client that takes it may be sent.
    while (this.held.length > 0) {
      for (const happening of this.held.splice(0, HELD_AT_ONCE)) this.tell(happening);
      await this.outlet.taken();
    }
    this.phase = 'live';
    this.send(frameOf({ ev: 'caught_up' }));
    this.sit();
  }

  /** From now on the client is told what is asked of the seats that its user holds. */
  private sit(): void {
    const { socket, seatFeed } = this.parts;
    if (socket.readyState !== socket.OPEN) return;
    this.seated = seatListener(this.user(), (push) => this.send(frameOf(push)));
    seatFeed.listen(this.seated);
  }

  private tell({ event, frame }: Happening): void {
    if (this.followed?.takes(event)) this.send(frame());
  }

  private user(): RoomUser {
    if (this.signedIn === undefined) throw new ProblemError('hello-required', 'no `hello` was said yet');
    const { key, session } = this.signedIn;
    return { ...session.user, session: key.digest };
  }

  private person(): string {
    return personOf(this.user());
  }

  private send(frame: Buffer): void {
    this.wire?.sent(frame);
    this.outlet.send(frame);
  }
}
