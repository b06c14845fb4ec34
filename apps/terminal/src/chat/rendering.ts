// What is told, as lines for a person. Pure. A message is `A:(0:12)-Hello`: its sender, how long the sender had been silent in
// minutes and seconds, and what was said; before it stands its Lamport time in brackets. What is no message begins with a star.
// A name has neither bracket nor star nor blank, and further lines of a text begin with a tab: nobody can forge a line.
import type { Told } from '@parley/client';
import type { ClocksExchanged, DirectMessage, RoomClocks, ShownRoomEvent } from '@parley/contracts';
import { plain, plainLine } from '../plain.js';

/** In minutes and seconds; `-` where there is none. */
function gapText(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

const saidText = (from: string, gapMs: number | null, text: string): string =>
  `${plainLine(from)}:(${gapText(gapMs)})-${plain(text)}`;

/** @param current the room that the person is in; another room is named */
export function eventText(event: ShownRoomEvent, current: string | undefined): string {
  const room = event.room === current ? '' : `#${plainLine(event.room)} `;
  return `${room}[${String(event.lamport)}] ${happenedText(event)}`;
}

function happenedText(event: ShownRoomEvent): string {
  switch (event.type) {
    case 'created':
      return `* ${plainLine(event.by)} made the room`;
    case 'changed':
      return `* ${plainLine(event.by)} changed who may come in: ${rulesText(event.rules)}`;
    case 'joined':
      return `* ${plainLine(event.who.name)} came in`;
    case 'left':
      return `* ${plainLine(event.who.name)} left`;
    case 'said':
      return saidText(event.from.name, event.gapMs, event.text);
    case 'proposed':
      return `* ${plainLine(event.by)} proposes ${event.transaction}: ${plainLine(event.text)}`;
    case 'voted':
      return `* ${plainLine(event.by)} has voted on ${event.transaction}, for ${event.participant}`;
    case 'decided':
      return event.outcome === 'committed'
        ? `* ${event.transaction} is committed: line ${String(event.line)} of ${event.book} (${event.rule})`
        : `* ${event.transaction} is aborted: line ${String(event.line)} of ${event.book} is empty (${event.rule})`;
  }
}

function rulesText({ capacity, admits, guests }: Extract<ShownRoomEvent, { type: 'changed' }>['rules']): string {
  const names = admits === null ? 'everybody' : plainLine(admits.join(', '));
  return `${names}${guests ? '' : ' with an account'}, up to ${String(capacity)}`;
}

/** To chosen people: `[7] A:(0:12)->Bo,Cy-Hello`. */
export const directText = ({ lamport, from, to, gapMs, text }: DirectMessage): string => {
  const names = to.map(({ name }) => plainLine(name)).join(',');
  return `[${String(lamport)}] ${plainLine(from.name)}:(${gapText(gapMs)})->${names}-${plain(text)}`;
};

/** How many seconds are left, never less than none. */
export const secondsLeft = (deadline: string, now: number): number =>
  Math.max(0, Math.ceil((Date.parse(deadline) - now) / 1_000));

const RETRY_KEPT = 'what you type is kept, and sent when there is a connection';

export interface View {
  readonly servers: readonly string[];
  readonly room: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a person is told of it; undefined: nothing. */
export function toldText(told: Told, { servers, room, now }: View): string | undefined {
  switch (told.type) {
    case 'connecting':
    case 'live':
      return undefined;
    case 'connected': {
      const server = servers[told.server] ?? '';
      return told.ends === null
        ? `* connected to ${server}`
        : `* connected: ${told.ends.own} -> ${told.ends.server} (${server})`;
    }
    case 'welcome':
      return `* you are ${plainLine(told.user.name)}${told.user.kind === 'guest' ? ', a guest' : ''}`;
    case 'event':
      return eventText(told.event, room);
    case 'synced':
      return syncedText(told);
    case 'direct':
      return directText(told.message);
    case 'push':
      return pushText(told.push, now);
    case 'lost':
      return `* the connection is lost: ${plainLine(told.reason)}. Trying again in ${(told.retryMs / 1_000).toFixed(1)} s; ${RETRY_KEPT}`;
    case 'ended':
      return told.code === null && told.reason === 'stopped'
        ? undefined
        : `* the chat has let you go: ${plainLine(told.reason)}`;
  }
}

function syncedText({ room, how, count }: Extract<Told, { type: 'synced' }>): string | undefined {
  switch (how) {
    case 'first':
      return undefined;
    case 'resumed':
      return `* #${room}: you are back, and have missed nothing (${String(count)} while you were away)`;
    case 'not-resumed':
      return `* #${room}: you are back; before the last ${String(count)} something is missing here: log.txt has it`;
  }
}

const stampText = ({ lamport, vector }: ClocksExchanged['sent']): string =>
  `${String(lamport)} {${Object.entries(vector)
    .map(([name, count]) => `${name}:${String(count)}`)
    .join(' ')}}`;

/** One clock went from one to another: what was sent, and what the receiver had and has. */
const exchangeText = ({ number, from, to, sent, before, after }: ClocksExchanged): string =>
  plainLine(
    `clock ${String(number)}: ${from} sends ${stampText(sent)} to ${to}, who had ${stampText(before)} and has ${stampText(after)}`,
  );

export const clocksText = ({ room, phase, exchanges, members, last }: RoomClocks): string =>
  [
    `* #${room}: the exchange of clocks is ${phase}, ${String(exchanges)} so far`,
    ...members.map((member) => `  ${plainLine(`${member.name} ${stampText(member)}`)}`),
    ...last.slice(-3).map((exchange) => `  ${exchangeText(exchange)}`),
  ].join('\n');

type Push = Extract<Told, { type: 'push' }>['push'];

function pushText(push: Push, now: number): string | undefined {
  switch (push.ev) {
    case 'vote.requested':
      return `* ${plainLine(push.proposer)} asks ${push.participant}, whose seat is yours: COMMIT or ABORT ${push.transaction}? ${plainLine(push.text)} (${String(secondsLeft(push.deadline, now))} s)`;
    case 'ack.requested':
      return `* ${push.transaction} is pre-committed at ${push.participant}: ACK? (${String(secondsLeft(push.deadline, now))} s)`;
    case 'vote.closed':
    case 'ack.closed':
      return undefined;
    case 'clock.exchanged':
      return `* #${push.room}: ${exchangeText(push.d)}`;
    case 'clock.changed': {
      const { phase, by, joined, left } = push.d;
      const who = [...joined.map((name) => `${name} takes part`), ...left.map((name) => `${name} takes part no more`)];
      const what =
        by === null
          ? who.join(', ')
          : `${by} has ${phase === 'stopped' ? 'stopped' : 'started'} the exchange of clocks`;
      return `* #${push.room}: ${plainLine(what)} (${phase})`;
    }
  }
}
