// Recovery: docs/commit-protocol.md, "Recovery"; Keidar and Dolev 1998, section 4.2.
import { describe, expect, it } from '@jest/globals';
import { leftWaiting, withAllVotes } from './testing/beginnings.js';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** The records of a kind in a node's journal. */
const records = (cluster: Cluster, name: string, kind: string) =>
  cluster.node(name).journal.appended.filter((record) => record.kind === kind);

describe('when the coordinator crashes', () => {
  it('after all votes and before any pre-commit, the majority aborts', () => {
    const cluster = leftWaiting();

    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
    expect(records(cluster, first, 'decided')).toMatchObject([
      {
        decision: {
          rule: 'recovery-quorum-pre-abort',
          decidedBy: first,
          ballot: { counter: 2, node: first },
          states: { [first]: { state: 'waiting' }, [second]: { state: 'waiting' } },
        },
      },
    ]);
  });

  it('after a pre-commit to one only, a majority without that one aborts, and the one follows', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.crash('coordinator', first);

    cluster.passDeadline('decision', second);
    cluster.deliverAll();
    expect(cluster.states()).toMatchObject({ [second]: 'aborted', [third]: 'aborted' });

    cluster.restart(first);
    expect(cluster.states()[first]).toBe('pre-commit');
    cluster.passDeadline('decision', first);
    cluster.deliverAll();
    expect(cluster.states()).toAllBe('aborted');
  });

  it('after a pre-commit to one only, a majority with that one commits', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.crash('coordinator', third);

    cluster.passDeadline('decision', second);
    cluster.deliverAll();
    expect(cluster.states()).toMatchObject({ [first]: 'committed', [second]: 'committed' });

    cluster.restart(third);
    cluster.passDeadline('decision', third);
    cluster.deliverAll();
    expect(cluster.states()).toAllBe('committed');
    expect(cluster.ledgers()).toAllBe(['x']);
  });

  it('after a pre-commit to a majority, every majority commits', () => {
    for (const absent of [first, second, third]) {
      const cluster = withAllVotes();
      cluster.deliver('proposal', { to: first });
      cluster.deliver('proposal', { to: second });
      cluster.drop('proposal');
      cluster.crash('coordinator', absent);

      cluster.passDeadline('decision', absent === third ? first : third);
      cluster.deliverAll();
      cluster.restart(absent);
      cluster.passDeadline('decision', absent);
      cluster.deliverAll();

      expect(cluster.states()).toAllBe('committed');
    }
  });

  it('before one participant heard of the transaction, who is asked without a yes on record aborts', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.drop('vote-request', { to: third });
    cluster.deliver('vote-request');
    cluster.crash('coordinator');

    cluster.passDeadline('decision', first);
    cluster.drop('state-request', { to: second });
    cluster.deliverAll();

    expect(records(cluster, third, 'aborted-alone')).toMatchObject([{ reason: 'asked-in-recovery' }]);
    expect(records(cluster, first, 'decided')).toMatchObject([{ decision: { rule: 'recovery-found-aborted' } }]);
    expect(cluster.states()).toAllBe('aborted');
  });

  it('who has aborted in a recovery says no to a vote request that comes later', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.delay('vote-request', { to: third });
    cluster.deliver('vote-request');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request', { to: third });

    cluster.deliverDelayed();
    cluster.deliver('vote', { from: third });
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
    expect(records(cluster, third, 'voted-yes')).toEqual([]);
  });

  it('an abort on record is answered to any ballot, and recorded once', () => {
    const cluster = new Cluster({ refuse: [third] });
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.crash('coordinator');
    for (const recoverer of [second, first]) {
      cluster.passDeadline('decision', recoverer);
      cluster.deliver('state-request', { to: third });
    }

    const [record, ...more] = records(cluster, third, 'aborted-alone');

    expect(record).toMatchObject({ reason: 'policy', begin: { value: 'x' } });
    expect(more).toEqual([]);
    cluster.deliver('state', { from: third });
    cluster.deliverAll();
    expect(cluster.states()).toAllBe('aborted');
  });
});

describe('a proposal', () => {
  it('moves between pre-commit and pre-abort with the ballots, and the last that a quorum accepted decides', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: third });
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.isolate(third);
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state');
    cluster.deliver('proposal', { to: second });
    expect(cluster.states()).toEqual({ [first]: 'waiting', [second]: 'pre-abort', [third]: 'pre-commit' });
    cluster.drop('proposal');
    cluster.crash(first);
    cluster.reconnect(third);

    cluster.passDeadline('decision', third);
    cluster.deliverAll();

    // The pre-abort has the greater lastAttempt, so the third gives up its pre-commit.
    expect(records(cluster, third, 'accepted')).toMatchObject([{ proposal: 'pre-commit' }, { proposal: 'pre-abort' }]);
    expect(cluster.states()).toMatchObject({ [second]: 'aborted', [third]: 'aborted' });
  });

  it('is accepted once more without a second record', () => {
    const cluster = withAllVotes();
    cluster.duplicate('proposal');
    cluster.deliver('proposal');

    expect(records(cluster, first, 'accepted')).toHaveLength(1);
    cluster.deliverAll();
    expect(cluster.states()).toAllBe('committed');
  });

  it('is refused by a participant that has aborted, whatever it proposes, and the abort is told', () => {
    const cluster = new Cluster({ refuse: [third] });
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.drop('vote');
    const { digest } = cluster.begin(cluster.latest);

    for (const proposal of ['pre-commit', 'pre-abort'] as const) {
      const ballot = { counter: 1, node: '' };
      const transactions = [{ ...cluster.latest, digest }];
      cluster.put({
        kind: 'proposal',
        from: 'coordinator',
        to: third,
        request: {
          type: 'proposed',
          ballot,
          proposal,
          deadline: 0,
          list: cluster.members(),
          protocol: 'e3pc',
          transactions,
        },
      });
      cluster.deliver('proposal');

      expect(cluster.bag.takeAll('acknowledgement', {})).toMatchObject([
        { reply: { answers: [{ answer: 'state', state: 'aborted' }] } },
      ]);
      expect(cluster.states()[third]).toBe('aborted');
    }
  });

  it('is refused by a participant without a yes on record', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.drop('vote-request', { to: third });
    cluster.deliverAll();
    const { digest } = cluster.begin(cluster.latest);

    cluster.put({
      kind: 'proposal',
      from: 'coordinator',
      to: third,
      request: {
        type: 'proposed',
        ballot: { counter: 1, node: '' },
        proposal: 'pre-commit',
        deadline: 0,
        list: cluster.members(),
        protocol: 'e3pc',
        transactions: [{ ...cluster.latest, digest }],
      },
    });
    cluster.deliverAll();

    expect(cluster.states()[third]).toBe('unknown');
    expect(cluster.participant(third).journal.length).toBe(0);
  });
});

describe('a quorum', () => {
  it('of four is three: two that have the pre-commit and two that have not both wait', () => {
    const cluster = withAllVotes(4);
    cluster.deliver('proposal', { to: first });
    cluster.deliver('proposal', { to: second });
    cluster.drop('proposal');
    cluster.crash('coordinator', third, 'participant-4');

    cluster.passDeadline('decision', first);
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('undecided');

    cluster.restart(third);
    cluster.passDeadline('answers', first);
    cluster.passDeadline('retry', first);
    cluster.deliverAll();
    expect(cluster.states()).toMatchObject({ [first]: 'committed', [second]: 'committed', [third]: 'committed' });
  });
});
