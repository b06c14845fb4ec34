import { describe, expect, it } from '@jest/globals';
import { Settlement } from './settlement.js';

const list = [{ name: 'participant-1', logId: '1'.repeat(32) }];

/** A settlement in which the transactions up to a number are settled. */
function settledUpTo() {
  const reached = { number: 0 };
  const settlement = new Settlement((_, { number }) => number <= reached.number);
  const wait = (number: number, timeoutMs = 60_000) => settlement.wait({ book: 'main', number }, list, timeoutMs);
  return { reached, settlement, wait };
}

describe('waiting for a settlement', () => {
  it('ends when the ledgers have grown far enough', async () => {
    const { reached, settlement, wait } = settledUpTo();
    const waits = [wait(1), wait(2)];
    reached.number = 2;
    settlement.grown([{ book: 'main', lines: 2 }]);
    expect(await Promise.all(waits.map(({ ended }) => ended))).toEqual(['settled', 'settled']);
  });

  it('ends at once when the transaction is settled already', async () => {
    const { reached, wait } = settledUpTo();
    reached.number = 1;
    expect(await wait(1).ended).toBe('settled');
  });

  it('goes on while another book or a lower line grows', async () => {
    const { reached, settlement, wait } = settledUpTo();
    const second = wait(2);
    reached.number = 2;
    settlement.grown([
      { book: 'other', lines: 9 },
      { book: 'main', lines: 1 },
    ]);
    second.stop();
    expect(await second.ended).toBe('stopped');
  });

  it('ends when the participant that it waited for is gone', async () => {
    const { reached, settlement, wait } = settledUpTo();
    const first = wait(1);
    reached.number = 1;
    settlement.lapsed();
    expect(await first.ended).toBe('settled');
  });

  it('ends when time is up', async () => {
    expect(await settledUpTo().wait(1, 1).ended).toBe('time-out');
  });

  it('ends when the gateway stops, for those to come too', async () => {
    const { settlement, wait } = settledUpTo();
    const before = wait(1);
    settlement.stop();
    expect(await before.ended).toBe('stopped');
    expect(await wait(2).ended).toBe('stopped');
  });

  it('keeps the end it had first', async () => {
    const { reached, settlement, wait } = settledUpTo();
    const first = wait(1);
    reached.number = 1;
    settlement.lapsed();
    first.stop();
    settlement.stop();
    expect(await first.ended).toBe('settled');
  });
});
