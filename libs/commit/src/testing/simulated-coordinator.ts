// The coordinator of the simulated cluster.
import type { Member, Place, ProtocolName, Timeouts, Voting } from '@parley/contracts';
import {
  newCoordinator,
  replayCoordinator,
  type CoordinatorInput,
  type CoordinatorState,
} from '../coordinator-state.js';
import { stepCoordinator } from '../coordinator.js';
import type { Effect, LeaveVerdict, Wait } from '../effects.js';
import type { CoordinatorRecord } from '../records.js';
import type { E3pcRules } from '../rules.js';
import type { Message } from './messages.js';
import { SimulatedNode, type Ask, type Outgoing, type Surroundings } from './simulated-node.js';
import { decidedAmong, type SimulatedParticipant } from './simulated-participant.js';

const TIMEOUTS: Timeouts = { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 };

export class SimulatedCoordinator extends SimulatedNode<CoordinatorState, CoordinatorInput, CoordinatorRecord> {
  /** What proposers were told: begun, in this order. */
  readonly confirmed: Place[] = [];
  /** What an operator was told who wanted a participant to leave. */
  readonly departures: LeaveVerdict[] = [];
  /** Why proposals were refused. */
  readonly refused: string[] = [];

  constructor(
    name: string,
    surroundings: Surroundings,
    private readonly rules: E3pcRules,
  ) {
    super(name, surroundings, newCoordinator(name));
  }

  /** The place that the proposal gets when it is not refused. */
  propose(
    book: string,
    value: string,
    list: readonly Member[],
    terms: { protocol?: ProtocolName; votes?: Voting },
  ): Place {
    this.makeMembers(list);
    const number = (this.state.numbers.get(book) ?? 0) + 1;
    this.submit({
      type: 'proposed',
      reply: 0,
      standard: { automatic: TIMEOUTS, manual: TIMEOUTS },
      proposals: [
        {
          book,
          value,
          digest: `digest of ${value}`,
          ...terms,
          timeouts: {},
          proposer: 'alice',
          correlation: '',
          createdAt: 0,
        },
      ],
    });
    return { book, number };
  }

  /** A participant tells that it lives, and what it holds. */
  hear(participant: SimulatedParticipant): void {
    const { self: member, ledgers, state } = participant;
    const complete = [...state.books.values()].every(({ fetch }) => fetch === null);
    const lines = [...ledgers].map(([book, { length }]) => ({ book, lines: length }));
    this.submit({ type: 'numbers-known', books: participant.numbersKnown() });
    this.submit({ type: 'participant-heard', member, nonce: member.logId, doubled: false, complete, lines });
  }

  /** These are there and have caught up, and no others. */
  private makeMembers(list: readonly Member[]): void {
    const { registered, present } = this.state.membership;
    for (const [name, { member }] of registered)
      if (!list.some(({ logId }) => logId === member.logId) && present.get(name)?.isLive === true)
        this.submit({ type: 'participant-silent', member });
    const lines = [...this.state.numbers].map(([book, number]) => ({ book, lines: number }));
    for (const member of list) {
      const before = this.state.membership.present.get(member.name);
      if (before?.isLive === true && before.caughtUp && before.logId === member.logId) continue;
      const nonce = member.logId;
      this.submit({ type: 'participant-heard', member, nonce, doubled: false, complete: true, lines });
    }
  }

  receive(message: Message): void {
    switch (message.kind) {
      case 'vote':
      case 'state':
      case 'acknowledgement':
        return this.submit({ type: 'replied', reply: message.reply });
      case 'decision':
        return this.submit({ type: 'decided', transactions: message.transactions });
      case 'divergence':
        return this.submit({ type: 'diverged', book: message.book });
      case 'fetch-request':
        return this.surroundings.send(this.name, message.from, {
          kind: 'fetched',
          transactions: decidedAmong(this.journal.forced, message.ranges),
        });
      case 'vote-request':
      case 'state-request':
      case 'proposal':
      case 'fetched':
        throw new Error(`a coordinator gets no ${message.kind}`);
    }
  }

  protected step(
    state: CoordinatorState,
    input: CoordinatorInput,
    at: number,
  ): { state: CoordinatorState; effects: readonly Effect[] } {
    return stepCoordinator(state, input, at, this.rules);
  }

  protected perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'confirm-begin':
        for (const result of effect.results)
          if ('begun' in result) this.confirmed.push({ book: result.begun.book, number: result.begun.number });
          else this.refused.push(result.refused);
        return this.submit({
          type: 'begun',
          transactions: effect.results.flatMap((result) => ('begun' in result ? result.begun : [])),
        });
      case 'confirm-leave':
        this.departures.push(effect.verdict);
        return;
      case 'reply':
      case 'write-lines':
      case 'fetch':
      case 'ask-person':
      case 'dismiss-person':
      case 'answer-person':
        throw new Error(`a coordinator does not ${effect.type}`);
      default:
        return this.performCommon(effect);
    }
  }

  protected replay(records: readonly CoordinatorRecord[]): CoordinatorState {
    return replayCoordinator(newCoordinator(this.name), records);
  }

  protected deadlinePassed(wait: Wait['wait'], places: readonly Place[]): CoordinatorInput {
    if (wait === 'vote-request' || wait === 'decision') throw new Error(`a coordinator does not wait for a ${wait}`);
    return { type: 'deadline', wait, places };
  }

  protected answersEnded(ask: Ask): CoordinatorInput {
    return { type: 'ask-ended', ...ask };
  }

  protected restarted(): CoordinatorInput {
    return { type: 'restarted' };
  }
}
