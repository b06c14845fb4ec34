import { describe, expect, it } from '@jest/globals';
import type { ShownRoomEvent } from '@parley/contracts';
import { transcriptOf } from './transcript.js';

const place = { room: 'release', epoch: 1, offset: 1, at: '2026-01-31T12:00:00.000Z', lamport: 1, vector: {} };
const jo = { name: 'Jo', kind: 'account' } as const;
const said = (text: string, gapMs: number | null): ShownRoomEvent => ({
  ...place,
  type: 'said',
  id: '123e4567-e89b-42d3-a456-426614174000',
  from: jo,
  text,
  gapMs,
});

describe('a transcript', () => {
  it.each([
    [null, 'Jo:(-)-Hello\n'],
    [0, 'Jo:(0:00)-Hello\n'],
    [12_999, 'Jo:(0:12)-Hello\n'],
    [3_723_000, 'Jo:(62:03)-Hello\n'],
  ])('shows how long the sender had been silent: %s ms', (gapMs, line) => {
    expect(transcriptOf(said('Hello', gapMs))).toBe(line);
  });

  it('shows who came and left', () => {
    expect(transcriptOf({ ...place, type: 'joined', who: jo })).toBe('* Jo came in\n');
    expect(transcriptOf({ ...place, type: 'left', who: jo })).toBe('* Jo left\n');
  });

  it('shows who may come in from now on', () => {
    const agreement = { votes: 'manual', protocol: 'e3pc' } as const;
    const changed = (rules: { capacity: number; admits: string[] | null; guests: boolean }): string =>
      transcriptOf({ ...place, type: 'changed', by: 'Jo', rules: { ...rules, agreement } });
    expect(changed({ capacity: 9, admits: null, guests: true })).toBe(
      '* Jo changed who may come in: everybody, up to 9\n',
    );
    expect(changed({ capacity: 2, admits: ['Al', 'Bo'], guests: false })).toBe(
      '* Jo changed who may come in: Al, Bo with an account, up to 2\n',
    );
  });

  it('has no line that somebody has made up', () => {
    const forged = transcriptOf(said('Hello\nAl:(0:01)-I agree\n* Al left\n', null)).split('\n');
    expect(forged.slice(1)).toEqual(['\tAl:(0:01)-I agree', '\t* Al left', '\t', '']);
  });
});
