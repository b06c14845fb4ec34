// A person's conversation: each line is carried out, and each thing that happens is told.
import { randomUUID } from 'node:crypto';
import {
  CommandTooLarge,
  ConnectionEnded,
  MisunderstoodAnswer,
  ProblemAnswer,
  ServerUnreachable,
} from '@parley/client';
import type { ChatConnection, HttpClient, Told } from '@parley/client';
import { plain, plainLine } from '../plain.js';
import { intentOf, type Intent } from './intent.js';
import { OpenRequests } from './open-requests.js';
import { Refusal } from './refusal.js';
import { answerOf } from './questions.js';
import { directText, secondsLeft, toldText } from './rendering.js';
import { Receipts } from './receipts.js';
import type { Reporter } from './reporter.js';
import { ShownEvents } from './shown-events.js';

type Of<Type extends Intent['type']> = Extract<Intent, { type: Type }>;

export interface ConversationParts {
  readonly connection: Pick<ChatConnection, 'command' | 'progress' | 'stop'>;
  readonly http: HttpClient;
  readonly servers: readonly string[];
  readonly reporter: Reporter;
}

/** Whether a line could be carried out. */
export type Done = 'done' | 'refused';

export class Conversation {
  private readonly requests = new OpenRequests();
  private room: string | undefined;
  private readonly entered = new Set<string>();
  private readonly shown = new ShownEvents();
  private readonly receipts = new Receipts(async (upTo) => {
    await this.obey(() => this.command('received', { upTo }));
  });
  private http: HttpClient;

  constructor(private readonly parts: ConversationParts) {
    this.http = parts.http;
  }

  hear(told: Told): void {
    if (told.type === 'live') this.http = this.http.at(this.parts.servers[told.server] ?? this.http.server);
    if (told.type === 'lost') this.requests.forget();
    if (told.type === 'push') this.requests.take(told.push);
    if (told.type === 'event') this.shown.note(told.event);
    const text = toldText(told, { servers: this.parts.servers, room: this.room, now: Date.now() });
    const isSaid = told.type === 'direct' || (told.type === 'event' && told.event.type === 'said');
    this.parts.reporter.tell({ text, json: told, isSaid });
    if (told.type === 'direct') this.receipts.note(told.position);
  }

  /** What the line asks for is told, or why it is not done. */
  async take(line: string): Promise<Done> {
    return this.obey(() => this.carryOut(intentOf(line)), line);
  }

  /** Comes into a room, and makes it first if that is wanted and there is none. */
  async enter(room: string, isToBeMade: boolean): Promise<Done> {
    return this.obey(async () => {
      if (isToBeMade) await this.make(room);
      await this.join(room);
    });
  }

  /**
   * Leaves the rooms into which it came, so that the others are told at once, and signs out; what it was told waits for it no
   * more.
   */
  async leave(): Promise<void> {
    await this.receipts.given;
    for (const room of this.entered) await this.obey(() => this.http.ask('leaveRoom', { places: { room } }));
    // Before the server does, for that would be told as its doing.
    this.parts.connection.stop();
    await this.obey(() => this.http.ask('signOut'));
  }

  /** What stands before the line that is typed: how long a vote is still waited for. */
  get prompt(): string {
    const [urgent] = this.requests.all;
    if (urgent === undefined) return '> ';
    const what = urgent.ev === 'vote.requested' ? 'commit or abort' : 'ack';
    return `${what}, ${String(secondsLeft(urgent.deadline, Date.now()))} s > `;
  }

  private get command(): ChatConnection['command'] {
    return this.parts.connection.command.bind(this.parts.connection);
  }

  /** @param line what the person typed for it */
  private async obey(what: () => Promise<unknown>, line?: string): Promise<Done> {
    try {
      await what();
      return 'done';
    } catch (error) {
      if (error instanceof Refusal) this.parts.reporter.note(error.message);
      else if (error instanceof ProblemAnswer)
        this.parts.reporter.tell({ text: `! ${plain(error.message)}`, json: { ...error.problem, type: 'problem' } });
      else if (error instanceof ConnectionEnded && line !== undefined)
        this.parts.reporter.note(`it is not known whether this was done: ${plain(line)}`);
      else if (isOfClient(error)) this.parts.reporter.note(plainLine(error.message));
      else throw error;
      return 'refused';
    }
  }

  private async carryOut(intent: Intent): Promise<void> {
    switch (intent.type) {
      case 'nothing':
      case 'disconnect': // Whoever reads the lines sees that it is over.
        return;
      case 'unclear':
        throw new Refusal(intent.why);
      case 'say':
        return this.say(intent.text);
      case 'send':
        return this.send(intent);
      case 'join':
        return this.join(intent.room);
      case 'leave':
        return this.leaveRoom();
      case 'propose':
        return this.propose(intent.text);
      case 'vote':
        return this.vote(intent);
      case 'acknowledge':
        return this.acknowledge(intent);
      case 'sit':
        return this.sit(intent.participant);
      case 'stand':
        return this.stand(intent.participant);
      default: {
        const { command, http, shown, requests } = this;
        const { text, d } = await answerOf(intent, {
          command,
          http,
          shown,
          requests: requests.all,
          room: () => this.here(),
        });
        this.answer(intent.type, d, text);
        return;
      }
    }
  }

  private answer(to: string, d: unknown, text: string): void {
    this.parts.reporter.tell({ text, json: { type: 'answer', to, d } });
  }

  private async say(text: string): Promise<void> {
    const room = this.here();
    const seen = this.parts.connection.progress.rooms[room]?.offset;
    await this.command('say', { room, id: randomUUID(), text, ...(seen !== undefined && { seen }) });
  }

  private async send({ to, text, mode }: Of<'send'>): Promise<void> {
    const d = await this.command('send', { id: randomUUID(), to: [...to], text, mode });
    // Who is among those to whom it goes is told of it like the others.
    const isToldAnyway = d.message.to.some(({ name }) => name === d.message.from.name);
    const missing =
      d.missing.length === 0 ? [] : [`* not received yet by ${d.missing.map(plainLine).join(', ')}: it waits there`];
    this.parts.reporter.tell({
      text: [...(isToldAnyway ? [] : [directText(d.message)]), ...missing].join('\n') || undefined,
      json: { type: 'answer', to: 'send', d },
      isSaid: true,
    });
  }

  private async join(room: string): Promise<void> {
    this.room = room;
    const d = await this.command('join', { room });
    this.entered.add(room);
    const names = d.members.map(({ name }) => plainLine(name)).join(', ');
    this.answer('join', d, `* welcome to #${d.room}; here are: ${names}`);
  }

  private async leaveRoom(): Promise<void> {
    const room = this.here();
    await this.command('leave', { room });
    this.entered.delete(room);
    this.room = [...this.entered].at(-1);
    this.parts.reporter.note(this.room === undefined ? 'you are in no room: /join ROOM' : `you are in #${this.room}`);
  }

  private async make(room: string): Promise<void> {
    try {
      await this.http.ask('createRoom', { body: { room } });
    } catch (error) {
      if (!(error instanceof ProblemAnswer) || error.problem.code !== 'room-taken') throw error;
    }
  }

  private async propose(text: string): Promise<void> {
    const room = this.here();
    const id = randomUUID();
    try {
      const { transaction } = await this.command('propose', { room, id, text });
      this.parts.reporter.note(`${transaction} is begun`);
    } catch (error) {
      if (!(error instanceof CommandTooLarge)) throw error;
      const { body } = await this.http.ask('propose', {
        body: { room, value: text },
        headers: { 'idempotency-key': id },
      });
      this.parts.reporter.note(`${body.id} is begun`);
    }
  }

  private async sit(participant: string): Promise<void> {
    await this.command('sit', { participant });
    this.parts.reporter.note(`the seat of ${participant} is yours: you are asked when a vote is made`);
  }

  private async stand(participant: string): Promise<void> {
    await this.command('stand', { participant });
    this.parts.reporter.note(`the seat of ${participant} is free`);
  }

  private async vote({ vote, transaction }: Of<'vote'>): Promise<void> {
    const meant = this.requests.meant('vote.requested', transaction);
    if ('why' in meant) throw new Refusal(meant.why);
    for (const request of meant.requests) {
      await this.command('vote', { transaction: request.transaction, participant: request.participant, vote });
      this.parts.reporter.note(`${request.participant} votes ${vote} on ${request.transaction}; it is forced there`);
    }
  }

  private async acknowledge({ transaction }: Of<'acknowledge'>): Promise<void> {
    const meant = this.requests.meant('ack.requested', transaction);
    if ('why' in meant) throw new Refusal(meant.why);
    for (const request of meant.requests) {
      await this.command('acknowledge', { transaction: request.transaction, participant: request.participant });
      this.parts.reporter.note(`${request.participant} has acknowledged ${request.transaction}`);
    }
  }

  private here(): string {
    if (this.room === undefined) throw new Refusal('you are in no room: /join ROOM, /rooms lists them');
    return this.room;
  }
}

const isOfClient = (error: unknown): error is Error =>
  [CommandTooLarge, ConnectionEnded, MisunderstoodAnswer, ServerUnreachable].some((kind) => error instanceof kind);
