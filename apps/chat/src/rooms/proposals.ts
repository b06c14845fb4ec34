// What was proposed in a room, as far as the room was told. Pure.
//
// Transactions of a room's book are its numbers, 1, 2, 3 …, so what was told is remembered as a number up to which all is told
// to its end, and what is open or told beyond it. That is what makes each thing told once, whoever comes to tell it, and how
// often: by the state of the record, and an append that fails where it has changed (record.ts).
import type { RoomEvent, RoomOutline } from '@parley/contracts';

type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;

interface OpenProposal {
  /** Participants whose seats' holders are asked, as long as they have not voted. */
  readonly awaited: Set<string>;
}

export class RoomProposals {
  private readonly open = new Map<number, OpenProposal>();
  private readonly decidedBeyond = new Set<number>();
  private decidedTo = 0;

  /** The first number that was not told of, or not to its end. */
  get next(): number {
    return this.decidedTo + 1;
  }

  isTold(number: number): boolean {
    return this.open.has(number) || this.isDecided(number);
  }

  isDecided(number: number): boolean {
    return number <= this.decidedTo || this.decidedBeyond.has(number);
  }

  /** Whether this participant's vote is one that the room waits for. */
  awaits(number: number, participant: string): boolean {
    return this.open.get(number)?.awaited.has(participant) ?? false;
  }

  /** The first numbers, up to this one, of which the room lacks something. */
  lacking(highest: number, most: number): number[] {
    const numbers: number[] = [];
    for (let number = this.next; number <= highest && numbers.length < most; number += 1)
      if (!this.isDecided(number)) numbers.push(number);
    return numbers;
  }

  /** How many were proposed and are not decided, as far as was told. */
  get openCount(): number {
    return this.open.size;
  }

  proposed({ line, asked }: Of<'proposed'>): void {
    this.open.set(line, { awaited: new Set(asked.map(({ participant }) => participant)) });
  }

  voted({ line, participant }: Of<'voted'>): void {
    this.open.get(line)?.awaited.delete(participant);
  }

  decided({ line }: Of<'decided'>): void {
    this.open.delete(line);
    this.decidedBeyond.add(line);
    while (this.decidedBeyond.delete(this.decidedTo + 1)) this.decidedTo += 1;
  }

  /** In the form in which it is kept. */
  kept(): RoomOutline['proposals'] {
    const open = [...this.open].map(([line, { awaited }]) => ({ line, awaited: [...awaited] }));
    return { decidedTo: this.decidedTo, decidedBeyond: [...this.decidedBeyond], open };
  }

  static from({ decidedTo, decidedBeyond, open }: RoomOutline['proposals']): RoomProposals {
    const proposals = new RoomProposals();
    proposals.decidedTo = decidedTo;
    for (const line of decidedBeyond) proposals.decidedBeyond.add(line);
    for (const { line, awaited } of open) proposals.open.set(line, { awaited: new Set(awaited) });
    return proposals;
  }
}
