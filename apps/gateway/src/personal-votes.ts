// What people do for the participants whose seats they hold: vote, acknowledge, and see what they are asked. Whether a
// person may is decided here, by the seat; what becomes of a vote is decided by the participant alone.
import {
  namedParticipantOperations,
  roomOfBook,
  transactionId,
  type NodeOperation,
  type OpenRequest,
  type PersonalAnswer,
  type PersonalReceipt,
  type Place,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { z } from 'zod';
import type { RoomBooks } from './chat/room-books.js';
import { ProblemError } from './http/problem.js';
import { answerOf } from './participant-problems.js';
import type { Presence } from './presence.js';
import { nameOf, type Principal } from './principal.js';
import type { Seats } from './seats.js';
import type { TransactionReads } from './transaction-reads.js';

/** How long a participant has to force a vote and answer, in milliseconds. */
const ANSWER_MS = 5_000;

/** Who does something about which transaction, for which participant. */
export interface Act {
  readonly place: Place;
  readonly participant: string;
  /** Who must hold the seat. */
  readonly by: Principal;
  readonly trace: string;
}

type Vote = z.infer<typeof namedParticipantOperations.castVote.request>['vote'];

export class PersonalVotes {
  constructor(
    private readonly bus: Pick<Bus, 'requestNode'>,
    private readonly seats: Pick<Seats, 'require'>,
    private readonly reads: Pick<TransactionReads, 'find'>,
    private readonly presence: Pick<Presence, 'isKnown'>,
    private readonly rooms: Pick<RoomBooks, 'voted'>,
  ) {}

  /**
   * Resolves once the vote is forced at the participant.
   *
   * @throws ProblemError `seat-required`, `vote-refused`, `participant-unreachable` and others
   */
  async cast(act: Act, vote: Vote): Promise<PersonalReceipt> {
    const { place, participant, by, trace } = act;
    await this.seats.require(participant, by);
    const { castVote } = namedParticipantOperations;
    const request = { ...place, vote, by: nameOf(by) };
    const answer = await this.ask(participant, castVote, request, trace);
    const receipt = await this.receipt(act, answer, 'vote-refused');
    this.rooms.voted(place, participant, { by: nameOf(by), trace });
    return receipt;
  }

  /**
   * Resolves once the participant's acknowledgement is released.
   *
   * @throws ProblemError `seat-required`, `acknowledgement-refused`, `participant-unreachable` and others
   */
  async acknowledge(act: Act): Promise<PersonalReceipt> {
    const { place, participant, by, trace } = act;
    await this.seats.require(participant, by);
    const { acknowledge } = namedParticipantOperations;
    const answer = await this.ask(participant, acknowledge, { ...place, by: nameOf(by) }, trace);
    return this.receipt(act, answer, 'acknowledgement-refused');
  }

  /**
   * What the holder of the participant's seat is asked to do now, the most urgent first.
   *
   * @throws ProblemError `unknown-participant`, `participant-unreachable`
   */
  async requestsFor(participant: string, principal: Principal, trace: string): Promise<OpenRequest[]> {
    if (principal.kind !== 'operator') await this.seats.require(participant, principal);
    return this.requests(participant, trace);
  }

  /**
   * The same, whoever the holder is.
   *
   * @throws ProblemError `unknown-participant`, `participant-unreachable`
   */
  async requests(participant: string, trace: string): Promise<OpenRequest[]> {
    const { requests } = namedParticipantOperations;
    const { items } = await this.ask(participant, requests, {}, trace);
    return items
      .sort((a, b) => a.deadline - b.deadline)
      .map(({ book, number, deadline, ...request }) => ({
        ...request,
        transaction: transactionId({ book, number }),
        participant,
        room: roomOfBook(book),
        deadline: new Date(deadline).toISOString(),
      }));
  }

  private ask<O extends NodeOperation>(
    participant: string,
    operation: O,
    request: z.input<O['request']>,
    trace: string,
  ): Promise<z.output<O['reply']>> {
    const answer = this.bus.requestNode(operation, participant, request, { timeoutMs: ANSWER_MS, trace });
    return answerOf(participant, answer, this.presence);
  }

  private async receipt(
    { place, participant, trace }: Act,
    { taken, reason = 'not-asked', state }: PersonalAnswer,
    refusal: 'vote-refused' | 'acknowledgement-refused',
  ): Promise<PersonalReceipt> {
    const transaction = transactionId(place);
    if (taken && state !== null) return { transaction, participant, state };
    // It may have begun without the participant having heard of it: then it is no mistake in the id.
    if (reason === 'unknown') await this.refuseUnknown(place, trace);
    const is = state === null ? `${transaction} is not known there` : `${transaction} is ${state} there`;
    throw new ProblemError(refusal, `${participant}: ${words[reason]}; ${is}`);
  }

  private async refuseUnknown(place: Place, trace: string): Promise<void> {
    try {
      await this.reads.find(place, trace);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code === 'unknown-transaction') throw error;
    }
  }
}

const words: Readonly<Record<NonNullable<PersonalAnswer['reason']>, string>> = {
  double: 'it was done before, and the first one counts',
  late: 'it comes too late, the transaction is decided',
  superseded: 'a recovery has taken over, which asks processes and not people',
  'not-asked': 'nothing waits for it now',
  automatic: 'people do not vote in this book',
  incomplete: 'the participant lacks lower lines of the book and has voted no',
  unknown: 'the participant has not heard of the transaction',
};
