import { describe, expect, it } from '@jest/globals';
import type { ShownRoomEvent } from '@parley/contracts';
import fc from 'fast-check';
import { jsonLine, plain } from '../plain.js';
import { directText, eventText, toldText } from './rendering.js';

const stamp = { at: '2026-01-31T12:00:00.000Z', lamport: 17, vector: { 'chat-1': 3 } };
const place = { room: 'kitchen', epoch: 1, offset: 3, ...stamp };
const jo = { name: 'Jo', kind: 'account' } as const;
const id = '123e4567-e89b-42d3-a456-426614174000';
const said = (text: string, gapMs: number | null = 12_345): ShownRoomEvent => ({
  ...{ type: 'said', ...place, id, from: jo, text, gapMs },
});
const view = { servers: ['http://a', 'http://b'], room: 'kitchen', now: Date.parse(stamp.at) };

describe('what is told', () => {
  it.each([
    [12_345, '[17] Jo:(0:12)-Hello'],
    [null, '[17] Jo:(-)-Hello'],
    [0, '[17] Jo:(0:00)-Hello'],
    [3_599_999, '[17] Jo:(59:59)-Hello'],
    [7_200_000, '[17] Jo:(120:00)-Hello'],
  ])('is a line with the time since the message before: %s', (gapMs, line) => {
    expect(eventText(said('Hello', gapMs), 'kitchen')).toBe(line);
  });

  it('names the room when it is another one', () => {
    expect(eventText(said('Hello'), 'attic')).toBe('#kitchen [17] Jo:(0:12)-Hello');
  });

  it('says who came, left, proposed and what was decided', () => {
    const transaction = { transaction: 'room_kitchen-1', book: 'room_kitchen', line: 1 };
    const decided = { ...place, type: 'decided', ...transaction, decidedBy: 'coordinator', votes: {} } as const;
    const events: ShownRoomEvent[] = [
      { type: 'joined', ...place, who: jo },
      { type: 'left', ...place, who: jo },
      { ...decided, outcome: 'committed', rule: 'quorum-acknowledged' },
      { ...decided, outcome: 'aborted', rule: 'vote-no' },
    ];
    expect(events.map((event) => eventText(event, 'kitchen'))).toEqual([
      '[17] * Jo came in',
      '[17] * Jo left',
      '[17] * room_kitchen-1 is committed: line 1 of room_kitchen (quorum-acknowledged)',
      '[17] * room_kitchen-1 is aborted: line 1 of room_kitchen is empty (vote-no)',
    ]);
  });

  it('shows to whom a direct message went', () => {
    const message = { id, from: jo, to: [jo, { ...jo, name: 'Al' }], text: 'psst', ...stamp, gapMs: null };
    expect(directText(message)).toBe('[17] Jo:(-)->Jo,Al-psst');
  });

  it('says which connection serves it, and from where', () => {
    const ends = { own: '127.0.0.1:50000', server: '127.0.0.1:7070' };
    expect(toldText({ type: 'connected', server: 1, ends }, view)).toBe(
      '* connected: 127.0.0.1:50000 -> 127.0.0.1:7070 (http://b)',
    );
  });

  it('asks for a vote, and says for how long', () => {
    const asked = { transaction: 'room_kitchen-1', participant: 'participant-1', room: 'kitchen', proposer: 'Jo' };
    const deadline = '2026-01-31T12:00:29.500Z';
    const push = { ev: 'vote.requested', ...asked, text: 'Tea?', deadline } as const;
    expect(toldText({ type: 'push', push }, view)).toBe(
      '* Jo asks participant-1, whose seat is yours: COMMIT or ABORT room_kitchen-1? Tea? (30 s)',
    );
  });

  it('prints each exchange of clocks', () => {
    const sent = { lamport: 1, vector: { Jo: 1 } };
    const d = {
      ...{ number: 1, at: stamp.at, from: 'Jo', to: 'Al', sent },
      before: { lamport: 0, vector: {} },
      after: { lamport: 2, vector: { Jo: 1, Al: 1 } },
    };
    expect(toldText({ type: 'push', push: { ev: 'clock.exchanged', room: 'kitchen', d } }, view)).toBe(
      '* #kitchen: clock 1: Jo sends 1 {Jo:1} to Al, who had 0 {} and has 2 {Jo:1 Al:1}',
    );
  });

  it('says what was missed, and what may be missing', () => {
    const synced = { type: 'synced', room: 'kitchen', count: 3 } as const;
    expect(toldText({ ...synced, how: 'resumed' }, view)).toContain('missed nothing');
    expect(toldText({ ...synced, how: 'not-resumed' }, view)).toContain('something is missing');
  });
});

describe('a text of somebody else', () => {
  it('cannot begin a line of its own', () => {
    expect(eventText(said('a\n[18] Al:(0:01)-forged'), 'kitchen')).toBe('[17] Jo:(0:12)-a\n\t[18] Al:(0:01)-forged');
  });

  it.each([
    ['\u001b[2J\u0007', '\\u{1b}[2J\\u{7}'],
    ['a\rb', 'a\\u{d}b'],
    ['\u009b31m', '\\u{9b}31m'],
    ['user\u202etxt.exe', 'user\\u{202e}txt.exe'],
    ['a\u2028b', 'a\\u{2028}b'],
  ])('does nothing to a terminal: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each(['commas, ; : | )- [x] "quotes" \'more\'', '👩‍👩‍👧‍👦 e\u0301', 'שלום עולם', 'مرحبا', 'a\tb', '日本語'])(
    'is shown as it is: %s',
    (text) => {
      expect(plain(text)).toBe(text);
    },
  );

  it('is one line of JSON, which means the same, without a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = jsonLine({ text });
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
        expect(JSON.parse(line)).toEqual({ text });
      }),
      { seed: 20_261_121 },
    );
  });
});
