// What everything else rests on: many transactions at once through the whole system, without faults; and how one
// participant's no reaches all files.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';

const given = givenSystem();
const history = new History();

describe('fifty transactions in flight', () => {
  it('are committed, each in three files that are equal byte for byte', async () => {
    const told = await history.propose(given.system, 50, 'all is well');
    expect(told.map(({ status, transaction }) => ({ status, ...transaction }))).toEqual(
      Array.from({ length: 50 }, () =>
        expect.objectContaining({ status: 200, state: 'committed', applied: { done: 3, of: 3 } }),
      ),
    );
    await given.system.settled();
    const values = told.map(({ proposing }) => proposing.value);
    expect((await given.system.commonLedger()).sort()).toEqual(values.sort());
    expect(await history.contradictions(given.system)).toEqual([]);
  }, 60_000);

  it('were each decided by the coordinator, once a quorum had acknowledged', async () => {
    const [newest] = await given.system.http.transactions('committed');
    expect((await given.system.http.evidence(newest!.id)).decision).toMatchObject({
      rule: 'quorum-acknowledged',
      decidedBy: 'coordinator',
      ballot: { counter: 1, node: '' },
      quorum: 2,
      votes: { 'participant-1': 'yes', 'participant-2': 'yes', 'participant-3': 'yes' },
    });
  });
});

describe('a string', () => {
  const strings = [
    ['with what has a meaning elsewhere', `, ; : | )- [ ] {} "quoted" 'twice' \\n %s $(id) <b>&amp;</b>`],
    ['of many scripts', '漢字 — हिन्दी, עברית, العربية, 👩‍👩‍👧‍👦, e\u0301'],
    ['of spaces', '   '],
    ['of the greatest length', 'ä'.repeat(32_768)],
  ];

  it.each(strings)('%s stands in the files as it was proposed', async (_, value) => {
    const { transaction } = await given.system.http.propose({ value, waitSeconds: 30 });
    expect(transaction).toMatchObject({ state: 'committed', value });
    await given.system.settled();
    expect((await given.system.commonLedger())[transaction!.number - 1]).toBe(value);
  });

  it('can be followed by one id from the request to the file', async () => {
    const trace = randomBytes(16).toString('hex');
    const traceparent = `00-${trace}-${randomBytes(8).toString('hex')}-01`;
    const { transaction } = await given.system.http.propose({ value: 'traced', waitSeconds: 30, traceparent });
    const { id } = transaction!;
    // The gateway writes the line about a request when its answer is sent.
    const served = await given.system.eventually('the gateway has told of the request', async () =>
      (await given.system.files.log('gateway')).find(({ correlation }) => correlation === trace),
    );
    expect(served).toMatchObject({ msg: 'served', method: 'POST', status: 200 });
    // A line tells of all transactions to which the same happened within a moment, and is written after that.
    const said = async (process: string): Promise<unknown[]> =>
      (await given.system.files.log(process))
        .filter(({ transactions }) =>
          ((transactions ?? []) as Record<string, unknown>[]).some(
            (it) => it['id'] === id && it['correlation'] === trace,
          ),
        )
        .map(({ msg }) => msg);
    const expectSaid = async (process: string, expected: readonly string[]): Promise<void> => {
      const all = await given.system.eventually(`${process} has told of the transaction`, async () => {
        const messages = await said(process);
        return messages.length < expected.length ? undefined : messages;
      });
      expect(all).toEqual(expected);
    };
    await expectSaid('coordinator', ['begun', 'decided']);
    for (const name of given.system.participants) await expectSaid(name, ['recorded']);
  });
});

describe('a ledger', () => {
  it('is read over HTTP with the bytes of its file', async () => {
    for (const name of given.system.participants) {
      const file = await given.system.files.ledger(name);
      expect(file.length).toBeGreaterThan(65_536);
      expect((await given.system.http.ledger(name)).equals(file)).toBe(true);
    }
  });
});

describe('a participant that votes no', () => {
  it('aborts the transaction: an empty line in all files, and the earlier lines stay', async () => {
    const { system } = given;
    expect(await system.end('participant-2')).toEqual({ code: 0, signal: null });
    await system.restart('participant-2', { PARTICIPANT_VOTE: 'abort' });
    await system.settled();
    const before = await system.commonLedger();

    const told = await history.propose(system, 10, 'against the will of participant-2');
    for (const { transaction } of told) {
      expect(transaction).toMatchObject({ state: 'aborted', applied: { done: 3, of: 3 } });
      expect((await system.http.evidence(transaction!.id)).decision).toMatchObject({
        rule: 'vote-no',
        decidedBy: 'coordinator',
        votes: { 'participant-2': 'no' },
      });
    }
    await system.settled();
    expect(await system.commonLedger()).toEqual([...before, ...told.map(() => '')]);
  }, 60_000);

  it('commits with the others again when it votes yes', async () => {
    const { system } = given;
    await system.end('participant-2');
    await system.restart('participant-2');
    await system.settled();
    const [told] = await history.propose(system, 1, 'with the will of all');
    expect(told!.transaction).toMatchObject({ state: 'committed' });
  }, 60_000);
});
