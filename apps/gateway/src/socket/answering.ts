// Answers a client's commands, each once and in the order in which they came. While many wait, no more are taken from the network.
import type { SocketCommand } from '@parley/contracts';
import { newTrace } from '@parley/messaging';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { ProblemError } from '../http/problem.js';
import type { RequestObserver } from '../http/request-observer.js';
import { Later } from './commands/carry-out.js';
import { commandIn, refusalFrame, refusalOf, replyFrame } from './frame.js';

/** Commands that wait for their turn before no more are taken from the network. */
const MAX_WAITING = 32;

/** Answers that a client may be waiting for outside of the turn. */
const MAX_LATER = 32;

interface Parts {
  readonly socket: WebSocket;
  readonly requests: Pick<RequestObserver, 'refusedCommand'>;
  readonly log: Logger;
  readonly send: (frame: Buffer) => void;
  /** @throws ProblemError */
  readonly carryOut: (command: SocketCommand, trace: string) => Promise<unknown>;
  /** A command is answered; the next one waits until this resolves. */
  readonly answered: (command: SocketCommand, trace: string) => Promise<void>;
  /** A frame is answered by a problem. */
  readonly refused: (problem: ProblemError) => void;
}

export class Answering {
  private turn: Promise<void> = Promise.resolve();
  private waiting = 0;
  private later = 0;

  constructor(private readonly parts: Parts) {}

  take(frame: Buffer, isBinary: boolean): void {
    const { socket } = this.parts;
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
    const { send, carryOut, answered } = this.parts;
    let command: SocketCommand | undefined;
    try {
      command = commandIn(frame, isBinary);
      this.refuseTooMany(command);
      const d = await carryOut(command, trace);
      if (d instanceof Later) void this.answerLater(command, d, trace);
      else send(replyFrame({ re: command.id, ok: true, d }));
      await answered(command, trace);
    } catch (error) {
      this.refuse(error, command, trace);
    }
  }

  private refuseTooMany({ op }: SocketCommand): void {
    if (op === 'send' && this.later >= MAX_LATER)
      throw new ProblemError('overloaded', `${String(MAX_LATER)} answers are waited for`);
  }

  private async answerLater(command: SocketCommand, { answer }: Later, trace: string): Promise<void> {
    this.later += 1;
    try {
      this.parts.send(replyFrame({ re: command.id, ok: true, d: await answer() }));
    } catch (error) {
      this.refuse(error, command, trace);
    } finally {
      this.later -= 1;
    }
  }

  private refuse(error: unknown, command: SocketCommand | undefined, trace: string): void {
    const { send, refused, requests, log } = this.parts;
    const refusal = refusalOf(error, command);
    const { op, problem } = refusal;
    if (problem.code === 'internal') log.error({ correlation: trace, err: error }, 'a command failed');
    requests.refusedCommand({ op, code: problem.code, correlation: trace });
    send(refusalFrame(refusal, trace));
    refused(problem);
  }
}
