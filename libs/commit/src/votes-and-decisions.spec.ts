// Votes and decisions, whatever becomes of the messages: docs/commit-protocol.md, "Ballot 1" and "Recovery".
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

describe('a decision', () => {
  it('of any ballot is accepted by a participant in pre-commit', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.deliver('proposal', { to: first });
    cluster.drop('proposal');
    cluster.crash('coordinator', first);
    cluster.passDeadline('decision', second);
    cluster.deliverAll();
    expect(cluster.states()).toMatchObject({ [second]: 'aborted', [third]: 'aborted' });

    cluster.restart(first);
    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
  });

  it('that the coordinator made alone is refused after its pre-commit, and reported', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.deliver('proposal', { to: first });
    const { digest } = cluster.begin(cluster.latest);
    const decision = {
      outcome: 'aborted' as const,
      rule: 'vote-deadline' as const,
      decidedBy: 'coordinator',
      ballot: { counter: 1, node: '' },
      quorum: 2,
      votes: {},
      states: {},
      acknowledgements: [],
      decidedAt: 0,
    };

    const subject = { ...cluster.latest, list: cluster.members(), protocol: 'e3pc' as const, digest };
    cluster.participant(first).submit({ type: 'decided', transactions: [{ subject, decision }] });

    expect(cluster.states()[first]).toBe('pre-commit');
    expect(cluster.reports).toEqual([`${first}: main-1: aborted by the coordinator alone after its pre-commit`]);
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('by others is taken up by the coordinator, also from one that has heard of the number only', () => {
    const cluster = new Cluster();
    cluster.isolate(first, second);
    cluster.propose('x');
    cluster.propose('y');
    cluster.drop('vote-request', { to: third, about: { book: 'main', number: 1 } });
    cluster.deliverUntil('waiting', third);
    cluster.reconnect(first, second);

    // The vote request for y carried x as open, so the third knows its number and its list, and nothing more.
    cluster.passDeadline('vote-request', third);
    cluster.passDeadline('decision', third, { book: 'main', number: 1 });
    cluster.deliver('state-request', { to: third });
    cluster.deliver('state', { to: third });
    cluster.deliver('decision', { to: 'coordinator' });

    expect(cluster.coordinator.outcome({ book: 'main', number: 1 })).toBe('aborted');
    expect(cluster.bag.includes('decision', { from: 'coordinator' })).toBe(false);
  });
});

describe('a vote', () => {
  it('is the same however often it is asked for', () => {
    const cluster = new Cluster({ refuse: [second] });
    cluster.propose('x');
    cluster.duplicate('vote-request');
    cluster.deliver('vote-request');

    expect(cluster.participant(first).journal.length).toBe(1);
    expect(cluster.participant(second).journal.length).toBe(1);
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('counts once, and the first counts', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote', { from: first });
    const answers = [{ ...cluster.latest, answer: 'no' as const }];
    const [from] = cluster.members();

    cluster.coordinator.submit({ type: 'replied', reply: { from: from!, ballot: { counter: 1, node: '' }, answers } });
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('of a participant may come from one with any name', () => {
    const cluster = new Cluster();
    const { coordinator } = cluster;
    const list = ['constructor', 'toString', 'valueOf'].map((name) => ({ name, logId: `journal of ${name}` }));
    const place = coordinator.propose('main', 'x', list, {});

    for (const from of list)
      coordinator.submit({
        type: 'replied',
        reply: { from, ballot: { counter: 1, node: '' }, answers: [{ ...place, answer: 'yes' }] },
      });

    expect(cluster.bag.includes('proposal', { from: 'coordinator' })).toBe(true);
  });
});
