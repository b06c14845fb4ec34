// `parley vote`: takes a participant's seat, and votes and acknowledges for it.
import { parseArgs } from 'node:util';
import type { HttpClient } from '@parley/client';
import { nodeName, transactionName } from '@parley/contracts';
import { parsed, serverAddress } from '../arguments.js';
import { jsonLine, plainLine } from '../plain.js';
import { CommandFailure, type Surroundings } from '../surroundings.js';
import { tokenFileOf, withServer } from './operator.js';
import { requestText } from './rendering.js';

export const VOTE_HELP = `npm run parley -- vote sit PARTICIPANT --server URL
npm run parley -- vote open PARTICIPANT --server URL
npm run parley -- vote commit|abort|ack ID PARTICIPANT --server URL
npm run parley -- vote stand PARTICIPANT --server URL

Votes of people, in books whose votes are manual: whoever holds a participant's seat is asked.

  sit, stand         takes the seat; gives it up
  open               what the holder of the seat is asked now
  commit, abort      the vote on transaction ID
  ack                acknowledges its pre-commit

  --server URL       a gateway
  --token-file FILE  has the operator's token (default PARLEY_TOKEN_FILE, then .parley/operator.token)
  --json             the answer as JSON

Exit code: 0 done, 1 nothing answers, 2 it could not be done.
`;

const COMMAND = 'vote';

interface Answer {
  readonly text: string;
  readonly json: unknown;
}

/** @throws CommandFailure */
export async function vote(parameters: readonly string[], surroundings: Surroundings): Promise<number> {
  const { values, positionals } = parsed(COMMAND, () =>
    parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { server: { type: 'string' }, 'token-file': { type: 'string' }, json: { type: 'boolean' } },
    }),
  );
  const [what = '', ...subjects] = positionals;
  const server = serverAddress(values.server, COMMAND);
  const { text, json } = await withServer(server, tokenFileOf(values['token-file'], surroundings), (http) =>
    carryOut(http, what, subjects),
  );
  surroundings.print(`${values.json === true ? jsonLine(json) : text}\n`);
  return 0;
}

async function carryOut(http: HttpClient, what: string, subjects: readonly string[]): Promise<Answer> {
  switch (what) {
    case 'sit': {
      const { body } = await http.ask('takeSeat', { places: { id: participantOf(subjects) } });
      return { text: `${plainLine(body.holder ?? 'nobody')} votes for ${body.participant}.`, json: body };
    }
    case 'stand': {
      const id = participantOf(subjects);
      await http.ask('leaveSeat', { places: { id } });
      return { text: `The seat of ${id} is free.`, json: { participant: id, holder: null } };
    }
    case 'open': {
      const { body } = await http.ask('listRequests', { places: { id: participantOf(subjects) } });
      return { text: body.items.map(requestText).join('\n') || 'Nothing is asked.', json: body };
    }
    case 'commit':
    case 'abort': {
      const { id, participant } = ballotOf(subjects);
      const { body } = await http.ask('vote', { places: { id }, body: { participant, vote: what } });
      return { text: `${participant} votes ${what} on ${id}: it is forced there (${body.state}).`, json: body };
    }
    case 'ack': {
      const { id, participant } = ballotOf(subjects);
      const { body } = await http.ask('acknowledge', { places: { id }, body: { participant } });
      return { text: `${participant} has acknowledged ${id} (${body.state}).`, json: body };
    }
    default:
      throw refused(
        `say what: sit, open, commit, abort, ack or stand${what === '' ? '' : `, not ${JSON.stringify(what)}`}`,
      );
  }
}

function participantOf(subjects: readonly string[]): string {
  const [participant] = subjects;
  if (participant === undefined || subjects.length > 1 || !nodeName.safeParse(participant).success)
    throw refused('name one participant');
  return participant;
}

function ballotOf(subjects: readonly string[]): { id: string; participant: string } {
  const [id, ...rest] = subjects;
  if (id === undefined || !transactionName.safeParse(id).success)
    throw refused('name a transaction, then a participant');
  return { id, participant: participantOf(rest) };
}

const refused = (what: string): CommandFailure =>
  new CommandFailure(`${what}. See npm run parley -- ${COMMAND} --help`);
