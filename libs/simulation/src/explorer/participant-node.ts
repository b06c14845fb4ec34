// A participant of an exploration, with its ledgers.
import {
  newParticipant,
  replayParticipant,
  stepParticipant,
  type Effect,
  type FetchedFrom,
  type ParticipantInput,
  type ParticipantRecord,
  type ParticipantState,
  type ReplyAnswer,
} from '@parley/commit';
import type { DecidedTransaction, Member, Outcome, Place, ProtocolAnswer } from '@parley/contracts';
import { blindYes } from './blind-votes.js';
import type { Conduct } from './conduct.js';
import type { Fact } from './facts.js';
import { ExploredNode, type Outgoing } from './explored-node.js';
import type { Message } from './message.js';
import type { Action, Company } from './node.js';
import { isPastForReader, isPastForRecoverer } from './past.js';
import { decidedAmong, decisionsOf, valueOf } from './journal.js';
import { tryAgain } from './try-again.js';

export class ParticipantNode extends ExploredNode<ParticipantState, ParticipantInput, ParticipantRecord> {
  private ledgers: ReadonlyMap<string, readonly string[]> = new Map();
  private losses = 0;
  /** The answers to its asks for lines, until the ask is over. */
  private answers: readonly FetchedFrom[] = [];
  /** What was on record in the journals that it has lost. */
  private lost: readonly Fact[] = [];
  /** Every yes that it said to a number while it did not know all lower ones. */
  private blind: readonly Fact[] = [];

  constructor(self: Member, company: Company, conduct: Conduct) {
    super(self.name, newParticipant(self, 'commit'), company, conduct);
  }

  get facts(): readonly Fact[] {
    const decided = [...this.state.books].flatMap(([book, { open }]) =>
      [...open].flatMap(([number, it]): Fact[] =>
        it.decided ? [{ place: { book, number }, what: it.decided.outcome, detail: '' }] : [],
      ),
    );
    const lines = [...this.ledgers].flatMap(([book, texts]) =>
      texts.flatMap((text, index): Fact[] => {
        const place = { book, number: index + 1 };
        return [
          { place, what: 'line', detail: text },
          { place, what: text === '' ? 'aborted' : 'committed', detail: '' },
        ];
      }),
    );
    const yes = this.journal.flatMap((record): Fact[] =>
      record.kind === 'voted-yes' ? [{ place: placeOf(record.begin), what: 'yes', detail: this.name }] : [],
    );
    return [...decided, ...lines, ...yes, ...this.lost, ...this.blind];
  }

  get isEarly(): boolean {
    const open = [...this.state.books.values()].flatMap((book) => [...book.open.values()]);
    return (
      this.state.books.size === 0 || open.some(({ lastAttempt, decided }) => !decided && lastAttempt.counter === 0)
    );
  }

  isPast(message: Message): boolean {
    if (message.kind === 'reply')
      return isPastForRecoverer(this.state.recoverer, message.reply, this.survives, this.conduct.rules);
    // What a crash may take it may need again.
    return !this.isMortal && isPastForReader(this.state, message);
  }

  protected override get more(): string {
    return `${JSON.stringify([...this.ledgers])} ${String(this.losses)} ${JSON.stringify(this.openAnswers)}`;
  }

  protected copy(): this {
    const copy: object = new ParticipantNode(this.state.self, this.company, this.conduct);
    return Object.assign(copy, this);
  }

  protected step(
    state: ParticipantState,
    input: ParticipantInput,
  ): { state: ParticipantState; effects: readonly Effect[] } {
    const step = stepParticipant(state, input, 0, this.conduct.rules);
    for (const effect of step.effects)
      if (effect.type === 'append' && effect.record.kind === 'voted-yes')
        this.blind = [...this.blind, ...blindYes(step.state, effect.record.begin)];
    // How it votes is chosen with each vote request anew.
    return { ...step, state: { ...step.state, vote: 'commit' } };
  }

  protected inputsFor(action: Action): readonly ParticipantInput[] {
    switch (action.type) {
      case 'deliver':
        return this.received(action);
      case 'deadline':
        return action.wait === 'vote-request' || action.wait === 'decision'
          ? [{ type: 'deadline', wait: action.wait, places: [action.place] }]
          : [];
      case 'ask-ended':
        return tryAgain(this.state.recoverer, action.place).slice(0, 1);
      case 'try-again':
        return tryAgain(this.state.recoverer, action.place);
      case 'fetch-ended':
        this.answers = [];
        return [{ type: 'fetch-ended', book: action.book }];
      case 'lose-journal':
        this.loseJournal();
        return [];
      default:
        return [];
    }
  }

  protected perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'reply': {
        const { to, ballot, proposal, answers } = effect;
        const reply = {
          from: this.state.self,
          ballot,
          ...(proposal && { proposal }),
          answers: answers.map((answer) => this.fromLedger(answer)),
        };
        return this.send({ kind: 'reply', reply }, [this.askerOf(to)], '');
      }
      case 'write-lines':
        return this.write(effect.book, effect.first, effect.lines);
      case 'fetch': {
        const { participants, coordinator } = this.company;
        const others = [coordinator, ...participants].filter((name) => name !== this.name);
        return this.send({ kind: 'fetch-request', ranges: effect.ranges }, others);
      }
      default:
        return this.performCommon(effect);
    }
  }

  protected restart(): void {
    const before = this.ledgers;
    this.ledgers = new Map();
    this.answers = [];
    this.state = replayParticipant(
      newParticipant(this.state.self, 'commit'),
      this.journal,
      (book, { first, lines }) => {
        this.writeLines(book, first, lines);
      },
    );
    for (const [book, lines] of before)
      if ((this.ledgers.get(book) ?? []).length < lines.length)
        this.stop(`lines of ${book} that were written are lost`);
    this.submit({ type: 'restarted' });
  }

  protected durable(): unknown {
    const empty = newParticipant(this.state.self, 'commit');
    return [replayParticipant(empty, this.journal, () => undefined), decisionsOf(this.journal)];
  }

  private received({ message, vote = 'commit' }: Extract<Action, { type: 'deliver' }>): readonly ParticipantInput[] {
    const reply = this.handleOf(message.from);
    switch (message.kind) {
      case 'vote-request':
        this.state = { ...this.state, vote };
        return [{ ...message.request, reply }];
      case 'state-request':
      case 'proposal':
        return [{ ...message.request, reply }];
      case 'reply':
        return [{ type: 'replied', reply: message.reply }];
      case 'decision':
        return [{ type: 'decided', transactions: message.transactions }];
      case 'fetched':
        return [this.lines(message.from, message.transactions)];
      case 'recorded':
        return [{ type: 'peer-recorded', book: message.book, lines: message.lines }];
      case 'fetch-request': {
        const transactions = this.conduct.tells(decidedAmong(this.journal, message.ranges), this.name);
        if (transactions.length > 0) this.send({ kind: 'fetched', transactions }, [message.from]);
        return [];
      }
    }
  }

  /** Answers to its asks for lines that are not decided here. */
  private get openAnswers(): readonly FetchedFrom[] {
    const isOpen = ({ transaction: { book, number } }: FetchedFrom['lines'][number]): boolean => {
      const { written = 0, open } = this.state.books.get(book) ?? {};
      return number > written && !open?.get(number)?.decided;
    };
    return this.answers
      .map((answer) => ({ ...answer, lines: answer.lines.filter(isOpen) }))
      .filter(({ lines }) => lines.length > 0)
      .sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  /** What has come so far is judged together, as what comes until the end of the ask is in production. */
  private lines(from: string, transactions: readonly DecidedTransaction[]): ParticipantInput {
    const told = { from, lines: transactions.map((transaction) => ({ transaction, link: null })), marks: [] };
    this.answers = [...this.openAnswers.filter((it) => it.from !== from), told];
    return { type: 'fetched', coordinator: this.company.coordinator, replies: this.answers };
  }

  /** The folder is gone: what starts in its place is another member, whatever it is called. */
  private loseJournal(): void {
    this.losses += 1;
    this.lost = this.facts.filter(({ what }) => what === 'yes');
    const logId = this.conduct.logIdAfterLoss(this.losses, this.name);
    this.state = newParticipant({ name: this.name, logId }, 'commit');
    this.journal = [];
    this.ledgers = new Map();
    this.answers = [];
    this.dropUnforced();
  }

  private fromLedger(answer: ReplyAnswer): ProtocolAnswer {
    if (answer.answer !== 'recorded') return answer;
    const { book, number } = answer;
    const text = this.ledgers.get(book)?.[number - 1];
    if (text === undefined) this.stop(`line ${String(number)} of ${book} is to be answered from and is not there`);
    return { book, number, answer: 'decided', state: text === '' ? 'aborted' : 'committed' };
  }

  private write(book: string, first: number, lines: readonly { readonly outcome: Outcome }[]): void {
    this.writeLines(book, first, lines);
    const { length } = this.ledgers.get(book) ?? [];
    for (const name of this.company.participants)
      if (name !== this.name) this.send({ kind: 'recorded', book, lines: length }, [name], '');
  }

  private writeLines(book: string, first: number, lines: readonly { readonly outcome: Outcome }[]): void {
    const texts = [...(this.ledgers.get(book) ?? [])];
    lines.forEach(({ outcome }, index) => {
      const number = first + index;
      const text = outcome === 'committed' ? valueOf(this.journal, { book, number }) : '';
      if (texts.push(text ?? '') !== number) this.stop(`line ${String(number)} of ${book} is written out of order`);
      if (text === undefined) this.stop(`line ${String(number)} of ${book} is written without its string`);
    });
    this.ledgers = new Map(this.ledgers).set(book, texts);
  }
}

const placeOf = ({ book, number }: Place): Place => ({ book, number });
