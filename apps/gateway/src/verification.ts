// Compares the ledgers of a book at all participants that answer, without reading them.
import { namedParticipantOperations, type Verification } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import { now } from './clock.js';
import { ProblemError } from './http/problem.js';
import { compareLedgers, type ComparedLedger } from './ledger-comparison.js';
import type { Ledgers } from './ledgers.js';
import { answerOf } from './participant-problems.js';
import type { Presence } from './presence.js';

/** How long a participant has to tell a digest, in milliseconds. */
const DIGEST_MS = 5_000;

/** A participant stopped answering while its ledger was compared. */
class LostOnTheWay extends Error {
  constructor(
    readonly participant: string,
    cause: unknown,
  ) {
    super(`${participant} stopped answering`, { cause });
  }
}

export class Verifier {
  constructor(
    private readonly bus: Pick<Bus, 'requestNode'>,
    private readonly presence: Pick<Presence, 'participants' | 'isKnown'>,
    private readonly ledgers: Pick<Ledgers, 'line'>,
  ) {}

  /** @throws ProblemError `participant-unreachable` when no participant answers */
  async verify(book: string, trace: string): Promise<Verification> {
    // Who has left is missed by nobody.
    const everyone = this.presence.participants(now()).filter(({ registered, live }) => registered || live);
    const live = everyone.filter((participant) => participant.live);
    const opened = await Promise.all(live.map(({ id }) => this.open(id, book, trace)));
    let ledgers = opened.filter((ledger) => ledger !== undefined);
    while (ledgers.length > 0) {
      try {
        const { lines, digests, firstDifference } = await compareLedgers(ledgers);
        const compared = new Set(ledgers.map(({ participant }) => participant));
        return {
          book,
          equal: firstDifference === null,
          lines,
          ledgers: ledgers.map((ledger, index) => ({
            participant: ledger.participant,
            lines: ledger.lines,
            digest: digests[index] ?? null,
          })),
          missing: everyone.map(({ id }) => id).filter((id) => !compared.has(id)),
          firstDifference: firstDifference && { ...firstDifference, texts: [...firstDifference.texts] },
        };
      } catch (error) {
        if (!(error instanceof LostOnTheWay)) throw error;
        ledgers = ledgers.filter(({ participant }) => participant !== error.participant);
      }
    }
    throw new ProblemError('participant-unreachable', 'no participant tells the digest of its ledger');
  }

  /** The participant's ledger of the book, or undefined when the participant does not answer. */
  private async open(participant: string, book: string, trace: string): Promise<ComparedLedger | undefined> {
    try {
      const { lines } = await this.ask(participant, { book, line: 0 }, trace);
      return {
        participant,
        lines,
        digest: async (line) => {
          const { digest } = await this.ask(participant, { book, line }, trace);
          if (digest === null) throw new Error(`the ledger ${book} of ${participant} has become shorter than ${line}`);
          return digest;
        },
        text: (line) => orLost(participant, this.textOf(participant, book, line, trace)),
      };
    } catch (error) {
      if (error instanceof LostOnTheWay) return undefined;
      throw error;
    }
  }

  private async textOf(participant: string, book: string, line: number, trace: string): Promise<string> {
    const text = await this.ledgers.line({ participant, book }, line, trace);
    if (text === undefined) throw new Error(`the ledger ${book} of ${participant} has become shorter than ${line}`);
    return text;
  }

  private ask(
    participant: string,
    request: { book: string; line: number },
    trace: string,
  ): Promise<{ lines: number; digest: string | null }> {
    const { digest } = namedParticipantOperations;
    const answer = this.bus.requestNode(digest, participant, request, { timeoutMs: DIGEST_MS, trace });
    return orLost(participant, answerOf(participant, answer, this.presence));
  }
}

async function orLost<T>(participant: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'participant-unreachable') {
      throw new LostOnTheWay(participant, error);
    }
    throw error;
  }
}
