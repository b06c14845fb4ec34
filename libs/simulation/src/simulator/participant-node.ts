// A participant of the simulation: its core, its ledgers, and its answers to the others.
import {
  newParticipant,
  numbersGiven,
  participantSnapshot,
  replayParticipant,
  stepParticipant,
  type CommitRecord,
  type Effect,
  type ParticipantInput,
  type ParticipantRecord,
  type ParticipantState,
  type ReplyAnswer,
} from '@parley/commit';
import type { Begin, DecidedTransaction, Member, Place, ProtocolAnswer, ProtocolReply } from '@parley/contracts';
import { Violation, idOf } from './history.js';
import { SimulatedNode, type CommonInput } from './node.js';
import { digestOf } from './digests.js';
import { diskOf } from './disk-of-node.js';
import { Fetching } from './fetching.js';
import { LedgerFiles } from './ledger-files.js';
import { linesToTell } from './line-answers.js';
import type { Alive, Hearer, Of, Outgoing, Request, Surroundings, ToldLines } from './surroundings.js';

type Wait = 'vote-request' | 'decision' | 'retry';

export class SimulatedParticipant extends SimulatedNode<ParticipantState, ParticipantInput, Wait> implements Hearer {
  private files: LedgerFiles;
  /** How many lines of each book were written when it ran last. */
  private shown: ReadonlyMap<string, number> = new Map();
  /** What it tells of its lines is not what was decided. */
  isBroken: 'text' | 'digests' | null = null;
  private readonly replies = new Map<number, (reply: ProtocolReply) => void>();
  private readonly fetching: Fetching;
  /** What a person is asked about, by transaction id: a vote that is not given yet stands in no journal. */
  private readonly people = new Map<string, Begin>();
  private lastReply = 0;

  constructor(
    self: Member,
    world: Surroundings,
    /** How it votes from its next start on. */
    public vote: 'commit' | 'abort',
  ) {
    super(self, world, newParticipant(self, vote));
    this.files = new LedgerFiles(self.name);
    this.fetching = new Fetching(this, world, this.ballots, {
      isDecided: (place) => this.catalogue.decision(place) !== undefined,
      submit: (input) => this.submit(input),
    });
  }

  override crash(): void {
    if (!this.isUp) return;
    super.crash();
    this.shown = this.files.lengths;
    this.files.crash(this.world.random);
    this.replies.clear();
    this.fetching.clear();
    this.people.clear();
  }

  /** Its folder is lost: it is another member from its next start on. */
  loseFolder(logId: string): void {
    this.crash();
    this.self = { name: this.name, logId };
    this.disk = diskOf(this.self, this.world);
    this.files = new LedgerFiles(this.name);
    this.shown = new Map();
  }

  /** An aborted transaction's line is empty. */
  linesOf(book: string): readonly string[] {
    return this.files.linesOf(book);
  }

  // --- what it hears ---

  hearRequest(request: Request, respond: (reply: ProtocolReply) => void): void {
    const reply = (this.lastReply += 1);
    this.replies.set(reply, respond);
    this.submit({ ...request, reply });
  }

  hearAlive({ from, books }: Alive): void {
    this.fetching.hear(from.name);
    for (const { book, lines } of books)
      if (lines > this.linesOf(book).length) this.submit({ type: 'peer-recorded', book, lines });
  }

  hearDivergence(): void {
    // The coordinator's business.
  }

  // --- what its core wants done ---

  protected override begun(place: Place): Begin | undefined {
    return super.begun(place) ?? this.people.get(idOf(place));
  }

  protected step(
    state: ParticipantState,
    input: ParticipantInput | CommonInput,
    at: number,
  ): { state: ParticipantState; effects: readonly Effect[] } {
    return stepParticipant(state, input, at, this.world.variant.rules);
  }

  protected perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'reply':
        return this.reply(effect);
      case 'write-lines':
        return this.writeLines(effect);
      case 'fetch':
        return this.fetching.ask(effect);
      case 'ask-person':
        return this.askPerson(effect);
      case 'dismiss-person':
        return void this.people.delete(idOf(effect.place));
      case 'answer-person':
        return this.world.note(this.name, () => `tells its person: ${JSON.stringify(effect.answer)}`);
      case 'tell-divergence':
        return this.ballots.publish(
          this.world.everybody,
          () => `has seen two decisions of ${idOf(effect.place)}`,
          (node) => node.hearDivergence(effect.place.book),
        );
      case 'name-diverged':
        return this.nameDiverged(effect);
      case 'confirm-begin':
      case 'ask-votes':
      case 'confirm-leave':
      case 'confirm-start':
      case 'attend':
        throw new Error(`a participant does not ${effect.type}`);
      default:
        return this.performCommon(effect);
    }
  }

  /** The ledgers are mended by the journal; what was written once is never taken back. */
  protected replay(records: readonly CommitRecord[]): ParticipantState {
    const written = records.flatMap((it) => (it.kind === 'written' ? [[it.book, it.lines] as const] : []));
    this.files.resume(new Map(written));
    const state = replayParticipant(
      newParticipant(this.self, this.vote),
      records as readonly ParticipantRecord[],
      (book, due) => this.writeLines({ type: 'write-lines', book, ...due }),
    );
    for (const [book, length] of this.shown)
      if (this.linesOf(book).length < length)
        throw new Violation('lines in order', `${this.name} has lost lines of ${book} that it had written`);
    return state;
  }

  protected snapshot(): () => readonly CommitRecord[] {
    const { state } = this;
    const kept = this.catalogue.records;
    return () => {
      for (const [book, { written }] of state.books)
        if (this.linesOf(book).length < written) throw new Error(`${this.name} forgets what is not written of ${book}`);
      return participantSnapshot(state, kept, () => ({ bytes: 0, digest: '' }));
    };
  }

  protected override forceFiles(): void {
    if (!this.world.variant.ledgersUnforced) this.files.force(this.files.lengths);
  }

  protected override archived(place: Place): DecidedTransaction | undefined {
    return this.files.read(place);
  }

  protected waitsFor(wait: Of<'wait'>['wait']): wait is Wait {
    return wait === 'vote-request' || wait === 'decision' || wait === 'retry';
  }

  protected deadline(wait: Wait, places: readonly Place[]): ParticipantInput {
    return { type: 'deadline', wait, places };
  }

  protected get books(): Alive['books'] {
    return numbersGiven(this.state).map((given) => ({ ...given, lines: this.linesOf(given.book).length }));
  }

  protected override get complete(): boolean {
    return [...this.state.books.values()].every(({ fetch }) => fetch === null);
  }

  private reply({ to, ballot, proposal, answers }: Of<'reply'>): void {
    const respond = this.replies.get(to);
    if (respond === undefined) throw new Error(`${this.name} answered a request twice`);
    this.replies.delete(to);
    respond({
      from: this.self,
      ballot,
      ...(proposal && { proposal }),
      answers: answers.map((answer) => this.fromLedger(answer)),
    });
  }

  /** What the ledger has recorded is answered from the ledger. */
  private fromLedger(answer: ReplyAnswer): ProtocolAnswer {
    if (answer.answer !== 'recorded') return answer;
    const { book, number, digest } = answer;
    const line = this.linesOf(book)[number - 1];
    if (line === undefined) throw new Error(`${this.name} has no line ${idOf(answer)} to answer from`);
    if (line !== '' && digest !== null && digest !== digestOf(line)) return { book, number, answer: 'mismatch' };
    return { book, number, answer: 'decided', state: line === '' ? 'aborted' : 'committed' };
  }

  private writeLines({ book, first, lines }: Of<'write-lines'>): void {
    lines.forEach(({ outcome }, index) => {
      const place = { book, number: first + index };
      const text = outcome === 'committed' ? this.catalogue.textOf(place) : '';
      const evidence = this.catalogue.decidedAt(place);
      if (evidence === undefined) throw new Error(`${this.name} writes ${idOf(place)}, which is not decided`);
      const number = this.files.append(book, text, evidence);
      if (number !== place.number)
        throw new Violation('lines in order', `${this.name} writes ${idOf(place)} as line ${String(number)}`);
      this.catalogue.retire(place);
      this.world.note(this.name, () => `writes line ${idOf(place)}: "${text}"`);
      this.world.history.wrote(this.name, place, text);
    });
  }

  /** Whoever holds the seat answers after a while, unless it is dismissed before. */
  private askPerson({ kind, place, begin }: Of<'ask-person'>): void {
    const id = idOf(place);
    const asked = begin ?? this.begun(place);
    if (asked === undefined) throw new Error(`${this.name} asks a person about ${id}, which it does not know`);
    this.people.set(id, asked);
    const { afterMs, vote } = this.world.person();
    this.after(afterMs, () => {
      const known = this.people.get(id);
      if (known === undefined) return;
      if (kind === 'vote') this.submit({ type: 'person-voted', reply: 0, place, vote, begin: known });
      else this.submit({ type: 'person-acknowledged', reply: 0, place });
    });
  }

  protected told(decided: readonly DecidedTransaction[]): Omit<ToldLines, 'from'> {
    if (this.isBroken && decided.some(({ decision }) => decision.outcome === 'committed'))
      this.world.counts.wrongLinesTold += 1;
    return linesToTell(decided, (book) => this.linesOf(book), { node: this.name, isBroken: this.isBroken });
  }

  private nameDiverged({ place, nodes }: Of<'name-diverged'>): void {
    this.world.counts.divergencesNamed += 1;
    this.world.note(this.name, () => `sees that what ${nodes.join(' and ')} tell of ${idOf(place)} was not decided`);
  }
}
