// The books of rooms: who may propose in them and read them, and that the room is told what becomes of what was proposed. Who
// is in a room only the chat knows; what is true of a transaction it reads for itself.
import {
  MAX_OPEN_PROPOSALS,
  bookOfRoom,
  roomOfBook,
  roomOperations,
  transactionId,
  type Agreement,
  type Operation,
  type Place,
} from '@parley/contracts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { ProblemError } from '../http/problem.js';
import { nameOf, type Principal } from '../principal.js';
import type { Chat } from './chat.js';

export class RoomBooks {
  constructor(
    private readonly chat: Pick<Chat, 'read' | 'askTwice'>,
    private readonly log: Logger,
  ) {}

  /**
   * The book in which a member of the room proposes, and how it is agreed on there. A repetition of what was proposed is refused
   * too while as much waits as can: whether it is one is the coordinator's to tell.
   *
   * @throws ProblemError `unknown-room`, `membership-required`, `too-many-proposals`, `chat-unreachable`
   */
  async forProposal(room: string, principal: Principal, trace: string): Promise<Agreement & { book: string }> {
    const { agreement, open } = await this.agreement(room, principal, trace);
    if (open >= MAX_OPEN_PROPOSALS)
      throw new ProblemError('too-many-proposals', `${String(open)} proposals wait in ${room}`);
    return { ...agreement, book: bookOfRoom(room) };
  }

  private agreement(
    room: string,
    principal: Principal,
    trace: string,
  ): Promise<z.output<typeof roomOperations.agreement.reply>> {
    if (principal.kind === 'operator')
      throw new ProblemError('membership-required', `the operator is no user, and so not in ${room}`);
    return this.chat.read(roomOperations.agreement, { room, user: principal.user }, trace);
  }

  /**
   * Whoever is let read: the operator all books, the members of a room the room's.
   *
   * @throws ProblemError `operator-required`, `unknown-room`, `membership-required`, `chat-unreachable`
   */
  async admitReader(book: string | undefined, principal: Principal, trace: string): Promise<void> {
    if (principal.kind === 'operator') return;
    const room = book === undefined ? null : roomOfBook(book);
    if (room === null) {
      const what = book === undefined ? 'what is in all books' : `the book ${book}`;
      throw new ProblemError('operator-required', `${what} is not for ${nameOf(principal)}, who is not the operator`);
    }
    await this.agreement(room, principal, trace);
  }

  /** Lets the room be told of what has begun. When this fails, or the gateway ends before, the chat finds it by itself. */
  begun(place: Place, trace: string): void {
    this.tell(roomOperations.look, place, { place, trace });
  }

  /** Lets the room be told that somebody has voted. When this fails the vote stands, and the decision names it. */
  voted(place: Place, participant: string, { by, trace }: { by: string; trace: string }): void {
    this.tell(roomOperations.voted, { ...place, participant, by }, { place, trace });
  }

  private tell<O extends Operation>(
    operation: O,
    request: z.input<O['request']>,
    { place, trace }: { place: Place; trace: string },
  ): void {
    if (roomOfBook(place.book) === null) return;
    this.chat.askTwice(operation, request, trace).catch((err: unknown) => {
      const transaction = transactionId(place);
      this.log.warn({ transaction, correlation: trace, err }, 'the room could not be told at once');
    });
  }
}
