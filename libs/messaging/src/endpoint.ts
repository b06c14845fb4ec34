// One subject that a service serves, and how much it was used.
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { z } from 'zod';
import type { Contract } from './answers.js';
import type { Call } from './message.js';

interface Served {
  readonly subject: string;
  readonly request: z.ZodType;
  readonly queue?: string | undefined;
  /** A fact gets no answer. */
  readonly answers: boolean;
}

const served = (contract: Contract, node: string): Served => {
  switch (contract.kind) {
    case 'operation': {
      const { subject, request } = contract.operation;
      return { subject, request, queue: contract.queue, answers: true };
    }
    case 'node-operation': {
      const { subjectOf, request } = contract.operation;
      return { subject: subjectOf(node), request, answers: true };
    }
    case 'fact':
      return { subject: contract.fact.subject, request: contract.fact.body, answers: false };
  }
};

export class Endpoint {
  readonly subject: string;
  readonly request: z.ZodType;
  readonly queue: string | undefined;
  readonly answers: boolean;
  requests = 0;
  errors = 0;
  lastError = '';
  /** Time from the parsed message to the handler's answer, in nanoseconds, of all requests together. */
  processingNs = 0;

  private constructor(
    { subject, request, queue, answers }: Served,
    private readonly handler: MessageHandler,
  ) {
    this.subject = subject;
    this.request = request;
    this.queue = queue;
    this.answers = answers;
  }

  /** What the contract says, with the node's name filled in. */
  static of(contract: Contract, node: string, handler: MessageHandler): Endpoint {
    return new Endpoint(served(contract, node), handler);
  }

  /** Runs the handler. Rejects with what it throws. */
  async run(body: unknown, call: Call): Promise<unknown> {
    const startedAt = performance.now();
    try {
      // Nest gives an exception back as an observable that throws it.
      const result: unknown = await this.handler(body, call);
      return isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
    } finally {
      this.processingNs += (performance.now() - startedAt) * 1e6;
    }
  }

  failed(reason: string): void {
    this.errors++;
    this.lastError = reason;
  }
}
