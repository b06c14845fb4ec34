// A chat that answers as its contract says and keeps nothing beyond the test that decides what it answers.
import { Controller } from '@nestjs/common';
import {
  chatOperations,
  clockOperations,
  presenceOperations,
  roomOperations,
  type Account,
  type ChangeRoomRequest,
  type Agreement,
  directOperations,
  type AcknowledgeRequest,
  type Correspondence,
  type CorrespondenceRequest,
  type PlacedMessage,
  type ReadInboxReply,
  type ReadInboxRequest,
  type ReceiptsReply,
  type ReceiptsRequest,
  type SendReply,
  type SendRequest,
  type Session,
  type HistoryRequest,
  type InRoomRequest,
  type MessageExplanation,
  type Room,
  type RoomEvent,
  type RoomClocks,
  type RoomHistory,
  type RoomPosition,
  type RunClocksRequest,
  type SayReply,
  type SayRequest,
  type RoomUser,
  type VotedRequest,
  type SessionKey,
  type SignInRequest,
  type SignUpRequest,
  type Users,
  type UsersRequest,
  type WhyRequest,
} from '@parley/contracts';
import { shownRoomEventOf } from '@parley/contracts';
import { Answers, Refusal, type Bus } from '@parley/messaging';
import { serve } from './served.js';

const expiresAt = '2026-03-02T12:00:00.000Z';

export class ScriptedChat {
  /** All that it was asked. */
  readonly asked: unknown[] = [];
  /** Sessions that tickets are good for, by the tickets' digests. */
  readonly tickets = new Map<string, SessionKey>();
  /** What happened in each room; everybody is in all of them. */
  readonly record = new Map<string, RoomEvent[]>();
  /** Of the record of all rooms. */
  roomsEpoch = 1;
  /** Runs before each answer with a part of the record. */
  onHistory: () => void = () => undefined;
  /** Sessions by digest. */
  readonly sessions = new Map<string, Session>();
  onSignUp: (request: SignUpRequest) => Account | Promise<Account> = ({ name }) => ({ name, createdAt: expiresAt });
  onSignIn: (request: SignInRequest) => Session = (request) => this.signIn(request);
  /** Refuses, or leaves it to the chat, which has no rooms to come into. */
  onJoin: (room: string) => void = () => undefined;
  onSay: (request: SayRequest) => SayReply | Promise<SayReply> = (request) => this.said(request);
  /** Who is in no room, by name. */
  readonly outsiders = new Set<string>();
  agreement: Agreement = { votes: 'manual', protocol: 'e3pc' };
  openProposals = 0;
  /** What it was told of transactions, in few words. */
  readonly noticed: string[] = [];
  /** What waits, for whoever asks, and of which record. */
  readonly waiting: PlacedMessage[] = [];
  epoch = 1;
  onSend: (request: SendRequest) => SendReply | Promise<SendReply> = (request) => this.sent(request);
  onReceipts: (request: ReceiptsRequest) => ReceiptsReply | Promise<ReceiptsReply> = () => ({
    missing: [],
    isOver: true,
  });
  onAcknowledge: (request: AcknowledgeRequest) => void = () => undefined;
  onInbox: (request: ReadInboxRequest) => ReadInboxReply | Promise<ReadInboxReply> = (request) => this.inbox(request);
  /** Runs before each answer to an authentication. */
  onAuthenticate: () => void | Promise<void> = () => undefined;
  /** Runs before each answer to whose a ticket is. */
  onRedeem: () => void | Promise<void> = () => undefined;
  private serving: { close(): Promise<void> } | undefined;

  constructor(private readonly bus: Bus) {}

  async start(): Promise<void> {
    this.serving = await serve(this.bus, 'chat-1', controllerOf(this));
  }

  async stop(): Promise<void> {
    await this.serving?.close();
    this.serving = undefined;
  }

  onRoomsOf: () => Promise<{ rooms: (RoomPosition & { room: string })[] }> = async () => ({ rooms: this.rooms() });

  rooms(): (RoomPosition & { room: string })[] {
    return [...this.record].map(([room, events]) => ({
      room,
      epoch: events.at(-1)?.epoch ?? 1,
      offset: events.length,
    }));
  }

  history({ room, after = 0, before = Infinity, limit }: HistoryRequest): RoomHistory {
    const events = this.record.get(room) ?? [];
    const part = events.filter(({ offset }) => offset > after && offset < before).slice(0, limit);
    return { epoch: this.roomsEpoch, items: part.map(shownRoomEventOf) };
  }

  said({ room, id, text, user: { name, kind } }: SayRequest, repeated = false): SayReply {
    const place = { room, epoch: 1, offset: 1, at: expiresAt, lamport: 1, vector: { 'chat-1': 1 } };
    return { message: { type: 'said', ...place, id, text, from: { name, kind }, gapMs: null }, repeated };
  }

  sent({ id, text, to, user: { name, kind } }: SendRequest, missing: string[] = [], repeated = false): SendReply {
    const recipients = to.map((each) => ({ name: each, kind: 'account' as const }));
    const stamped = { at: expiresAt, lamport: 1, vector: { 'chat-1': 1 }, gapMs: null };
    return { message: { id, from: { name, kind }, to: recipients, text, ...stamped }, offset: 1, missing, repeated };
  }

  inbox({ after, limit }: ReadInboxRequest): ReadInboxReply {
    const beyond = this.waiting.filter(({ position }) => position.offset > after);
    const told = beyond.slice(0, limit);
    const last = this.waiting.at(-1)?.position.offset ?? 0;
    return { epoch: this.epoch, last, count: this.waiting.length, waiting: told, more: told.length < beyond.length };
  }

  signIn({ name, session: { kind, digest } }: SignInRequest): Session {
    const session: Session = { user: { name, kind }, expiresAt };
    this.sessions.set(digest, session);
    return session;
  }
}

function controllerOf(chat: ScriptedChat) {
  @Controller()
  class Scripted {
    @Answers(chatOperations.signUp)
    signUp(request: SignUpRequest): Account | Promise<Account> {
      chat.asked.push(request);
      return chat.onSignUp(request);
    }

    @Answers(chatOperations.signIn)
    signIn(request: SignInRequest): Session {
      chat.asked.push(request);
      return chat.onSignIn(request);
    }

    @Answers(chatOperations.authenticate)
    async authenticate(request: { session: SessionKey }): Promise<{ session: Session | null }> {
      chat.asked.push(request);
      await chat.onAuthenticate();
      return { session: chat.sessions.get(request.session.digest) ?? null };
    }

    @Answers(roomOperations.say)
    say(request: SayRequest): SayReply | Promise<SayReply> {
      chat.asked.push(request);
      return chat.onSay(request);
    }

    @Answers(directOperations.send)
    send(request: SendRequest): SendReply | Promise<SendReply> {
      chat.asked.push(request);
      return chat.onSend(request);
    }

    @Answers(directOperations.receipts)
    receipts(request: ReceiptsRequest): ReceiptsReply | Promise<ReceiptsReply> {
      chat.asked.push(request);
      return chat.onReceipts(request);
    }

    @Answers(directOperations.inbox)
    inbox(request: ReadInboxRequest): ReadInboxReply | Promise<ReadInboxReply> {
      chat.asked.push(request);
      return chat.onInbox(request);
    }

    @Answers(directOperations.acknowledge)
    acknowledge(request: AcknowledgeRequest): Record<string, never> {
      chat.asked.push(request);
      chat.onAcknowledge(request);
      return {};
    }

    @Answers(directOperations.correspondence)
    correspondence(request: CorrespondenceRequest): Correspondence {
      chat.asked.push(request);
      return { items: chat.waiting };
    }

    @Answers(chatOperations.issueTicket)
    issueTicket({ session, ticket }: { session: SessionKey; ticket: string }): { expiresAt: string } {
      chat.tickets.set(ticket, session);
      return { expiresAt };
    }

    @Answers(chatOperations.redeemTicket)
    async redeemTicket({
      ticket,
    }: {
      ticket: string;
    }): Promise<{ signedIn: { key: SessionKey; session: Session } | null }> {
      await chat.onRedeem();
      const key = chat.tickets.get(ticket);
      const session = key && chat.sessions.get(key.digest);
      chat.tickets.delete(ticket);
      return { signedIn: key && session ? { key, session } : null };
    }

    @Answers(roomOperations.agreement)
    agreement({ room, user }: { room: string; user: RoomUser }): { agreement: Agreement; open: number } {
      if (chat.outsiders.has(user.name)) throw new Refusal('membership-required', `${user.name} is not in ${room}`);
      return { agreement: chat.agreement, open: chat.openProposals };
    }

    @Answers(roomOperations.look)
    look({ book, number }: { book: string; number: number }): Record<string, never> {
      chat.noticed.push(`${book}-${String(number)} begun`);
      return {};
    }

    @Answers(roomOperations.voted)
    voted({ book, number, participant, by }: VotedRequest): Record<string, never> {
      chat.noticed.push(`${book}-${String(number)} voted by ${by} for ${participant}`);
      return {};
    }

    @Answers(chatOperations.isOver)
    isOver({ session }: { session: string }): { over: boolean } {
      return { over: !chat.sessions.has(session) };
    }

    @Answers(presenceOperations.users)
    users(request: UsersRequest): Users {
      chat.asked.push(request);
      return { users: [], next: null };
    }

    @Answers(roomOperations.of)
    of(): Promise<{ rooms: (RoomPosition & { room: string })[] }> {
      return chat.onRoomsOf();
    }

    @Answers(roomOperations.why)
    why({ room, offset }: WhyRequest): MessageExplanation {
      throw new Refusal('unknown-message', `nothing was said in ${room} at ${String(offset)}`);
    }

    @Answers(clockOperations.read)
    clocks({ room }: InRoomRequest): RoomClocks {
      return { room, phase: 'stopped', exchanges: 7, members: [], last: [] };
    }

    @Answers(clockOperations.run)
    runClocks({ room, running }: RunClocksRequest): RoomClocks {
      return { room, phase: running ? 'running' : 'stopped', exchanges: 7, members: [], last: [] };
    }

    @Answers(roomOperations.join)
    join({ room }: { room: string }): Room {
      chat.onJoin(room);
      throw new Refusal('unknown-room', `there is no room ${room}`);
    }

    @Answers(roomOperations.read)
    read({ room }: { room: string }): Room {
      const rules = {
        capacity: 9,
        admits: null,
        guests: true,
        agreement: { votes: 'manual', protocol: 'e3pc' },
      } as const;
      const last = { epoch: chat.roomsEpoch, offset: chat.record.get(room)?.length ?? 0 };
      return { room, ...rules, rulesAt: 1, createdBy: 'Jo', createdAt: expiresAt, last, members: [] };
    }

    @Answers(roomOperations.change)
    change(request: ChangeRoomRequest): Room {
      chat.asked.push(request);
      return this.read(request);
    }

    @Answers(roomOperations.history)
    history(request: HistoryRequest): RoomHistory {
      chat.asked.push(request);
      chat.onHistory();
      return chat.history(request);
    }

    @Answers(chatOperations.signOut)
    signOut(request: { session: SessionKey }): Record<string, never> {
      chat.sessions.delete(request.session.digest);
      return {};
    }
  }
  return Scripted;
}
