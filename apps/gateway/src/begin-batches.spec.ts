import { describe, expect, it } from '@jest/globals';
import type { BeginResult } from '@parley/contracts';
import { BeginBatches, type BegunProposal } from './begin-batches.js';

const proposal = (value: string): BegunProposal => ({
  value,
  book: 'main',
  proposer: 'operator',
  correlation: 'c'.repeat(32),
});
const refusal = (detail: string): BeginResult => ({ ok: false, code: 'participants-missing', detail });

/** A coordinator that answers when it is told to, with the proposals' values as details. */
class SlowCoordinator {
  readonly requests: { values: string[]; answer: () => void; fail: (reason: Error) => void }[] = [];
  readonly batches: BeginBatches;

  constructor(outstanding: number, bytes = 1_000_000) {
    this.batches = new BeginBatches(
      (proposals) => this.asked(proposals),
      () => 3,
      { outstanding, bytes },
    );
  }

  private asked(proposals: readonly BegunProposal[]): Promise<BeginResult[]> {
    const values = proposals.map(({ value }) => value);
    return new Promise((resolve, reject) => {
      this.requests.push({ values, answer: () => resolve(values.map(refusal)), fail: reject });
    });
  }

  /** The values that each request so far carried. */
  get carried(): string[][] {
    return this.requests.map(({ values }) => values);
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('proposals for the coordinator', () => {
  it('travel together when they arrive within one tick', async () => {
    const { batches, requests } = new SlowCoordinator(2);
    const results = ['a', 'b', 'c'].map((value) => batches.begin(proposal(value)));
    await tick();
    expect(requests.map(({ values }) => values)).toEqual([['a', 'b', 'c']]);
    requests[0]!.answer();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c'].map(refusal));
  });

  it('wait for an answer when as many requests as allowed are under way, and then travel together', async () => {
    const coordinator = new SlowCoordinator(1);
    const first = coordinator.batches.begin(proposal('a'));
    await tick();
    const others = ['b', 'c'].map((value) => coordinator.batches.begin(proposal(value)));
    await tick();
    expect(coordinator.carried).toEqual([['a']]);
    coordinator.requests[0]!.answer();
    await first;
    await tick();
    expect(coordinator.carried).toEqual([['a'], ['b', 'c']]);
    coordinator.requests[1]!.answer();
    expect(await Promise.all(others)).toEqual(['b', 'c'].map(refusal));
  });

  it('are divided so that requests and replies fit into a message', async () => {
    const coordinator = new SlowCoordinator(3, 3_000);
    const values = ['x'.repeat(1_000), 'y'.repeat(1_000), 'z'.repeat(10_000)];
    void Promise.all(values.map((value) => coordinator.batches.begin(proposal(value))));
    await tick();
    expect(coordinator.carried).toEqual(values.map((value) => [value]));
  });

  it('fail together, and those that follow do not', async () => {
    const coordinator = new SlowCoordinator(1);
    const failing = ['a', 'b'].map((value) => coordinator.batches.begin(proposal(value)));
    await tick();
    const following = coordinator.batches.begin(proposal('c'));
    coordinator.requests[0]!.fail(new Error('lost'));
    expect(await Promise.allSettled(failing)).toEqual([
      { status: 'rejected', reason: new Error('lost') },
      { status: 'rejected', reason: new Error('lost') },
    ]);
    await tick();
    coordinator.requests[1]!.answer();
    expect(await following).toEqual(refusal('c'));
  });
});
