// `parley verify`: whether ledgers are equal byte for byte, up to the shortest, and agree with what journals say; from the
// files of nodes, whether they run or not, or asked of a running system.
import { parseArgs } from 'node:util';
import { bookName } from '@parley/contracts';
import { parsed } from '../arguments.js';
import { CommandFailure, type Surroundings } from '../surroundings.js';
import { tokenFileOf } from '../system/operator.js';
import { verifyFolders } from './folders.js';
import { reportText } from './report.js';
import { verifyServer } from './server.js';

export const VERIFY_HELP = `npm run parley -- verify <folder>… [--book NAME] [--json]
npm run parley -- verify --server URL [--token-file FILE] [--book NAME] [--json]

Compares the ledgers of participants byte for byte, up to the shortest, and what their journals and archives say of every
transaction; names the first difference of each book. Nothing is written.

  <folder>           the folder of a participant, or the data folder of a system, such as .parley. The system need not
                     run. If it does, what is written meanwhile may or may not be compared; equal is equal all the same.
  --server URL       asks a running system instead: only ledgers are compared, of the participants that answer
  --token-file FILE  has the operator's token (default PARLEY_TOKEN_FILE, then .parley/operator.token)
  --book NAME        this book only
  --json             the result as JSON

Exit code: 0 equal, 1 different, 2 it could not be compared.
`;

/** Whether all is equal, as an exit code. @throws CommandFailure */
export async function verify(parameters: readonly string[], surroundings: Surroundings): Promise<number> {
  const { folders, server, tokenFile, book, json } = readParameters(parameters);
  const result =
    server === undefined
      ? await verifyFolders(folders, surroundings.folder, book)
      : await verifyServer({ server, tokenFile: tokenFileOf(tokenFile, surroundings), book });
  const isColoured = surroundings.isTerminal && !surroundings.environment['NO_COLOR'];
  surroundings.print(json ? `${JSON.stringify(result, null, 2)}\n` : reportText(result, isColoured));
  return result.equal ? 0 : 1;
}

interface Parameters {
  readonly folders: readonly string[];
  readonly server: string | undefined;
  readonly tokenFile: string | undefined;
  readonly book: string | undefined;
  readonly json: boolean;
}

function readParameters(parameters: readonly string[]): Parameters {
  const { values, positionals } = parse(parameters);
  const { server, book, 'token-file': tokenFile, json = false } = values;
  if (server === undefined && positionals.length === 0) throw refused('name a folder, or a system with --server URL');
  if (server !== undefined && positionals.length > 0) throw refused('name folders or --server URL, not both');
  if (server === undefined && tokenFile !== undefined) throw refused('--token-file goes with --server');
  if (server !== undefined && !/^https?:$/.test(URL.canParse(server) ? new URL(server).protocol : ''))
    throw refused(`--server takes an address such as http://127.0.0.1:7070, not ${JSON.stringify(server)}`);
  if (book !== undefined && !bookName.safeParse(book).success)
    throw refused(`${JSON.stringify(book)} is not the name of a book`);
  return { folders: positionals, server, tokenFile, book, json };
}

const parse = (parameters: readonly string[]) =>
  parsed('verify', () =>
    parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        'token-file': { type: 'string' },
        book: { type: 'string' },
        json: { type: 'boolean' },
      },
    }),
  );

const refused = (what: string): CommandFailure => new CommandFailure(`${what}. See npm run parley -- verify --help`);
