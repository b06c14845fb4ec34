// What this participant asks of whoever holds its seat, and who waits for an answer. It keeps what the core has asked for
// until the core takes it back; it decides nothing.
import type { ParticipantInput } from '@parley/commit';
import { transactionId, type Begin, type PersonalAnswer, type PersonRequest, type Place } from '@parley/contracts';
import { Askers, type Outgoing } from '@parley/shell';

type Of<Type extends Outgoing['type']> = Extract<Outgoing, { type: Type }>;

interface Asked {
  readonly kind: 'vote' | 'acknowledgement';
  readonly begin: Begin;
  readonly deadline: number;
}

export class People {
  private readonly asked = new Map<string, Asked>();
  private readonly askers = new Askers<PersonalAnswer>();
  private isChanged = false;

  /** @param changed what is asked has changed; told once for all that changes in one turn of the event loop */
  constructor(private readonly changed: () => void) {}

  /** Open requests, the most urgent first. */
  get requests(): PersonRequest[] {
    return [...this.asked.values()]
      .map(({ kind, begin: { book, number, value, proposer }, deadline }) => ({
        kind,
        book,
        number,
        value,
        proposer,
        deadline,
      }))
      .sort((a, b) => a.deadline - b.deadline);
  }

  /** What a person is asked about; a vote that is not given yet stands in no journal. */
  begun(place: Place): Begin | undefined {
    return this.asked.get(transactionId(place))?.begin;
  }

  ask({ kind, deadline }: Of<'ask-person'>, begin: Begin): void {
    this.asked.set(transactionId(begin), { kind, begin, deadline });
    this.tellChange();
  }

  dismiss({ place }: Of<'dismiss-person'>): void {
    if (this.asked.delete(transactionId(place))) this.tellChange();
  }

  /** Gives the core what a person says; resolves with what became of it once that is forced. */
  say(
    place: Place,
    input: (reply: number, begin: Begin | null) => ParticipantInput,
    submit: (input: ParticipantInput) => void,
  ): Promise<PersonalAnswer> {
    return this.askers.wait((reply) => submit(input(reply, this.begun(place) ?? null)));
  }

  private tellChange(): void {
    if (this.isChanged) return;
    this.isChanged = true;
    setImmediate(() => {
      this.isChanged = false;
      this.changed();
    });
  }

  answer({ to, answer }: Of<'answer-person'>): void {
    this.askers.answer(to, answer);
  }
}
