// Asking the coordinator to begin transactions, and what each way of not being answered means to a client: whether
// anything was begun is known, or it is not, and never guessed.
import { coordinatorOperations, type BeginResult, type KnownTransaction, type Place } from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import { BeginBatches, type BegunProposal } from './begin-batches.js';
import { ProblemError } from './http/problem.js';
import type { Presence } from './presence.js';

/** How long the coordinator has to force a batch to its journal and answer, in milliseconds. */
const BEGIN_MS = 5_000;

/** What came of a proposal; a repeated one may be recorded already, and then only the participants have it. */
type Begun =
  | { readonly kind: 'begun'; readonly transaction: KnownTransaction }
  | { readonly kind: 'recorded'; readonly place: Place };

export class Coordinator {
  private readonly batches: BeginBatches;

  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    presence: Presence,
  ) {
    this.batches = new BeginBatches(
      (proposals) => this.send(proposals),
      () => presence.size,
    );
  }

  /**
   * Begins a transaction, or finds the one that was begun with the same Idempotency-Key.
   *
   * @throws ProblemError as the coordinator refuses; `broker-unreachable` and `coordinator-unreachable` when nothing was
   *   begun, `begin-unknown` when that is not known
   */
  async begin(proposal: BegunProposal): Promise<Begun> {
    const result = await this.batches.begin(proposal);
    if (!result.ok) throw new ProblemError(result.code, result.detail);
    const { transaction, recorded } = result;
    if (transaction) return { kind: 'begun', transaction };
    if (recorded) return { kind: 'recorded', place: recorded };
    throw new ProblemError('begin-unknown', 'the coordinator’s answer is not understood');
  }

  private async send(proposals: BegunProposal[]): Promise<BeginResult[]> {
    const trace = proposals[0]?.correlation;
    try {
      const { begin } = coordinatorOperations;
      const { results } = await this.bus.request(begin, { proposals }, { timeoutMs: BEGIN_MS, trace });
      if (results.length === proposals.length) return results;
      throw new BusError(
        'invalid-reply',
        `${String(results.length)} results for ${String(proposals.length)} proposals`,
      );
    } catch (error) {
      throw error instanceof BusError ? beginProblem(error) : error;
    }
  }
}

function beginProblem(error: BusError): unknown {
  switch (error.code) {
    case 'no-responder':
      return new ProblemError('coordinator-unreachable', 'no coordinator is connected', {}, { cause: error });
    case 'disconnected':
      return new ProblemError(
        'broker-unreachable',
        'the gateway has no connection to the broker',
        {},
        { cause: error },
      );
    case 'timeout':
      return new ProblemError('begin-unknown', 'the coordinator has not answered in time', {}, { cause: error });
    case 'invalid-reply':
      return new ProblemError('begin-unknown', 'the coordinator’s answer is not understood', {}, { cause: error });
    case 'refused':
      // A message that the coordinator could not read began nothing and is a mistake of ours; any other failure of its
      // handler may have come after the begin was forced.
      return error.refusal?.code === 'invalid-message'
        ? error
        : new ProblemError('begin-unknown', 'the coordinator failed while it began', {}, { cause: error });
    case 'too-large':
      return error;
  }
}
