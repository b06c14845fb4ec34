// The shell around the machine: sockets, timers, dice, and the promises of whoever sent a command. It decides nothing: each
// thing that happens is an input, and effects are carried out in the order in which they come.
import {
  MAX_FRAME_BYTES,
  socketAnswers,
  socketPush,
  socketReply,
  type socketCommand,
  type SocketCommand,
} from '@parley/contracts';
import type { z } from 'zod';
import type { Effect, Input, Outcome, Timer, Told } from '../core/connection.js';
import type { Progress } from '../core/delivery.js';
import { newConnection, step } from '../core/machine.js';
import { CommandTooLarge, ConnectionEnded, MisunderstoodAnswer, ProblemAnswer } from '../http/failures.js';
import type { HttpClient } from '../http/http-client.js';
import { redacted, type Wire } from '../wire.js';
import type { Line, OpenLine } from './line.js';

/** Commands that a user gives; `hello` is the connection's own. */
type Op = Exclude<SocketCommand['op'], 'hello'>;
type DataOf<O extends Op> = Extract<z.input<typeof socketCommand>, { op: O }>['d'];
type AnswerOf<O extends Op> = z.output<(typeof socketAnswers)[O]>;

export interface ConnectionOptions {
  /** Addresses of gateways; when one is lost the next is tried. */
  readonly servers: readonly [string, ...string[]];
  /** Whoever is signed in. */
  readonly http: HttpClient;
  readonly open: OpenLine;
  /** Told each thing once, in order. */
  readonly hear: (told: Told) => void;
  /** Where an earlier connection had come to. */
  readonly progress?: Progress;
  readonly wire?: Wire | undefined;
  /** Calls back after so many milliseconds, unless it is called off. */
  readonly after?: (ms: number, then: () => void) => () => void;
  /** At random, at least 0 and below 1. */
  readonly chance?: () => number;
}

interface Waiting {
  readonly op: Op;
  readonly resolve: (d: unknown) => void;
  readonly reject: (error: Error) => void;
}

const afterMs = (ms: number, then: () => void): (() => void) => {
  const timeout = setTimeout(then, ms);
  return () => clearTimeout(timeout);
};

export class ChatConnection {
  private connection;
  private line: Line | undefined;
  private readonly inputs: Input[] = [];
  private readonly timers = new Map<Timer, () => void>();
  private readonly waiting = new Map<string, Waiting>();
  private commands = 0;

  constructor(private readonly options: ConnectionOptions) {
    this.connection = newConnection(options.servers.length, options.progress);
  }

  start(): void {
    this.take({ type: 'start' });
  }

  /** Ends it; commands without an answer are rejected. */
  stop(): void {
    this.take({ type: 'stop' });
  }

  /** How far it was told of everything: a later connection goes on from there. */
  get progress(): Progress {
    return this.connection.progress;
  }

  /**
   * Sends a command, now or when there is a connection, again if need be; resolves with its answer.
   * @throws ProblemAnswer; ConnectionEnded when nothing is known of it; CommandTooLarge; MisunderstoodAnswer
   */
  command<O extends Op>(op: O, d: DataOf<O>): Promise<AnswerOf<O>>;
  command(op: Op, d: object): Promise<unknown> {
    this.commands += 1;
    const id = String(this.commands);
    const { length } = new TextEncoder().encode(JSON.stringify({ id, op, d }));
    if (length > MAX_FRAME_BYTES) return Promise.reject(new CommandTooLarge(op, length));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { op, resolve, reject });
      this.take({ type: 'command', command: { id, op, d } });
    });
  }

  /**
   * One input at a time: what an effect brings about waits until all effects of its step are carried out. What whoever is told
   * throws is thrown once that is done: it must not keep the connection from going on.
   */
  private take(input: Input): void {
    this.inputs.push(input);
    if (this.inputs.length > 1) return;
    const defects: unknown[] = [];
    for (let next: Input | undefined = input; next !== undefined; next = this.inputs[0]) {
      const { connection, effects } = step(this.connection, next, (this.options.chance ?? Math.random)());
      this.connection = connection;
      for (const effect of effects)
        try {
          this.carryOut(effect);
        } catch (defect) {
          defects.push(defect);
        }
      this.inputs.shift();
    }
    if (defects.length > 0) throw defects[0];
  }

  private carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'ask-ticket':
        return void this.askTicket(this.serverAt(effect.server));
      case 'open':
        return this.open(this.serverAt(effect.server));
      case 'send':
        this.options.wire?.({ direction: 'sent', what: 'frame', body: redacted(effect.frame) });
        return this.line?.send(JSON.stringify(effect.frame));
      case 'drop':
        this.line?.drop();
        this.line = undefined;
        return;
      case 'wait':
        return this.wait(effect.timer, effect.ms);
      case 'forget':
        for (const timer of effect.timers) this.forget(timer);
        return;
      case 'tell':
        return this.options.hear(effect.told);
      case 'answer':
        return this.answer(effect.id, effect.outcome);
      case 'ignored':
        return;
      default:
        return effect satisfies never;
    }
  }

  private async askTicket(server: string): Promise<void> {
    const { attempt } = this.connection;
    this.take(await this.ticketOf(server, attempt));
  }

  private async ticketOf(server: string, attempt: number): Promise<Input> {
    try {
      const { body } = await this.options.http.at(server).ask('issueTicket');
      return { type: 'ticket', attempt, ticket: body.ticket };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const status = error instanceof ProblemAnswer ? error.problem.status : null;
      return { type: 'no-ticket', attempt, status, reason: error.message };
    }
  }

  private open(server: string): void {
    const { attempt } = this.connection;
    this.line = this.options.open(server, {
      opened: (ends) => this.take({ type: 'opened', attempt, ends }),
      received: (text) => this.receive(text, attempt),
      sign: () => this.take({ type: 'sign', attempt }),
      closed: (code, reason) => this.take({ type: 'closed', attempt, code, reason }),
    });
  }

  private receive(text: string, attempt: number): void {
    const frame = parsed(text);
    this.options.wire?.({ direction: 'received', what: 'frame', body: redacted(frame) });
    const push = socketPush.safeParse(frame);
    if (push.success) return this.take({ type: 'push', attempt, push: push.data });
    const reply = socketReply.safeParse(frame);
    if (reply.success) return this.take({ type: 'reply', attempt, reply: reply.data });
    // A later server may tell what this client does not know yet; the wire shows it, and the server is alive.
    this.take({ type: 'sign', attempt });
  }

  private answer(id: string, outcome: Outcome): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (waiting === undefined) return;
    if (outcome.ok) {
      const { data, error } = socketAnswers[waiting.op].safeParse(outcome.d);
      if (error === undefined) waiting.resolve(data);
      else waiting.reject(new MisunderstoodAnswer(`the answer to ${waiting.op} is not understood`, { cause: error }));
    } else if ('problem' in outcome) waiting.reject(new ProblemAnswer(outcome.problem));
    else waiting.reject(new ConnectionEnded(outcome.ended));
  }

  private wait(timer: Timer, ms: number): void {
    this.forget(timer);
    const { attempt } = this.connection;
    const cancel = (this.options.after ?? afterMs)(ms, () => {
      this.timers.delete(timer);
      this.take({ type: 'timer', attempt, timer });
    });
    this.timers.set(timer, cancel);
  }

  private forget(timer: Timer): void {
    this.timers.get(timer)?.();
    this.timers.delete(timer);
  }

  private serverAt(index: number): string {
    return this.options.servers[index] ?? this.options.servers[0];
  }
}

/** What a frame says; a text that is not JSON stands for itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
