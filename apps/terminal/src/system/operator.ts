// Requests to a running system with a token from a file: the operator's, or that of somebody's session.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HttpClient, MisunderstoodAnswer, ProblemAnswer, ServerUnreachable } from '@parley/client';
import { plain } from '../plain.js';
import { NO_SERVER } from '../arguments.js';
import { CommandFailure, type Surroundings } from '../surroundings.js';

/** Where the token is when `--token-file` does not say. */
export function tokenFileOf(given: string | undefined, { folder, environment }: Surroundings): string {
  const data = environment['PARLEY_DATA'] || '.parley';
  return resolve(folder, given ?? (environment['PARLEY_TOKEN_FILE'] || resolve(folder, data, 'operator.token')));
}

/**
 * Runs requests; what fails is said as a person understands it.
 *
 * @param unreachable exit code when nothing answers
 * @throws CommandFailure
 */
export async function withServer<T>(
  server: string,
  tokenFile: string,
  ask: (http: HttpClient) => Promise<T>,
  unreachable = NO_SERVER,
): Promise<T> {
  const http = new HttpClient({ server, token: await tokenIn(tokenFile) });
  try {
    return await ask(http);
  } catch (error) {
    if (!(error instanceof ProblemAnswer || error instanceof ServerUnreachable || error instanceof MisunderstoodAnswer))
      throw error;
    const exitCode = error instanceof ServerUnreachable ? { exitCode: unreachable } : {};
    throw new CommandFailure(plain(error.message), { cause: error, ...exitCode });
  }
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const what = `the token cannot be read: ${(error as Error).message}. Name its file with --token-file`;
    throw new CommandFailure(what, { cause: error });
  }
}
