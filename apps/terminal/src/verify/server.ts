// Verification by a running system, over HTTP.
import type { HttpClient } from '@parley/client';
import type { Verification } from '@parley/contracts';
import { withServer } from '../system/operator.js';
import type { BookResult, VerificationResult } from './result.js';

/** Exit code of `verify` when it cannot compare; 1 means that something differs. */
const NOT_COMPARED = 2;

export interface ServerOptions {
  readonly server: string;
  readonly tokenFile: string;
  /** This book only. */
  readonly book: string | undefined;
}

/** @throws CommandFailure when the system does not answer, or refuses */
export async function verifyServer({ server, tokenFile, book }: ServerOptions): Promise<VerificationResult> {
  const compare = async (http: HttpClient): Promise<VerificationResult> => {
    const results: BookResult[] = [];
    for (const name of book === undefined ? await booksOf(http) : [book])
      results.push(resultOf((await http.ask('verify', { query: { book: name } })).body));
    return { equal: results.every(({ equal }) => equal), books: results };
  };
  return withServer(server, tokenFile, compare, NOT_COMPARED);
}

async function booksOf(http: HttpClient): Promise<string[]> {
  const { body } = await http.ask('listParticipants');
  return [...new Set(body.items.flatMap(({ ledgers }) => ledgers.map(({ book }) => book)))].sort();
}

const resultOf = ({ firstDifference, ...rest }: Verification): BookResult => ({
  ...rest,
  ledgers: rest.ledgers.map(({ participant, lines }) => ({ participant, lines })),
  firstDifference: firstDifference && {
    line: firstDifference.line,
    claims: firstDifference.texts.map(({ participant, text }) => ({
      node: participant,
      kind: 'ledger' as const,
      outcome: text === '' ? ('aborted' as const) : ('committed' as const),
      text,
    })),
  },
});
