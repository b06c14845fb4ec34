// The three protocols on the same faults: docs/commit-protocol.md, "3pc and 2pc".
import { describe, expect, it } from '@jest/globals';
import type { ProtocolName } from '@parley/contracts';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';
import { Violation } from './testing/history.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** All have voted yes on a transaction of this protocol, and the coordinator knows it. */
function withAllVotes(protocol: ProtocolName, participants = 3): Cluster {
  const cluster = new Cluster({ participants });
  cluster.propose('x', { protocol });
  cluster.deliver('vote-request');
  cluster.deliver('vote');
  return cluster;
}

/** The rule by which the last transaction was decided, as a participant's journal has it. */
const ruleAt = (cluster: Cluster, name: string): string | undefined =>
  cluster
    .participant(name)
    .journal.appended.flatMap((record) => ('decision' in record ? record.decision.rule : []))
    .at(-1);

describe('2pc (Gray 1978)', () => {
  it('commits when all have voted yes, without a pre-commit, and forces the commit before it tells it', () => {
    const cluster = new Cluster();
    cluster.propose('x', { protocol: '2pc' });
    cluster.deliver('vote-request');
    cluster.slowDisk('coordinator');
    cluster.deliver('vote');
    expect(cluster.bag.includes('decision', {})).toBe(false);

    cluster.force('coordinator');
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
    expect(ruleAt(cluster, first)).toBe('all-voted-yes');
    expect(cluster.ledgers()).toEqual({ [first]: ['x'], [second]: ['x'], [third]: ['x'] });
  });

  it('aborts at a no, and at the deadline for votes', () => {
    const refused = new Cluster({ refuse: [second] });
    refused.propose('x', { protocol: '2pc' });
    refused.deliverAll();
    expect(refused.outcomes()).toAllBe('aborted');

    const silent = new Cluster();
    silent.propose('x', { protocol: '2pc' });
    silent.deliver('vote-request', { to: first });
    silent.drop('vote-request');
    silent.passDeadline('votes', 'coordinator');
    silent.deliverAll();
    expect(silent.outcomes()).toAllBe('aborted');
  });

  it('waits while the coordinator is down, whatever the participants ask each other', () => {
    const cluster = withAllVotes('2pc');
    cluster.drop('decision');
    cluster.crash('coordinator');

    for (const name of [first, second, third]) {
      cluster.passDeadline('decision', name);
      cluster.deliverAll();
      cluster.passDeadline('answers', name);
      cluster.passDeadline('retry', name);
      cluster.deliverAll();
    }

    expect(cluster.states()).toAllBe('waiting');
    cluster.restart('coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('aborts after a restart what had only its begin on record: a commit would have been forced first', () => {
    const cluster = new Cluster();
    cluster.propose('x', { protocol: '2pc' });
    cluster.deliver('vote-request');
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
    expect(ruleAt(cluster, second)).toBe('nothing-decided-before-restart');
  });

  it('lets participants abort when one of them has not voted: it forces its abort when it is asked', () => {
    const cluster = new Cluster();
    cluster.propose('x', { protocol: '2pc' });
    cluster.drop('vote-request', { to: third });
    cluster.deliverAll();
    cluster.crash('coordinator');

    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
    expect(ruleAt(cluster, second)).toBe('asked-found-aborted');
  });

  it('tells a participant that missed the decision, when it asks', () => {
    const cluster = withAllVotes('2pc');
    cluster.drop('decision');

    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()[first]).toBe('committed');
  });
});

describe('3pc (Skeen 1981)', () => {
  it('commits when all have acknowledged', () => {
    const cluster = withAllVotes('3pc');
    cluster.deliver('proposal');
    cluster.deliver('acknowledgement', { from: first });
    cluster.deliver('acknowledgement', { from: second });
    expect(cluster.outcomes()).toAllBe('undecided');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
    expect(ruleAt(cluster, first)).toBe('all-acknowledged');
  });

  it('commits at the deadline for acknowledgements, also when none has come', () => {
    const cluster = withAllVotes('3pc');
    cluster.drop('proposal');
    cluster.passDeadline('acknowledgements', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
    expect(ruleAt(cluster, third)).toBe('acknowledgement-deadline');
  });

  it('goes on without the coordinator: whoever asks commits if anybody is in pre-commit, and aborts otherwise', () => {
    const after = withAllVotes('3pc');
    after.deliver('proposal', { to: second });
    after.crash('coordinator');
    after.passDeadline('decision', first);
    after.deliverAll();
    expect(after.states()).toAllBe('committed');
    expect(ruleAt(after, first)).toBe('asked-found-pre-commit');

    const before = withAllVotes('3pc');
    before.crash('coordinator');
    before.drop('proposal');
    before.passDeadline('decision', first);
    before.deliverAll();
    expect(before.states()).toAllBe('aborted');
    expect(ruleAt(before, first)).toBe('asked-found-no-pre-commit');
  });
});

describe('the two schedules in which time-outs disagree', () => {
  /**
   * Two participants, all yes; the coordinator sends the pre-commit to the first and crashes before the second. Then both
   * waits end, and each participant is alone with what it knows: what it asks the other comes too late.
   */
  const crashBetweenTwo = (protocol: ProtocolName): Cluster => {
    const cluster = withAllVotes(protocol, 2);
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.crash('coordinator');
    for (const [asking, other] of [
      [first, second],
      [second, first],
    ] as const) {
      cluster.passDeadline('decision', asking);
      cluster.deliver('state-request', { to: asking });
      cluster.drop('state-request', { to: other });
      cluster.deliver('state', { to: asking });
      if (cluster.bag.includes('decision', {})) cluster.drop('decision');
      cluster.node(asking).passDeadline('answers');
      if (cluster.bag.includes('decision', {})) cluster.drop('decision');
    }
    return cluster;
  };

  /** One participant, yes; its pre-commit is late. The coordinator commits without acknowledgement, the participant asks. */
  const delayOfOne = (protocol: ProtocolName): Cluster => {
    const cluster = withAllVotes(protocol, 1);
    cluster.delay('proposal');
    cluster.passDeadline('acknowledgements', 'coordinator');
    if (cluster.bag.includes('decision', {})) cluster.delay('decision');
    if (cluster.bag.includes('state-request', {})) cluster.drop('state-request');
    cluster.passDeadline('decision', first);
    cluster.deliverAll();
    cluster.node(first).passDeadline('answers');
    cluster.deliverAll();
    return cluster;
  };

  for (const [name, schedule] of [
    ['a crash between two pre-commits, after which nobody hears the other in time', crashBetweenTwo],
    ['a pre-commit that is late at a single participant', delayOfOne],
  ] as const) {
    it(`${name}: 3pc disagrees`, () => {
      expect(() => schedule('3pc')).toThrow(Violation);
      expect(() => schedule('3pc')).toThrow(/agreement/);
    });

    it(`${name}: e3pc does not, and decides once they hear each other`, () => {
      const cluster = schedule('e3pc');
      cluster.restart('coordinator');
      for (let round = 0; round < 4; round += 1)
        for (const node of cluster.nodes)
          for (const kind of node.deadlines()) {
            node.passDeadline(kind);
            cluster.deliverAll();
          }
      const outcomes = new Set(Object.values(cluster.outcomes()));
      expect(outcomes.size).toBe(1);
      expect(outcomes.has('undecided')).toBe(false);
    });
  }
});

describe('a book', () => {
  it('keeps the protocol of its first transaction, also over a restart of the coordinator', () => {
    const cluster = new Cluster();
    cluster.propose('x', { book: 'old', protocol: '2pc' });
    cluster.propose('y', { book: 'old', protocol: 'e3pc' });
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    cluster.propose('z', { book: 'old', protocol: '3pc' });
    cluster.propose('z', { book: 'old', votes: 'manual' });
    cluster.propose('z', { book: 'old' });

    expect(cluster.coordinator.refused).toEqual(['book-protocol', 'book-protocol', 'book-votes']);
    expect(cluster.coordinator.confirmed).toEqual([
      { book: 'old', number: 1 },
      { book: 'old', number: 2 },
    ]);
    expect(cluster.begin({ book: 'old', number: 2 }).protocol).toBe('2pc');
  });

  it('of 3pc that has disagreed takes no more, also after a restart of the coordinator', () => {
    const cluster = new Cluster();
    cluster.propose('x', { book: 'unsafe', protocol: '3pc' });
    cluster.put({ kind: 'divergence', book: 'unsafe', from: first, to: 'coordinator' });
    cluster.deliverAll();
    cluster.propose('y', { book: 'unsafe' });
    cluster.crash('coordinator');
    cluster.restart('coordinator');
    cluster.propose('z', { book: 'unsafe' });

    expect(cluster.coordinator.refused).toEqual(['book-diverged', 'book-diverged']);
  });

  it('of e3pc or 2pc cannot be said to have disagreed', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.put({ kind: 'divergence', book: 'main', from: first, to: 'coordinator' });
    cluster.deliverAll();
    cluster.propose('y');
    expect(cluster.coordinator.refused).toEqual([]);
  });

  it('of 3pc is told to have disagreed by a participant that hears of the other decision; it does not stop', () => {
    const cluster = new Cluster();
    cluster.propose('a hole, so that the line of the next one waits', { book: 'unsafe', protocol: '3pc' });
    cluster.drop('vote-request');
    const place = cluster.propose('y', { book: 'unsafe' });
    cluster.deliver('vote-request', { to: first });
    cluster.drop('vote-request');
    cluster.drop('vote');
    const subject = {
      ...place,
      list: cluster.members(),
      protocol: '3pc' as const,
      digest: cluster.begin(place).digest,
    };
    const decision = {
      decidedBy: second,
      ballot: { counter: 7, node: second },
      quorum: 3,
      votes: {},
      states: {},
      acknowledgements: [],
      decidedAt: 0,
    };
    const participant = cluster.participant(first);
    participant.submit({
      type: 'decided',
      transactions: [{ subject, decision: { ...decision, outcome: 'aborted', rule: 'asked-found-no-pre-commit' } }],
    });
    participant.submit({
      type: 'decided',
      transactions: [{ subject, decision: { ...decision, outcome: 'committed', rule: 'acknowledgement-deadline' } }],
    });

    expect(cluster.participant(first).stoppedBecause).toBeNull();
    expect(cluster.bag.includes('divergence', { from: first, to: 'coordinator' })).toBe(true);
  });

  it('of 3pc whose ledgers are seen to differ takes no more, also when nobody hears of two decisions', () => {
    const cluster = new Cluster();
    cluster.propose('x', { book: 'unsafe', protocol: '3pc' });
    cluster.deliverAll();
    const seen = { type: 'peer-compared', book: 'unsafe', peer: second, line: 1 } as const;
    cluster.participant(first).submit({ ...seen, agrees: true });
    cluster.deliverAll();
    cluster.propose('y', { book: 'unsafe' });
    cluster.deliverAll();
    cluster.participant(first).submit({ ...seen, agrees: false });
    cluster.deliverAll();
    cluster.propose('z', { book: 'unsafe' });

    expect(cluster.coordinator.confirmed).toHaveLength(2);
    expect(cluster.coordinator.refused).toEqual(['book-diverged']);
  });
});
