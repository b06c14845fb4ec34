// Restart: docs/commit-protocol.md, "Ballot 1" and "Recovery". What a node does after a crash, in each of its states.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** Runs ballot 1 until the third participant is in `state`. */
function withThirdIn(state: 'initial' | 'waiting' | 'pre-commit' | 'pre-abort' | 'aborted'): Cluster {
  const cluster = new Cluster({ refuse: state === 'aborted' ? [third] : [] });
  if (state === 'initial') {
    cluster.propose('x');
    cluster.drop('vote-request', { to: third });
    cluster.propose('y');
    cluster.deliver('vote-request', { to: third });
    return cluster;
  }
  cluster.propose('x');
  cluster.deliver('vote-request');
  if (state === 'pre-commit') {
    cluster.deliver('vote');
    cluster.deliver('proposal');
  }
  if (state === 'pre-abort') {
    cluster.drop('vote');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state');
    cluster.deliver('proposal');
  }
  return cluster;
}

describe('a participant that crashes', () => {
  it('in initial forgets the number, and may vote yes when it is asked again', () => {
    const cluster = withThirdIn('initial');
    const x = { book: 'main', number: 1 };
    expect(cluster.states(x)[third]).toBe('initial');

    cluster.crash(third);
    cluster.restart(third);

    expect(cluster.states(x)[third]).toBe('unknown');
    expect(cluster.states({ book: 'main', number: 2 })[third]).toBe('waiting');
  });

  for (const state of ['waiting', 'pre-commit', 'pre-abort', 'aborted'] as const)
    it(`in ${state} is in ${state} again, waits for its rank only, and then settles the transaction with the others`, () => {
      const cluster = withThirdIn(state);
      expect(cluster.states()[third]).toBe(state);
      cluster.crash(third);
      cluster.restart(third);
      expect(cluster.states()[third]).toBe(state);
      expect(cluster.participant(third).waitOf(cluster.latest)).toMatchObject({
        wait: 'decision',
        margin: false,
        rank: 2,
      });

      cluster.crash('coordinator');
      cluster.passDeadline('decision', third);
      cluster.deliverAll();

      expect(cluster.states()).toAllBe(state === 'pre-commit' ? 'committed' : 'aborted');
    });

  it('after its line was written has the same ledger again, and answers from it', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');
    cluster.deliver('acknowledgement');
    cluster.deliver('decision', { to: third });
    cluster.drop('decision');
    cluster.crash('coordinator', third);
    cluster.restart(third);
    expect(cluster.ledgers()[third]).toEqual(['x']);

    cluster.crash(first);
    cluster.passDeadline('decision', second);
    cluster.deliverAll();

    expect(cluster.states()[second]).toBe('committed');
  });

  it('while it runs a ballot leaves it, and is no worse than any other participant', () => {
    const cluster = withThirdIn('pre-commit');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', third);
    cluster.deliver('state-request');
    cluster.crash(third);
    cluster.restart(third);

    cluster.deliver('state');
    expect(cluster.bag.includes('proposal', { from: third })).toBe(false);
    cluster.passDeadline('decision', third);
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('committed');
  });

  it('after it decided and before it told anybody has not decided otherwise', () => {
    const cluster = withThirdIn('waiting');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', third);
    cluster.deliver('state-request');
    cluster.deliver('state');
    cluster.deliver('proposal');
    cluster.slowDisk(third);
    cluster.deliver('acknowledgement');
    expect(cluster.participant(third).outcome(cluster.latest)).toBe('aborted');
    cluster.crash(third);

    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()).toMatchObject({ [first]: 'aborted', [second]: 'aborted' });
    expect(cluster.participant(first).state.recoverer.counter).toBe(3); // above the ballot that it had promised
  });

  it('and has forgotten a lower number fetches it, without waiting for the next vote request', () => {
    const cluster = new Cluster();
    const a = cluster.propose('a');
    cluster.drop('vote-request', { about: a });
    cluster.propose('b');
    cluster.deliverUntil('committed');
    cluster.crash(...cluster.names);
    cluster.passDeadline('votes', 'coordinator', a);
    cluster.deliverAll();
    expect(cluster.coordinator.outcome(a)).toBe('aborted');

    cluster.restart(...cluster.names);
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['', 'b']);
  });
});

describe('a coordinator that crashes', () => {
  it('before begin is forced has told nobody, and gives the number again', () => {
    const cluster = new Cluster();
    cluster.slowDisk('coordinator');
    cluster.propose('x');
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    cluster.coordinator.disk = 'prompt';

    expect(cluster.propose('y').number).toBe(1);
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['y']);
  });

  it('after begin is forced never gives its number again', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.drop('vote-request');
    cluster.crash('coordinator');
    cluster.restart('coordinator');

    expect(cluster.propose('y').number).toBe(2);
  });

  it('with begin only goes to recovery, and neither resumes ballot 1 nor aborts alone', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.delay('vote');
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    expect(cluster.bag.includes('state-request', { from: 'coordinator', to: third })).toBe(true);
    expect(cluster.coordinator.waitOf(cluster.latest)).toBeUndefined();

    cluster.deliverDelayed();
    expect(cluster.bag.includes('proposal', {})).toBe(false);
    cluster.coordinator.submit({ type: 'deadline', wait: 'votes', places: [cluster.latest] });
    expect(cluster.coordinator.outcome(cluster.latest)).toBe('undecided');
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('with begin only, after a pre-commit that one participant accepted, lets the majority decide', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.deliver('proposal', { to: second });
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.restart('coordinator');

    cluster.deliverAll();

    expect(new Set(Object.values(cluster.outcomes()))).toEqual(new Set([cluster.history.outcomeOf(cluster.latest)]));
  });

  it('and has told a commit that its journal lost comes to the same commit', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit', first);
    cluster.deliver('proposal', { to: second });
    cluster.drop('proposal', { to: third });
    cluster.deliver('acknowledgement');
    expect(cluster.coordinator.outcome(cluster.latest)).toBe('committed');
    cluster.drop('decision');
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    expect(cluster.coordinator.outcome(cluster.latest)).toBe('undecided');

    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('with a decision on record tells it again', () => {
    const cluster = new Cluster({ refuse: [second] });
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.drop('decision');
    expect(cluster.states()).toEqual({ [first]: 'waiting', [second]: 'aborted', [third]: 'waiting' });
    cluster.crash('coordinator');

    cluster.restart('coordinator');
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
    expect(cluster.coordinator.state.untold).toEqual([]);
  });

  it('keeps asking until it reaches a majority', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.isolate('coordinator');
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    cluster.passDeadline('answers', 'coordinator');
    expect(cluster.coordinator.waitOf(cluster.latest)).toMatchObject({ wait: 'retry', attempt: 1 });
    cluster.reconnect('coordinator');

    cluster.passDeadline('retry', 'coordinator');
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('never uses a ballot again, also when it crashes after each', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const counters = new Set<number>();
    for (let life = 0; life < 3; life += 1) {
      cluster.crash('coordinator');
      cluster.restart('coordinator');
      counters.add(cluster.coordinator.state.recoverer.counter);
    }

    expect(counters).toEqual(new Set([2, 3, 4]));
  });
});
