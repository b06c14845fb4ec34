// Recovery: docs/commit-protocol.md, "Recovery"; Keidar and Dolev 1998, section 4.2.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** All have voted yes and the pre-commit is on its way. */
function withAllVotes(participants = 3): Cluster {
  const cluster = new Cluster({ participants });
  cluster.propose('x');
  cluster.deliver('vote-request');
  cluster.deliver('vote');
  return cluster;
}

/** The records of a kind in a node's journal. */
const records = (cluster: Cluster, name: string, kind: string) =>
  cluster.node(name).journal.appended.filter((record) => record.kind === kind);

describe('when the coordinator crashes', () => {
  it('after all votes and before any pre-commit, the majority aborts', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.crash('coordinator');

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

describe('a recoverer', () => {
  it('waits and tries again while it reaches a minority, and decides nothing', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.isolate(first);
    cluster.crash('coordinator');

    for (let attempt = 1; attempt <= 3; attempt += 1) {
      cluster.passDeadline(attempt === 1 ? 'decision' : 'retry', first);
      cluster.deliverAll();
      cluster.passDeadline('answers', first);
      expect(cluster.participant(first).waitOf(cluster.latest)).toMatchObject({ wait: 'retry', attempt });
    }
    expect(cluster.states()).toEqual({ [first]: 'pre-commit', [second]: 'waiting', [third]: 'waiting' });

    cluster.reconnect(first);
    cluster.passDeadline('retry', first);
    cluster.deliverAll();
    expect(cluster.states()).toAllBe('committed');
  });

  it('decides a pre-abort only when a quorum has accepted it', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state');

    cluster.deliver('proposal', { to: first });
    cluster.deliver('acknowledgement');
    expect(cluster.outcomes()).toAllBe('undecided');
    cluster.deliver('proposal', { to: third });
    cluster.deliver('acknowledgement');

    expect(cluster.participant(first).outcome(cluster.latest)).toBe('aborted');
  });

  it('is superseded by a greater ballot, and its own proposal is refused everywhere', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.crash('coordinator');

    // The first is to propose a pre-commit, when the second's ballot, greater by its name, is promised by all.
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state', { from: first });
    cluster.deliver('state', { from: second });
    cluster.passDeadline('decision', second);
    cluster.deliver('state-request');
    cluster.deliver('proposal');
    expect(cluster.states()).toEqual({ [first]: 'pre-commit', [second]: 'waiting', [third]: 'waiting' });
    cluster.deliver('acknowledgement', { to: first });
    expect(cluster.outcomes()).toAllBe('undecided');

    cluster.deliverAll();
    expect(cluster.states()).toAllBe('committed');
  });

  it('and another may duel for as long as they like, and never disagree', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: third });
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', first);
    cluster.passDeadline('decision', second);

    // Each is elected before the other has proposed.
    for (let round = 0; round < 5; round += 1) {
      for (const recoverer of [first, second]) {
        cluster.deliver('state-request', { from: recoverer });
        cluster.deliver('state', { to: recoverer });
      }
      for (const recoverer of [first, second]) {
        cluster.deliver('proposal', { from: recoverer });
        cluster.drop('acknowledgement', { to: recoverer });
        cluster.passDeadline('answers', recoverer);
        cluster.passDeadline('retry', recoverer);
      }
    }
    expect(cluster.outcomes()).toAllBe('undecided');

    cluster.drop('state-request', { from: first });
    cluster.deliverAll();
    expect(cluster.states()).toAllBe(cluster.history.outcomeOf(cluster.latest));
  });

  it('learns from a refusal which counter to use next', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.isolate(third);
    cluster.crash('coordinator');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      cluster.passDeadline(attempt === 1 ? 'decision' : 'retry', first);
      cluster.deliver('state-request');
      cluster.drop('state');
      cluster.passDeadline('answers', first);
    }
    cluster.reconnect(third);

    cluster.passDeadline('decision', third);
    cluster.deliver('state-request');
    cluster.deliver('state');
    expect(cluster.participant(third).state.recoverer.counter).toBe(5);
    cluster.passDeadline('answers', third);
    cluster.passDeadline('retry', third);
    cluster.deliverAll();

    expect(records(cluster, third, 'decided')).toMatchObject([{ decision: { ballot: { counter: 6, node: third } } }]);
  });

  it('never uses a ballot again after a restart', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.crash('coordinator');
    const ballots = new Set<string>();

    for (let life = 0; life < 3; life += 1) {
      cluster.passDeadline('decision', first);
      const asked = cluster.bag.all[0];
      expect(asked?.kind).toBe('state-request');
      if (asked?.kind === 'state-request') ballots.add(JSON.stringify(asked.request.ballot));
      cluster.drop('state-request');
      cluster.crash(first);
      cluster.restart(first);
    }

    expect(ballots.size).toBe(3);
  });

  it('proposes once in a ballot, whatever is answered after that', () => {
    const cluster = withAllVotes();
    cluster.deliver('proposal', { to: third });
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');

    // A quorum in `waiting` makes it propose pre-abort; the pre-commit that is heard of after that changes nothing.
    cluster.deliver('state', { from: first });
    cluster.deliver('state', { from: second });
    cluster.drop('proposal', { to: third });
    cluster.deliver('state', { from: third });
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
    expect(records(cluster, second, 'accepted')).toMatchObject([{ proposal: 'pre-abort' }]);
  });

  it('does not take up answers when the ballot is over', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.delay('state');
    cluster.passDeadline('answers', first);

    cluster.deliverDelayed();

    expect(cluster.bag.size).toBe(0);
    expect(cluster.participant(first).waitOf(cluster.latest)).toMatchObject({ wait: 'retry', attempt: 1 });
  });

  it('gives whoever was promised time to decide before it tries itself', () => {
    const cluster = withAllVotes();
    cluster.drop('proposal');
    cluster.crash('coordinator');
    cluster.passDeadline('decision', first);
    cluster.passDeadline('decision', third);

    cluster.deliver('state-request', { from: first, to: second });

    expect(cluster.participant(second).waitOf(cluster.latest)).toMatchObject({
      wait: 'decision',
      until: null,
      margin: true,
      rank: 1,
    });
  });

  it('runs one ballot for all transactions whose wait ends together', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.propose('y');
    cluster.propose('z');
    cluster.deliver('vote-request');
    cluster.crash('coordinator');

    cluster.passDeadline('decision', first);
    expect(cluster.bag.size).toBe(3 * 3 + 3); // nine votes, and one request to each participant
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['', '', '']);
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
