// Who runs the ballots of a recovery: docs/commit-protocol.md, "Recovery"; Keidar and Dolev 1998, section 4.2.
import { describe, expect, it } from '@jest/globals';
import { leftWaiting, withAllVotes } from './testing/beginnings.js';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** The records of a kind in a node's journal. */
const records = (cluster: Cluster, name: string, kind: string) =>
  cluster.node(name).journal.appended.filter((record) => record.kind === kind);

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
    const cluster = leftWaiting();
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
    const cluster = leftWaiting();
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
    const cluster = leftWaiting();
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.delay('state');
    cluster.passDeadline('answers', first);

    cluster.deliverDelayed();

    expect(cluster.bag.size).toBe(0);
    expect(cluster.participant(first).waitOf(cluster.latest)).toMatchObject({ wait: 'retry', attempt: 1 });
  });

  it('gives whoever was promised time to decide before it tries itself', () => {
    const cluster = leftWaiting();
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

describe('to a recoverer', () => {
  it('answers to an earlier ballot count for nothing', () => {
    const cluster = leftWaiting();
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.delay('state');
    cluster.passDeadline('answers', first);
    cluster.passDeadline('retry', first);
    cluster.drop('state-request');

    cluster.deliverDelayed();

    expect(cluster.bag.includes('proposal', {})).toBe(false);
  });

  it('acknowledgements of another value than it proposes count for nothing', () => {
    const cluster = leftWaiting();
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state');
    const answers = [{ ...cluster.latest, answer: 'accepted' as const }];

    for (const from of cluster.members())
      cluster.participant(first).submit({
        type: 'replied',
        reply: { from, ballot: { counter: 2, node: first }, proposal: 'pre-commit', answers },
      });

    expect(cluster.outcomes()).toAllBe('undecided');
  });

  it('the end of a question, or of an earlier ballot, does not end the proposal that runs', () => {
    const cluster = leftWaiting();
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state');

    for (const counter of [1, 2])
      cluster.participant(first).submit({
        type: 'ask-ended',
        ballot: { counter, node: first },
        ...(counter === 1 && { proposal: 'pre-abort' }),
        places: [cluster.latest],
      });
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
  });

  it('a decision by another one ends its ballot', () => {
    const cluster = leftWaiting();
    cluster.isolate(first);
    cluster.passDeadline('decision', first);
    cluster.deliverAll();
    expect(cluster.participant(first).state.recoverer.recoveries.size).toBe(1);
    cluster.passDeadline('decision', second);
    cluster.deliver('state-request');
    cluster.deliver('state');
    cluster.deliver('proposal');
    cluster.reconnect(first);

    cluster.deliverAll();

    expect(cluster.states()[first]).toBe('aborted');
    expect(cluster.participant(first).state.recoverer.recoveries.size).toBe(0);
  });
});
