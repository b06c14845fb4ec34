// `parley tx`: proposes strings, and says what became of them and why.
import { parseArgs } from 'node:util';
import type { HttpClient } from '@parley/client';
import { bookName, routes, transactionName, voting } from '@parley/contracts';
import { parsed, serverAddress } from '../arguments.js';
import { jsonLine } from '../plain.js';
import { CommandFailure, type Surroundings } from '../surroundings.js';
import { tokenFileOf, withServer } from './operator.js';
import { evidenceText, transactionText } from './rendering.js';

export const TX_HELP = `npm run parley -- tx propose TEXT --server URL [--book NAME | --room ROOM] [--votes manual] [--key KEY] [--wait N]
npm run parley -- tx show ID --server URL
npm run parley -- tx list --server URL [--state STATE] [--book NAME | --room ROOM] [--limit N]
npm run parley -- tx why ID --server URL

Transactions: a string that every participant writes, or none does.

  propose            begins one; with --wait it waits up to N seconds until it is decided and written
  show               one transaction
  list               the newest first; STATE is deciding, committed, aborted or in-doubt
  why                the evidence: votes, ballot, quorum, rule, and who decided

  --server URL       a gateway
  --token-file FILE  has the operator's token (default PARLEY_TOKEN_FILE, then .parley/operator.token)
  --key KEY          the same key with the same text is the same transaction for 24 hours
  --json             the answer as JSON

Exit code: 0 answered, 1 nothing answers, or with --wait: aborted or not decided in time, 2 it could not be asked.
`;

const COMMAND = 'tx';

interface Answer {
  readonly text: string;
  readonly json: unknown;
  readonly code?: number;
}

/** @throws CommandFailure */
export async function tx(parameters: readonly string[], surroundings: Surroundings): Promise<number> {
  const { values, positionals } = readParameters(parameters);
  const [what = '', subject, ...rest] = positionals;
  if (rest.length > 0) throw refused('one text or transaction at a time; put a text with blanks into quotes');
  const server = serverAddress(values.server, COMMAND);
  const { text, json, code } = await withServer(server, tokenFileOf(values['token-file'], surroundings), (http) => {
    switch (what) {
      case 'propose':
        return propose(http, needed(subject, 'a text'), values);
      case 'show':
        return show(http, idOf(subject));
      case 'list':
        return list(http, values);
      case 'why':
        return why(http, idOf(subject));
      default:
        throw refused(`say what: propose, show, list or why${what === '' ? '' : `, not ${JSON.stringify(what)}`}`);
    }
  });
  surroundings.print(`${values.json === true ? jsonLine(json) : text}\n`);
  return code ?? 0;
}

type Values = ReturnType<typeof readParameters>['values'];

async function propose(http: HttpClient, value: string, values: Values): Promise<Answer> {
  const { book, room, votes, key, wait } = values;
  const { data: how, error } = voting.optional().safeParse(votes);
  if (error !== undefined) throw refused('--votes is automatic or manual');
  const { body } = await http.ask('propose', {
    body: { value, book, room, votes: how },
    headers: {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(wait !== undefined && { prefer: `wait=${String(numberOf(wait, '--wait'))}` }),
    },
  });
  return { text: transactionText(body), json: body, code: wait === undefined || body.state === 'committed' ? 0 : 1 };
}

async function show(http: HttpClient, id: string): Promise<Answer> {
  const { body } = await http.ask('readTransaction', { places: { id } });
  return { text: transactionText(body), json: body };
}

async function list(http: HttpClient, { state, book, room, limit }: Values): Promise<Answer> {
  const states = routes.listTransactions.query.shape.state.safeParse(state);
  if (!states.success) throw refused('--state is deciding, committed, aborted or in-doubt');
  const query = { state: states.data, book, room, ...(limit !== undefined && { limit: numberOf(limit, '--limit') }) };
  const { body } = await http.ask('listTransactions', { query });
  return { text: body.items.map(transactionText).join('\n') || 'There are none.', json: body };
}

async function why(http: HttpClient, id: string): Promise<Answer> {
  const { body } = await http.ask('readEvidence', { places: { id } });
  return { text: evidenceText(body), json: body };
}

function idOf(given: string | undefined): string {
  const id = needed(given, 'a transaction, for example main-42');
  if (!transactionName.safeParse(id).success) throw refused(`${JSON.stringify(id)} is no transaction's id`);
  return id;
}

function needed(given: string | undefined, what: string): string {
  if (given === undefined) throw refused(`name ${what}`);
  return given;
}

function numberOf(given: string, option: string): number {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw refused(`${option} takes a number, not ${JSON.stringify(given)}`);
  return Number(given);
}

function readParameters(parameters: readonly string[]) {
  const found = parsed(COMMAND, () =>
    parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        'token-file': { type: 'string' },
        book: { type: 'string' },
        room: { type: 'string' },
        votes: { type: 'string' },
        state: { type: 'string' },
        key: { type: 'string' },
        wait: { type: 'string' },
        limit: { type: 'string' },
        json: { type: 'boolean' },
      },
    }),
  );
  const { book } = found.values;
  if (book !== undefined && !bookName.safeParse(book).success)
    throw refused(`${JSON.stringify(book)} is not the name of a book`);
  return found;
}

const refused = (what: string): CommandFailure =>
  new CommandFailure(`${what}. See npm run parley -- ${COMMAND} --help`);
