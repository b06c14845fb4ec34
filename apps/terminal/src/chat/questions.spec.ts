import { describe, expect, it } from '@jest/globals';
import type { ChatConnection, HttpClient } from '@parley/client';
import type { PlacedMessage } from '@parley/contracts';
import { answerOf } from './questions.js';
import { ShownEvents } from './shown-events.js';

const jo = { name: 'Jo', kind: 'account' } as const;
const said = (offset: number): PlacedMessage => ({
  position: { epoch: 1, offset },
  message: {
    ...{ id: '123e4567-e89b-42d3-a456-426614174000', from: jo, to: [jo], text: `text ${String(offset)}` },
    ...{ at: '2026-01-31T12:00:00.000Z', lamport: offset, vector: {}, gapMs: null },
  },
});

/** The answer to `check` of somebody for whom this waits, as a server gives it: a hundred at a time. */
const checked = async (waiting: readonly PlacedMessage[]): Promise<string[]> => {
  const command = (_: string, { after = 0 }: { after?: number }): Promise<unknown> =>
    Promise.resolve({
      count: waiting.length,
      waiting: waiting.filter(({ position }) => position.offset > after).slice(0, 100),
    });
  const { text } = await answerOf(
    { type: 'check' },
    {
      command: command as ChatConnection['command'],
      http: undefined as unknown as HttpClient,
      ...{ requests: [], shown: new ShownEvents(), room: () => 'kitchen' },
    },
  );
  return text.split('\n');
};

describe('check', () => {
  it('shows all that wait, however many', async () => {
    const lines = await checked(Array.from({ length: 250 }, (_, n) => said(3 * n + 1)));
    expect(lines[0]).toBe('* 250 wait:');
    expect(lines.slice(1)).toHaveLength(250);
    expect(lines.at(-1)).toBe('[748] Jo:(-)->Jo-text 748');
  });

  it('says that nothing waits', async () => {
    expect(await checked([])).toEqual(['* nothing waits for you']);
  });
});
