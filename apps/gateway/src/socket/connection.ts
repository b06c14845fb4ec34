// One client's WebSocket from its `hello` to its end.
//
//   awaiting --hello--> syncing --all rooms told--> live --> closed
//
// - Commands are answered from the first moment on (answering.ts); but before its `hello` a client may give no other.
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
import type { RequestObserver } from '../http/request-observer.js';
import type { Nodes } from '../nodes.js';
import type { SocketWire, Wire } from '../wire/wire.js';
import { Answering } from './answering.js';
import { catchUp } from './catch-up.js';
import type { AgreeingCommands } from './commands/agreeing.js';
import { carryOut } from './commands/carry-out.js';
import type { DirectFeed } from './direct-feed.js';
import type { ConnectedClients } from './connected-clients.js';
import { Followed } from './followed.js';
import { pushFrame } from './frame.js';
import { Held } from './held.js';
import { Outlet } from './outlet.js';
import type { SeatFeed, SeatListener } from './seat-feed.js';
import type { FeedListener, Happening, RoomFeed } from './room-feed.js';
import { ToldInbox } from './told-inbox.js';
import { seatListener } from './told-requests.js';

type Hello = Extract<SocketCommand, { op: 'hello' }>['d'];

/** What a gateway has that each of its connections uses. */
export interface ConnectionSources {
  readonly chat: Chat;
  readonly agreeing: AgreeingCommands;
  readonly nodes: Nodes;
  readonly wire: Wire | undefined;
  readonly feed: RoomFeed;
  readonly directFeed: DirectFeed;
  readonly seatFeed: SeatFeed;
  readonly clients: ConnectedClients;
  readonly requests: Pick<RequestObserver, 'refusedCommand'>;
  readonly log: Logger;
}

export interface ConnectionParts extends ConnectionSources {
  readonly socket: WebSocket;
  /** The connection beneath it. */
  readonly stream: Duplex;
  /** Where the client is on the network. */
  readonly address: string;
  /** How many bytes may wait to be taken by the client. */
  readonly maxBufferedBytes: number;
  /** It has said `hello`. */
  readonly greeted: () => void;
}

export class Connection implements FeedListener {
  private phase: 'awaiting' | 'syncing' | 'live' = 'awaiting';
  private signedIn: SignedIn | undefined;
  private followed: Followed | undefined;
  private readonly held: Held<Happening>;
  private readonly answering: Answering;
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
  private closedWith: number | undefined;

  constructor(private readonly parts: ConnectionParts) {
    const { socket, stream, maxBufferedBytes, requests, log } = parts;
    const tooSlow = (): void => this.close(closeCodes.slow, 'what is sent is not taken');
    this.outlet = new Outlet({ socket, stream, maxBufferedBytes, tooSlow });
    this.wire = parts.wire?.socket(parts.address);
    this.held = new Held({
      tell: (happening) => this.tell(happening),
      taken: () => this.outlet.taken(),
      tooMuch: () => this.close(closeCodes.slow, 'too much happens meanwhile'),
    });
    this.answering = new Answering({
      ...{ socket, requests, log },
      send: (frame) => this.send(frame),
      carryOut: (command, trace) => this.carryOut(command, trace),
      answered: (command, trace) => (command.op === 'hello' ? this.catchUp(command.d, trace) : Promise.resolve()),
      refused: ({ code }) => {
        if (code === 'ticket-refused') this.close(closeCodes.ticketRefused, 'the ticket is not good');
      },
    });
    socket.on('message', (frame: Buffer, isBinary) => {
      this.wire?.received(frame, isBinary);
      this.answering.take(frame, isBinary);
    });
    socket.on('close', () => this.forget());
    // What is no WebSocket frame, or too large: the library closes with the code that says so.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket was broken by its client'));
  }

  /** The code of the good-bye, if this end said it, whether or not the client has heard it. */
  get goodbye(): number | undefined {
    return this.closedWith;
  }

  happened(happening: Happening): void {
    this.held.add(happening);
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
      const { log } = this.parts;
      if (error instanceof ProblemError) log.debug({ err: error }, 'it cannot be told now whether a session is over');
      else log.error({ err: error }, 'it could not be told whether a session is over');
    }
  }

  close(code: number, reason: string): void {
    const { socket, log } = this.parts;
    this.forget();
    if (socket.readyState !== socket.OPEN) return;
    this.closedWith = code;
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

  private async carryOut(command: SocketCommand, trace: string): Promise<unknown> {
    if (command.op === 'hello') return this.greet(command.d, trace);
    return carryOut(command, { ...this.parts, user: this.user(), trace });
  }

  private async greet(hello: Hello, trace: string): Promise<object> {
    if (this.signedIn) throw new ProblemError('hello-required', '`hello` was said before');
    const ticket = digestOf(hello.ticket);
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
    this.parts.greeted();
    return {};
  }

  /** Tells what the client has not been told, and then what has happened meanwhile. */
  private async catchUp(seen: Hello, trace: string): Promise<void> {
    const { socket, chat, feed, directFeed, log } = this.parts;
    const { followed, inbox } = this;
    if (followed === undefined) throw new TypeError('nobody was greeted');
    // Who has gone meanwhile was forgotten then, and would be told for ever.
    if (socket.readyState !== socket.OPEN) return;
    const client = {
      ...{ user: this.user(), followed, inbox },
      send: (frame: Buffer) => this.send(frame),
      taken: () => this.outlet.taken(),
    };
    try {
      // Both at once: who goes while one is waited for is forgotten by both.
      await Promise.all([feed.listen(this), directFeed.listen(this.person(), inbox)]);
      await catchUp(client, seen, chat, trace);
    } catch (error) {
      if (!(error instanceof ProblemError))
        log.error({ correlation: trace, err: error }, 'a client could not be told what has happened');
      this.close(closeCodes.unavailable, 'the chat cannot tell now what has happened');
      return;
    }
    await this.held.release();
    this.phase = 'live';
    this.send(pushFrame({ ev: 'caught_up' }));
    this.sit();
  }

  /** From now on the client is told what is asked of the seats that its user holds. */
  private sit(): void {
    const { socket, seatFeed } = this.parts;
    if (socket.readyState !== socket.OPEN) return;
    this.seated = seatListener(this.user(), (push) => this.send(pushFrame(push)));
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
