// The coordinator of an exploration.
import {
  newCoordinator,
  replayCoordinator,
  stepCoordinator,
  type CoordinatorInput,
  type CoordinatorRecord,
  type CoordinatorState,
  type Effect,
} from '@parley/commit';
import type { Member, ProtocolName } from '@parley/contracts';
import type { Conduct } from './conduct.js';
import type { Fact } from './facts.js';
import { decidedAmong, decisionsOf } from './journal.js';
import { ExploredNode, type Outgoing } from './explored-node.js';
import type { Message } from './message.js';
import type { Action, Company } from './node.js';
import { isPastForCoordinator } from './past.js';
import { proposalOf, standard } from './proposal.js';
import { tryAgain } from './try-again.js';

/** A transaction that will be proposed: to whom, and with which string. */
export interface Proposed {
  readonly list: readonly Member[];
  readonly value: string;
  readonly protocol: ProtocolName;
}

export const BOOK = 'main';

export class CoordinatorNode extends ExploredNode<CoordinatorState, CoordinatorInput, CoordinatorRecord> {
  constructor(
    company: Company,
    conduct: Conduct,
    private readonly proposed: readonly Proposed[],
  ) {
    super(company.coordinator, newCoordinator(company.coordinator), company, conduct);
  }

  /** What it knows it tells at once; see `factsOf`. */
  get facts(): readonly Fact[] {
    return [];
  }

  get isEarly(): boolean {
    const open = [...this.state.open.values()];
    return this.state.numbers.size === 0 || open.some(({ phase }) => phase === 'beginning' || phase === 'voting');
  }

  isPast(message: Message): boolean {
    return (
      message.kind === 'reply' && isPastForCoordinator(this.state, message.reply, this.survives, this.conduct.rules)
    );
  }

  protected copy(): this {
    const copy: object = new CoordinatorNode(this.company, this.conduct, this.proposed);
    return Object.assign(copy, this);
  }

  protected step(
    state: CoordinatorState,
    input: CoordinatorInput,
  ): { state: CoordinatorState; effects: readonly Effect[] } {
    if (input.type !== 'proposed') return stepCoordinator(state, input, 0, this.conduct.rules);
    const asked = this.proposed.find(({ value }) => value === input.proposals[0]?.value);
    const begun = stepCoordinator(whereTheseAreThere(state, asked?.list ?? []), input, 0, this.conduct.rules);
    return { state: { ...begun.state, membership: state.membership }, effects: begun.effects };
  }

  protected inputsFor(action: Action): readonly CoordinatorInput[] {
    switch (action.type) {
      case 'propose': {
        const proposed = this.proposed[action.transaction];
        if (proposed === undefined) return [];
        const { value, protocol } = proposed;
        return [{ type: 'proposed', reply: 0, proposals: [proposalOf(BOOK, value, protocol)], standard }];
      }
      case 'deliver':
        return this.received(action);
      case 'deadline':
        return action.wait === 'votes' || action.wait === 'acknowledgements'
          ? [{ type: 'deadline', wait: action.wait, places: [action.place] }]
          : [];
      case 'ask-ended':
        return tryAgain(this.state.recoverer, action.place).slice(0, 1);
      case 'try-again':
        return tryAgain(this.state.recoverer, action.place);
      default:
        return [];
    }
  }

  protected perform(effect: Outgoing): void {
    if (effect.type === 'confirm-begin')
      this.submit({ type: 'begun', transactions: effect.results.flatMap((it) => ('begun' in it ? [it.begun] : [])) });
    else this.performCommon(effect);
  }

  protected restart(): void {
    const replayed = replayCoordinator(newCoordinator(this.name), this.journal);
    const begun = this.journal.flatMap((record) => (record.kind === 'begun' ? [record.begin] : []));
    const { state, input } = this.conduct.resume(replayed, begun);
    this.state = state;
    this.submit(input);
  }

  protected durable(): unknown {
    const { numbers, books, open, recoverer } = replayCoordinator(newCoordinator(this.name), this.journal);
    return [numbers, books, open, recoverer, decisionsOf(this.journal)];
  }

  private received({ message }: Extract<Action, { type: 'deliver' }>): readonly CoordinatorInput[] {
    switch (message.kind) {
      case 'reply':
        return [{ type: 'replied', reply: message.reply }];
      case 'decision':
        return [{ type: 'decided', transactions: message.transactions }];
      case 'fetch-request': {
        const transactions = decidedAmong(this.journal, message.ranges);
        if (transactions.length > 0) this.send({ kind: 'fetched', transactions }, [message.from]);
        return [];
      }
      default:
        throw new Error(`a coordinator gets no ${message.kind}`);
    }
  }
}

/** A list is made of those who are there. Who that is belongs to the exploration's setup, not to its states. */
function whereTheseAreThere(state: CoordinatorState, list: readonly Member[]): CoordinatorState {
  const lines = [...state.numbers].map(([book, number]) => ({ book, lines: number }));
  return list.reduce((heard, member) => {
    const alive = { type: 'participant-heard' as const, member, nonce: '', doubled: false, complete: true, lines };
    return stepCoordinator(heard, alive, 0).state;
  }, state);
}
