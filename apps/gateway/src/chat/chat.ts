// Asking the chat, and what each way of not being answered means to a client. Any replica answers; one that dies takes with it
// what it was about to answer, so what may be asked twice is.
import { problemCodes, type Operation, type ProblemCode } from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import type { z } from 'zod';
import { ProblemError, type ProblemDetails } from '../http/problem.js';

/** How long a replica has to answer, in milliseconds. Somebody else's passwords may come first. */
const ANSWER_MS = 5_000;

/** The same for what is asked again. */
const FIRST_ANSWER_MS = 1_500;

export class Chat {
  constructor(private readonly bus: Pick<Bus, 'request'>) {}

  /**
   * Asks once.
   *
   * @param trace the correlation of the HTTP request
   * @throws ProblemError as the chat refuses; `chat-unreachable`, `broker-unreachable`, `outcome-unknown`
   */
  async ask<O extends Operation>(
    operation: O,
    request: z.input<O['request']>,
    trace: string,
  ): Promise<z.output<O['reply']>> {
    return this.send(operation, request, { timeoutMs: ANSWER_MS, trace }).catch(refuse);
  }

  /**
   * Asks for something that is only read, twice if need be.
   *
   * @throws ProblemError as `ask` does, but for `outcome-unknown`: nothing was to be done
   */
  async read<O extends Operation>(
    operation: O,
    request: z.input<O['request']>,
    trace: string,
  ): Promise<z.output<O['reply']>> {
    try {
      return await this.askTwice(operation, request, trace);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'outcome-unknown') throw error;
      throw new ProblemError('chat-unreachable', error.detail, {}, { cause: error });
    }
  }

  /** Asks again when the first answer does not come: for what is done once, however often it is asked for. */
  async askTwice<O extends Operation>(
    operation: O,
    request: z.input<O['request']>,
    trace: string,
  ): Promise<z.output<O['reply']>> {
    try {
      return await this.send(operation, request, { timeoutMs: FIRST_ANSWER_MS, trace });
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== 'timeout') return refuse(error);
      return this.ask(operation, request, trace);
    }
  }

  private send<O extends Operation>(
    operation: O,
    request: z.input<O['request']>,
    options: { timeoutMs: number; trace: string },
  ): Promise<z.output<O['reply']>> {
    return this.bus.request(operation, request, options);
  }
}

/** What the answer to some refusals carries beside the problem itself. */
const about: Partial<Record<ProblemCode, ProblemDetails>> = {
  'sign-in-failed': { headers: { 'www-authenticate': 'Bearer realm="parley"' } },
  'too-many-messages': { headers: { 'retry-after': '1' } },
  'name-too-long': { field: '/name' },
  'name-reserved': { field: '/name' },
  'name-taken': { field: '/name' },
  'unknown-recipient': { field: '/to' },
  'recipient-absent': { field: '/to' },
  'inbox-full': { field: '/to' },
};

function refuse(error: unknown): never {
  if (!(error instanceof BusError)) throw error;
  switch (error.code) {
    case 'no-responder':
      throw new ProblemError('chat-unreachable', 'no chat is connected', {}, { cause: error });
    case 'disconnected':
      throw new ProblemError('broker-unreachable', 'the gateway has no connection to the broker', {}, { cause: error });
    case 'timeout':
      throw new ProblemError('outcome-unknown', 'the chat has not answered in time', {}, { cause: error });
    case 'refused': {
      const code = problemCodes.find((known) => known === error.refusal?.code);
      if (code === undefined || code === 'internal') throw error;
      throw new ProblemError(code, error.refusal?.detail ?? '', about[code], { cause: error });
    }
    case 'invalid-reply':
    case 'too-large':
      throw error;
  }
}
