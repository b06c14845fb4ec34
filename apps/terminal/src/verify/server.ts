// Verification by a running system, over HTTP.
import { readFile } from 'node:fs/promises';
import { participants, problem, routes, verification, type Verification } from '@parley/contracts';
import { CommandFailure } from '../surroundings.js';
import type { BookResult, VerificationResult } from './result.js';

export interface ServerOptions {
  readonly server: string;
  readonly tokenFile: string;
  /** This book only. */
  readonly book: string | undefined;
}

/** How long a system has for one answer, in milliseconds: it asks every participant about twenty times at most. */
const ANSWER_MS = 60_000;

/** @throws CommandFailure when the system does not answer, or refuses */
export async function verifyServer({ server, tokenFile, book }: ServerOptions): Promise<VerificationResult> {
  const token = await tokenIn(tokenFile);
  const ask = (path: string): Promise<unknown> => get(new URL(path, server), token);
  const books = book === undefined ? await booksOf(ask) : [book];
  const results: BookResult[] = [];
  for (const name of books) {
    const query = new URLSearchParams({ book: name });
    results.push(resultOf(understood(verification, await ask(`${routes.verify.path}?${query.toString()}`))));
  }
  return { equal: results.every(({ equal }) => equal), books: results };
}

async function booksOf(ask: (path: string) => Promise<unknown>): Promise<string[]> {
  const { items } = understood(participants, await ask(routes.listParticipants.path));
  return [...new Set(items.flatMap(({ ledgers }) => ledgers.map(({ book }) => book)))].sort();
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

function understood<T>(schema: { safeParse(body: unknown): { data?: T } }, body: unknown): T {
  const { data } = schema.safeParse(body);
  if (data === undefined)
    throw new CommandFailure('the system answers what this version of parley does not understand');
  return data;
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const what = `the operator's token cannot be read: ${(error as Error).message}. Name its file with --token-file`;
    throw new CommandFailure(what, { cause: error });
  }
}

async function get(url: URL, token: string): Promise<unknown> {
  const answer = await answerOf(url, token);
  const { status } = answer;
  let body: unknown;
  try {
    body = await answer.json();
  } catch (error) {
    throw new CommandFailure(`${url.origin} answered ${String(status)} with what is not JSON: is it Parley?`, {
      cause: error,
    });
  }
  if (status === 200) return body;
  const { data } = problem.safeParse(body);
  throw new CommandFailure(
    data ? `${data.title}: ${data.detail}. ${data.remedy}` : `${url.origin} answered ${String(status)}: is it Parley?`,
  );
}

async function answerOf(url: URL, token: string): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    return await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'error', signal });
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new CommandFailure(`${url.origin} does not answer: ${why}`, { cause: error });
  }
}
