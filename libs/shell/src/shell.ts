// The thin shell around a pure core: one bounded queue, one input at a time, effects performed in the order given.
//
//   input -> step -> records to the journal
//                 -> what leaves the node: held in the outbox until those records are forced, then performed
//
// The shell decides nothing. A journal that cannot be written stops it for good, before anything more is sent.
import type { CommitRecord, Effect } from '@parley/commit';
import { Outbox } from '@parley/commit';
import type { Journal } from '@parley/journal';
import type { Failpoints } from './failpoints.js';

/** What leaves the journal's way: every effect but `append`. */
export type Outgoing = Exclude<Effect, { type: 'append' }>;

export interface ShellWatch<Input> {
  took(input: Input): void;
  appended(record: CommitRecord, position: number): void;
  forced(through: number): void;
  performing(effect: Outgoing): void;
}

export interface ShellOptions<State, Input> {
  readonly state: State;
  /** `at` is ms since the epoch. */
  readonly step: (
    state: State,
    input: Input,
    at: number,
  ) => { readonly state: State; readonly effects: readonly Effect[] };
  readonly journal: Pick<Journal, 'onForced' | 'hasten'>;
  /** Puts a record into the journal and returns its position. */
  readonly append: (record: CommitRecord) => number;
  readonly perform: (effect: Outgoing) => void;
  /** Is told what happens here, for whoever watches. */
  readonly watch?: ShellWatch<Input> | undefined;
  /** Only in a process that was started with --faults. */
  readonly failpoints?: Failpoints | undefined;
  readonly now: () => number;
  /** Most inputs that wait, and most effects that wait for the journal, before the shell calls itself overloaded. */
  readonly limit: number;
}

export class Shell<State, Input> {
  private readonly outbox = new Outbox();
  private readonly inputs: Input[] = [];
  private readonly ready: Outgoing[] = [];
  private state: State;
  private phase: 'idle' | 'working' | 'at-a-failpoint' | 'stopped' = 'idle';

  constructor(private readonly options: ShellOptions<State, Input>) {
    this.state = options.state;
    options.journal.onForced((through) => {
      options.watch?.forced(through);
      this.ready.push(...(this.outbox.forced(through) as Outgoing[]));
      this.work();
    });
  }

  /** Whether new work should be refused until what waits has been done. */
  get overloaded(): boolean {
    return this.inputs.length >= this.options.limit || this.outbox.length >= this.options.limit;
  }

  get current(): State {
    return this.state;
  }

  /** Takes up an input, after those that wait. After `stop` nothing is taken up. */
  submit(input: Input): void {
    this.inputs.push(input);
    this.work();
  }

  /** Nothing more is taken up or sent. */
  stop(): void {
    this.phase = 'stopped';
    this.inputs.length = 0;
    this.ready.length = 0;
  }

  private work(): void {
    if (this.phase !== 'idle') return;
    this.phase = 'working';
    for (;;) {
      if (!this.performReady()) return;
      const input = this.inputs.shift();
      if (input === undefined) break;
      this.options.watch?.took(input);
      const { state, effects } = this.options.step(this.state, input, this.options.now());
      this.state = state;
      const ready = this.outbox.take(effects, (record) => {
        void this.options.failpoints?.at('before', { type: 'append', record, lazy: false })?.();
        const position = this.options.append(record);
        this.options.watch?.appended(record, position);
        return position;
      });
      this.ready.push(...(ready as Outgoing[]));
      if (this.outbox.length > 0) this.options.journal.hasten();
    }
    this.phase = 'idle';
  }

  /** False when something made the shell pause or stop. */
  private performReady(): boolean {
    const { failpoints, perform, watch } = this.options;
    for (let effect = this.ready.shift(); effect !== undefined; effect = this.ready.shift()) {
      void failpoints?.at('before', effect)?.();
      watch?.performing(effect);
      perform(effect);
      if (this.isStopped()) return false;
      const act = failpoints?.at('after', effect);
      if (act) {
        this.phase = 'at-a-failpoint';
        void act().then(() => this.goOn());
        return false;
      }
    }
    return true;
  }

  private isStopped(): boolean {
    return this.phase === 'stopped';
  }

  /** A frozen process has been thawed. */
  private goOn(): void {
    if (this.phase !== 'at-a-failpoint') return;
    this.phase = 'idle';
    this.work();
  }
}
