// Command lines, as node:util parses them, and what is said about one that is wrong.
import { CommandFailure } from './surroundings.js';

/** Exit code of a command that has no server to talk to. */
export const NO_SERVER = 1;

/** @throws CommandFailure instead of what `parseArgs` throws */
export function parsed<T>(command: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // Node's first sentence names the argument; the rest explains its own syntax.
    throw new CommandFailure(`${message.replace(/\.( .*)?$/s, '')}. See npm run parley -- ${command} --help`);
  }
}

/** An address that a server can have. @throws CommandFailure */
export function serverAddress(given: string | undefined, command: string): string {
  const see = `See npm run parley -- ${command} --help`;
  if (given === undefined)
    throw new CommandFailure(`say which system: --server http://127.0.0.1:7070. ${see}`, { exitCode: NO_SERVER });
  if (!/^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : ''))
    throw new CommandFailure(
      `--server takes an address such as http://127.0.0.1:7070, not ${JSON.stringify(given)}. ${see}`,
      { exitCode: NO_SERVER },
    );
  return new URL(given).origin;
}
