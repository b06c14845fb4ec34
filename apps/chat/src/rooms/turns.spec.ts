import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@parley/messaging';
import { Turns } from './turns.js';

const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : String(error));

describe('commands of a room', () => {
  /** Commands that wait until all have asked for a turn. */
  async function results(users: readonly (string | undefined)[]): Promise<string[]> {
    const turns = new Turns();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const all = users.map((user) =>
      turns
        .take('kitchen', user, () => gate)
        .then(
          () => 'done',
          (error: unknown) => codeOf(error),
        ),
    );
    go();
    return Promise.all(all);
  }
  const times = (count: number, user?: string): (string | undefined)[] => Array.from({ length: count }, () => user);
  const count = (all: readonly string[], code: string): number => all.filter((each) => each === code).length;

  it('of one user leave places to others, however many there are', async () => {
    const all = await results([...times(1_000, 'Flood'), ...times(20, 'Jo'), ...times(2)]);
    expect(count(all.slice(0, 1_000), 'done')).toBe(32);
    expect(count(all.slice(0, 1_000), 'too-many-messages')).toBe(968);
    expect(new Set(all.slice(1_000))).toEqual(new Set(['done']));
  });

  it('of many users wait up to a bound', async () => {
    const all = await results(Array.from({ length: 600 }, (_, n) => `user-${String(n)}`));
    expect([count(all, 'done'), count(all, 'overloaded')]).toEqual([512, 88]);
  });

  it('are carried out one after the other, whatever becomes of one, and are forgotten', async () => {
    const turns = new Turns();
    const order: number[] = [];
    const all = [1, 2, 3].map((n) =>
      turns.take('kitchen', 'Jo', async () => {
        await Promise.resolve();
        order.push(n);
        if (n === 2) throw new Error('no');
      }),
    );
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual([1, 2, 3]);
    for (let round = 0; round < 100; round += 1) await turns.take('kitchen', 'Jo', async () => undefined);
  });
});
