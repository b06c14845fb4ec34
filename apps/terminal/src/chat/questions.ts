// What a person asks and is told.
import type { ChatConnection, HttpClient } from '@parley/client';
import type { Inbox, ListedNode, ListedUser } from '@parley/contracts';
import { plainLine } from '../plain.js';
import { CONVERSATION_HELP } from './help.js';
import type { Intent } from './intent.js';
import type { Request } from './open-requests.js';
import { Refusal } from './refusal.js';
import { clocksText, directText, secondsLeft } from './rendering.js';
import type { ShownEvents } from './shown-events.js';

export type Question = Extract<
  Intent,
  { type: 'online' | 'all' | 'nodes' | 'help' | 'check' | 'rooms' | 'members' | 'requests' | 'why' | 'clocks' }
>;

/** Users of one answer. */
const PAGE = 1_000;

interface Asking {
  readonly command: ChatConnection['command'];
  readonly http: HttpClient;
  readonly requests: readonly Request[];
  readonly shown: ShownEvents;
  /** @throws Refusal when the person is in none */
  readonly room: () => string;
}

/** The answer: for a person, and as it came. */
interface Answer {
  readonly text: string;
  readonly d: unknown;
}

const listed = (lines: readonly string[], nothing: string): string =>
  lines.length === 0 ? `* ${nothing}` : lines.map((line) => `  ${line}`).join('\n');

/** @throws Refusal; ProblemAnswer and others of the client */
export async function answerOf(question: Question, { command, http, requests, shown, room }: Asking): Promise<Answer> {
  switch (question.type) {
    case 'help':
      return { text: CONVERSATION_HELP, d: { text: CONVERSATION_HELP } };
    case 'online':
    case 'all': {
      const d = await everybody(http, question.type === 'online');
      return { text: listed(d.users.map(userText), 'nobody is there'), d };
    }
    case 'nodes': {
      const { body: d } = await http.ask('listNodes');
      return { text: listed(d.nodes.map(nodeText), 'no node is heard of'), d };
    }
    case 'check': {
      const d = await everythingThatWaits(command);
      const lines = d.waiting.map(({ message }) => directText(message));
      const text = d.count === 0 ? '* nothing waits for you' : [`* ${String(d.count)} wait:`, ...lines].join('\n');
      return { text, d };
    }
    case 'rooms': {
      const { body: d } = await http.ask('listRooms');
      const lines = d.items.map((item) => `${item.room} (${String(item.members)} of ${String(item.capacity)})`);
      return { text: listed(lines, 'there is no room yet'), d };
    }
    case 'members': {
      const { body: d } = await http.ask('readRoom', { places: { room: room() } });
      return {
        text: listed(
          d.members.map(({ name }) => plainLine(name)),
          'nobody is here',
        ),
        d,
      };
    }
    case 'requests':
      return { text: listed(requests.map(requestText), 'you are asked nothing'), d: { items: requests } };
    case 'why': {
      const offset = shown.offsetOf(room(), question.lamport);
      if (offset === undefined) throw new Refusal(`nothing with [${String(question.lamport)}] was shown of this room`);
      const d = await command('why', { room: room(), offset });
      return { text: listed(d.text.map(plainLine), 'nothing is known of it'), d };
    }
    case 'clocks': {
      const d = await command(question.to === 'show' ? 'clocks' : `clocks.${question.to}`, { room: room() });
      return { text: clocksText(d), d };
    }
    default:
      return question satisfies never;
  }
}

/** All pages in one. */
async function everythingThatWaits(command: Asking['command']): Promise<Inbox> {
  const { count, waiting } = await command('check', {});
  for (let last = waiting.at(-1); last !== undefined;) {
    const page = await command('check', { after: last.position.offset });
    waiting.push(...page.waiting);
    last = page.waiting.at(-1);
  }
  return { count, waiting };
}

/** All pages in one. */
async function everybody(http: HttpClient, isOnline: boolean): Promise<{ users: ListedUser[] }> {
  const users: ListedUser[] = [];
  let after: string | undefined;
  do {
    const query = { limit: PAGE, after, ...(isOnline && { online: 'true' as const }) };
    const { body } = await http.ask('listUsers', { query });
    users.push(...body.users);
    after = body.next ?? undefined;
  } while (after !== undefined);
  return { users };
}

function userText({ name, kind, online, connections }: ListedUser): string {
  const where = connections.map(({ gateway, count }) => (count === 1 ? gateway : `${gateway} (${String(count)})`));
  const state = online ? `online at ${where.join(', ')}` : 'away';
  return `${plainLine(name)}${kind === 'guest' ? ', a guest' : ''}: ${state}`;
}

function nodeText({ id, service, live, leader, connections }: ListedNode): string {
  const follows = leader === null ? '' : `, follows ${leader}`;
  const serves = connections === null ? '' : `, ${String(connections)} connections`;
  return `${id} (${service}) ${live ? 'is there' : 'is not heard of'}${follows}${serves}`;
}

function requestText({ ev, transaction, participant, text, deadline }: Request): string {
  const what = ev === 'vote.requested' ? 'commit or abort' : 'ack';
  return `${what} ${transaction} for ${participant}, ${String(secondsLeft(deadline, Date.now()))} s: ${plainLine(text)}`;
}
