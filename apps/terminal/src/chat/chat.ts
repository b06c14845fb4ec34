// `parley chat`: signs in, connects, and converses until the person leaves or the lines of a pipe are at their end.
import { parseArgs } from 'node:util';
import {
  ChatConnection,
  HttpClient,
  MisunderstoodAnswer,
  ProblemAnswer,
  ServerUnreachable,
  type Told,
} from '@parley/client';
import { openLine } from '@parley/client/node';
import { roomName } from '@parley/contracts';
import { plain } from '../plain.js';
import { parsed, serverAddress } from '../arguments.js';
import { CommandFailure, type Surroundings } from '../surroundings.js';
import { Console } from './console.js';
import { Conversation, type Done } from './conversation.js';
import { CONVERSATION_HELP } from './help.js';
import { intentOf } from './intent.js';
import { Reporter } from './reporter.js';
import { NOT_IN, signIn, type Identity } from './sign-in.js';

export const CHAT_HELP = `npm run parley -- chat --server URL [--server URL]… [--name NAME] [--room ROOM] [options]

Takes part in the chat. A person is asked for what is missing; in a pipe each line of the input is taken like a typed one, in
order, and at the end of the input it leaves.

  --server URL          a gateway; with several, the next one is taken when one is lost
  --name NAME           who you are
  --room ROOM           comes into this room
  --create              makes the room if there is none; needs an account
  --guest               without a password, under a name that is free
  --register            signs up first: the name and the password are yours from then on
  --password-file FILE  has the password in its first line; /dev/fd/3 takes it from file descriptor 3
  --json                what is told as JSON, one document per line; what it means: docs/terminal.md
  -v, --verbose         shows requests and answers as they are on the wire, without secrets

${CONVERSATION_HELP}

Colours stay away when NO_COLOR is set.
Exit code: 0 left, 1 could not come in or was let go, 2 the command line is wrong, 3 of a pipe: a line was refused.
`;

/** A line of a pipe was refused. */
const REFUSED = 3;

/** How long saying goodbye may take, in milliseconds. */
const GOODBYE_MS = 5_000;

/** How often the time that is left for a vote is shown anew, in milliseconds. */
const COUNTDOWN_MS = 1_000;

/** Resolves with the exit code. @throws CommandFailure */
export async function chat(parameters: readonly string[], surroundings: Surroundings): Promise<number> {
  const options = readOptions(parameters);
  const console = new Console(surroundings.streams);
  const isColoured = console.isPerson && !surroundings.environment['NO_COLOR'];
  const reporter = new Reporter(console, { isJson: options.isJson, isColoured }, surroundings.complain);
  const wire = options.isVerbose ? reporter.wire.bind(reporter) : undefined;
  try {
    const nobody = await answering(options.servers.map((server) => new HttpClient({ server, wire })));
    const { http } = await signIn(nobody, options.identity, console, surroundings.folder);
    return await converse({ options, console, reporter, http, wire, whenAskedToEnd: surroundings.whenAskedToEnd });
  } catch (error) {
    if (!(error instanceof ProblemAnswer || error instanceof ServerUnreachable || error instanceof MisunderstoodAnswer))
      throw error;
    throw new CommandFailure(plain(error.message), { cause: error, exitCode: NOT_IN });
  } finally {
    console.close();
  }
}

/** The first of the servers that answers. @throws ServerUnreachable of the last one */
async function answering(clients: readonly HttpClient[]): Promise<HttpClient> {
  let failure: unknown;
  for (const client of clients) {
    try {
      await client.ask('live');
      return client;
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error;
      failure = error;
    }
  }
  throw failure;
}

interface Parts {
  readonly options: Options;
  readonly console: Console;
  readonly reporter: Reporter;
  readonly http: HttpClient;
  readonly wire: ConstructorParameters<typeof HttpClient>[0]['wire'];
  readonly whenAskedToEnd: Surroundings['whenAskedToEnd'];
}

async function converse({ options, console, reporter, http, wire, whenAskedToEnd }: Parts): Promise<number> {
  const { servers, room, isToBeMade } = options;
  const [first = http.server, ...others] = servers;
  let end: ((why: 'let go' | 'asked') => void) | undefined;
  const ended = new Promise<'let go' | 'asked'>((resolve) => (end = resolve));
  const hear = (told: Told): void => {
    conversation.hear(told);
    if (told.type === 'ended') end?.('let go');
  };
  const connection = new ChatConnection({ servers: [first, ...others], http, open: openLine, hear, wire });
  const conversation = new Conversation({ connection, http, servers, reporter });
  let shown = conversation.prompt;
  const countdown = setInterval(() => {
    if (conversation.prompt === shown) return;
    shown = conversation.prompt;
    console.prompt(shown);
  }, COUNTDOWN_MS);
  const beforeGoodbye = whenAskedToEnd(() => end?.('asked'));
  connection.start();
  try {
    const came = room === undefined ? 'done' : await Promise.race([conversation.enter(room, isToBeMade), ended]);
    if (came === 'asked') return 0;
    if (came === 'let go' || (came === 'refused' && !console.isPerson)) return NOT_IN;
    const how = await Promise.race([lines(console, conversation), ended]);
    if (how === 'let go') return NOT_IN;
    return how === 'refused' ? REFUSED : 0;
  } finally {
    beforeGoodbye();
    clearInterval(countdown);
    console.close();
    await Promise.race([conversation.leave(), afterMs(GOODBYE_MS)]);
    connection.stop();
  }
}

/** Takes lines until there are no more; resolves with whether one of a pipe was refused. */
async function lines(console: Console, conversation: Conversation): Promise<Done> {
  let whole: Done = 'done';
  for (;;) {
    const line = await console.read(conversation.prompt);
    if (line === undefined) return whole;
    if (intentOf(line).type === 'disconnect') return whole;
    const taken = conversation.take(line);
    // A person goes on typing while there is no connection; the lines of a pipe wait for each other.
    if (!console.isPerson && (await taken) === 'refused') whole = 'refused';
  }
}

const afterMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

interface Options {
  readonly servers: readonly string[];
  readonly identity: Identity;
  readonly room: string | undefined;
  readonly isToBeMade: boolean;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
}

const COMMAND = 'chat';

function readOptions(parameters: readonly string[]): Options {
  const { values } = parsed(COMMAND, () =>
    parseArgs({
      args: [...parameters],
      options: {
        server: { type: 'string', multiple: true },
        name: { type: 'string' },
        room: { type: 'string' },
        create: { type: 'boolean', default: false },
        guest: { type: 'boolean', default: false },
        register: { type: 'boolean', default: false },
        'password-file': { type: 'string' },
        password: { type: 'string' },
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', short: 'v', default: false },
      },
    }),
  );
  const refused = (what: string): CommandFailure =>
    new CommandFailure(`${what}. See npm run parley -- ${COMMAND} --help`);
  if (values.password !== undefined)
    throw refused(
      'a password on a command line can be read by everybody on this machine. Leave it out and it is asked for, or name a file that has it with --password-file; change this one if it was real',
    );
  if (values.guest && (values.register || values['password-file'] !== undefined))
    throw refused('a guest has no password: leave out --guest, or the other');
  const room = values.room;
  if (room !== undefined && !roomName.safeParse(room).success)
    throw refused(`${JSON.stringify(room)} is not the name of a room`);
  if (room === undefined && values.create) throw refused('--create goes with --room');
  return {
    servers:
      (values.server ?? []).length === 0
        ? [serverAddress(undefined, COMMAND)]
        : (values.server ?? []).map((server) => serverAddress(server, COMMAND)),
    identity: {
      name: values.name,
      isGuest: values.guest,
      isNew: values.register,
      passwordFile: values['password-file'],
    },
    room,
    isToBeMade: values.create,
    isJson: values.json,
    isVerbose: values.verbose,
  };
}
