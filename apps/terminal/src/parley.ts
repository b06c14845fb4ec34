// The commands of `parley`, and what is said about a command line that is none.
import { CHAT_HELP, chat } from './chat/chat.js';
import { CommandFailure, type Surroundings } from './surroundings.js';
import { TX_HELP, tx } from './system/tx.js';
import { VOTE_HELP, vote } from './system/vote.js';
import { VERIFY_HELP, verify } from './verify/verify.js';

type Command = (parameters: readonly string[], surroundings: Surroundings) => Promise<number>;

const commands: Readonly<Record<string, { readonly run: Command; readonly about: string; readonly help: string }>> = {
  chat: { run: chat, about: 'takes part in the chat', help: CHAT_HELP },
  tx: { run: tx, about: 'proposes strings, and says what became of them and why', help: TX_HELP },
  vote: { run: vote, about: 'takes a seat, votes and acknowledges', help: VOTE_HELP },
  verify: { run: verify, about: 'compares ledgers and journals, and names the first difference', help: VERIFY_HELP },
};

const HELP = `npm run parley -- <command> [options]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
  .join('\n')}

  npm run parley -- <command> --help says more.
`;

/** The command could not be carried out, so it has no answer. */
const FAILED = 2;

/** Carries out a command line; resolves with the exit code. */
export async function parley(parameters: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name = '--help', ...rest] = parameters;
  if (name === '--help' || name === '-h' || name === 'help') {
    surroundings.print(HELP);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    surroundings.complain(`parley: there is no command ${JSON.stringify(name)}. See npm run parley -- --help\n`);
    return FAILED;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    surroundings.print(command.help);
    return 0;
  }
  try {
    return await command.run(rest, surroundings);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    surroundings.complain(`parley: ${error.message}\n`);
    return error.exitCode;
  }
}
