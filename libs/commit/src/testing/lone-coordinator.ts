// A coordinator with its journal, and participants that are what it is told of them.
import {
  newCoordinator,
  replayCoordinator,
  type CoordinatorInput,
  type CoordinatorState,
  type CoordinatorStep,
} from '../coordinator-state.js';
import { stepCoordinator } from '../coordinator.js';
import type { Effect } from '../effects.js';
import type { CoordinatorRecord } from '../records.js';

const WAITS = { voteRequestMs: 1000, voteMs: 1000, acknowledgementMs: 1000, decisionMs: 1000 };

export class LoneCoordinator {
  state: CoordinatorState;
  readonly journal: CoordinatorRecord[] = [];
  effects: readonly Effect[] = [];

  constructor(private readonly minParticipants = 2) {
    this.state = newCoordinator('coordinator', minParticipants);
  }

  give(input: CoordinatorInput): CoordinatorStep {
    const step = stepCoordinator(this.state, input, 0);
    for (const effect of step.effects)
      if (effect.type === 'append') this.journal.push(effect.record as CoordinatorRecord);
    ({ state: this.state, effects: this.effects } = step);
    return step;
  }

  restart(): void {
    this.state = replayCoordinator(newCoordinator('coordinator', this.minParticipants), this.journal);
  }

  hear(
    name: string,
    { journal = name, life = '1', lines = this.decided, complete = true, doubled = false } = {},
  ): void {
    const member = { name, logId: journal };
    const held = [{ book: 'main', lines }];
    this.give({ type: 'participant-heard', member, nonce: `${journal}/${life}`, doubled, complete, lines: held });
  }

  silence(name: string, journal = name): void {
    this.give({ type: 'participant-silent', member: { name, logId: journal } });
  }

  /** The list of a transaction that begins now; or why none does. */
  propose(): string[] | string {
    const proposal = {
      book: 'main',
      value: 'x',
      digest: 'd',
      timeouts: {},
      proposer: 'p',
      correlation: '',
      createdAt: 0,
    };
    const standard = { automatic: WAITS, manual: WAITS };
    this.give({ type: 'proposed', reply: 1, proposals: [proposal], standard });
    const result = this.effects.flatMap((effect) => (effect.type === 'confirm-begin' ? effect.results : []))[0]!;
    if ('refused' in result) return `${result.refused}: ${result.detail}`;
    return result.list.map(({ name, logId }) => (name === logId ? name : `${name}/${logId}`));
  }

  /** Somebody has decided the oldest transaction that is open. */
  decide(): void {
    const [first] = this.state.open.values();
    if (first === undefined) throw new Error('nothing is open');
    const decision = {
      outcome: 'committed' as const,
      rule: 'recovery-quorum-pre-commit' as const,
      decidedBy: 'a',
      ballot: { counter: 7, node: 'a' },
      quorum: 2,
      votes: {},
      states: {},
      acknowledgements: [],
      decidedAt: 0,
    };
    this.give({ type: 'decided', transactions: [{ subject: first, decision }] });
  }

  leave(name: string) {
    this.give({ type: 'leave-asked', reply: 1, name });
    const [verdict] = this.effects.flatMap((effect) => (effect.type === 'confirm-leave' ? [effect.verdict] : []));
    return verdict!;
  }

  get registered(): string[] {
    return [...this.state.membership.registered.values()].map(({ member }) => `${member.name}/${member.logId}`);
  }

  get gone(): string[] {
    return this.state.membership.gone.map(({ member }) => `${member.name}/${member.logId}`);
  }

  private get decided(): number {
    const [first] = this.state.open.values();
    return first ? first.number - 1 : (this.state.numbers.get('main') ?? 0);
  }
}
