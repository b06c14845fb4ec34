// Answers a client's commands, each once and in the order in which they came. While many wait, no more are taken from the network.
import type { SocketCommand } from '@parley/contracts';
import { newTrace } from '@parley/messaging';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { ProblemError } from '../http/problem.js';
import { Later } from './commands/carry-out.js';
import { commandIn, refusalFrame, RefusedFrame, replyFrame } from './frame.js';

/** Commands that wait for their turn before no more are taken from the network. */
const MAX_WAITING = 32;

/** Answers that a client may be waiting for outside of the turn. */
const MAX_LATER = 32;

interface Parts {
  readonly socket: WebSocket;
  readonly log: Logger;
  readonly send: (frame: Buffer) => void;
  /** @throws ProblemError */
  readonly carryOut: (command: SocketCommand, trace: string) => Promise<unknown>;
  /** A command is answered; the next one waits until this resolves. */
  readonly answered: (command: SocketCommand, trace: string) => Promise<void>;
  /** A command is answered by a problem. */
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
    let re: string | null = null;
    try {
      const command = commandIn(frame, isBinary);
      re = command.id;
      this.refuseTooMany(command);
      const d = await carryOut(command, trace);
      if (d instanceof Later) void this.answerLater(re, d, trace);
      else send(replyFrame({ re, ok: true, d }));
      await answered(command, trace);
    } catch (error) {
      this.fails(re, error, trace);
    }
  }

  private refuseTooMany({ op }: SocketCommand): void {
    if (op === 'send' && this.later >= MAX_LATER)
      throw new ProblemError('overloaded', `${String(MAX_LATER)} answers are waited for`);
  }

  private async answerLater(re: string, { answer }: Later, trace: string): Promise<void> {
    this.later += 1;
    try {
      this.parts.send(replyFrame({ re, ok: true, d: await answer() }));
    } catch (error) {
      this.fails(re, error, trace);
    } finally {
      this.later -= 1;
    }
  }

  private fails(re: string | null, error: unknown, trace: string): void {
    const { send, refused, log } = this.parts;
    if (error instanceof RefusedFrame) send(refusalFrame(error.re, error.problem, trace));
    else if (error instanceof ProblemError) {
      send(refusalFrame(re, error, trace));
      refused(error);
    } else {
      log.error({ correlation: trace, err: error }, 'a command failed');
      send(refusalFrame(re, new ProblemError('internal', 'an error that was not expected'), trace));
    }
  }
}
