// People's votes: docs/commit-protocol.md, "People". Whoever holds a participant's seat is asked; recovery asks processes.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;
const everybody = [first, second, third];

/** Everybody is asked to vote. */
function withVotesAsked(protocol: 'e3pc' | '3pc' | '2pc' = 'e3pc'): Cluster {
  const cluster = new Cluster();
  cluster.propose('x', { votes: 'manual', protocol });
  cluster.deliverAll();
  return cluster;
}

/** Everybody has voted yes, and is asked to acknowledge the pre-commit. */
function withAcknowledgementsAsked(protocol: 'e3pc' | '3pc' = 'e3pc'): Cluster {
  const cluster = withVotesAsked(protocol);
  for (const name of everybody) cluster.vote(name, 'commit');
  cluster.deliverAll();
  return cluster;
}

const asked = (cluster: Cluster): (string | undefined)[] =>
  everybody.map((name) => cluster.participant(name).askedOfPerson(cluster.latest));

describe('people who vote', () => {
  it('are asked, and nothing is promised before they answer', () => {
    const cluster = withVotesAsked();
    expect(asked(cluster)).toEqual(['vote', 'vote', 'vote']);
    expect(cluster.states()).toAllBe('initial');
    expect(cluster.participant(first).journal.length).toBe(0);
  });

  it('commit when all say yes and a majority acknowledges the pre-commit', () => {
    const cluster = withAcknowledgementsAsked();
    expect(cluster.states()).toAllBe('pre-commit');
    expect(asked(cluster)).toEqual(['acknowledgement', 'acknowledgement', 'acknowledgement']);

    expect(cluster.acknowledge(first)).toEqual({ taken: true, state: 'pre-commit' });
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('undecided');
    cluster.acknowledge(third);
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
    expect(cluster.ledgers()).toAllBe(['x']);
    expect(asked(cluster)).toEqual([undefined, undefined, undefined]);
  });

  it('abort with one no, which leaves an empty line', () => {
    const cluster = withVotesAsked();
    cluster.vote(first, 'commit');
    expect(cluster.vote(second, 'abort')).toEqual({ taken: true, state: 'aborted' });
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
    expect(cluster.ledgers()).toAllBe(['']);
  });

  it('abort by saying nothing until the deadline', () => {
    const cluster = withVotesAsked();
    cluster.vote(first, 'commit');
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
    expect(cluster.vote(second, 'commit')).toMatchObject({ taken: false, reason: 'late' });
  });

  it('are told that a yes was taken only when it is forced, and so is the coordinator', () => {
    const cluster = withVotesAsked();
    cluster.slowDisk(first);
    expect(cluster.vote(first, 'commit')).toBeUndefined();
    expect(cluster.bag.includes('vote', { from: first })).toBe(false);

    cluster.force(first);

    expect(cluster.bag.includes('vote', { from: first })).toBe(true);
    expect(cluster.participant(first).told).toEqual({ taken: true, state: 'waiting' });
  });

  it('vote once: a second vote is refused with the state, whatever it says', () => {
    const cluster = withVotesAsked();
    cluster.vote(first, 'commit');
    expect(cluster.vote(first, 'abort')).toEqual({ taken: false, reason: 'double', state: 'waiting' });
    cluster.vote(second, 'abort');
    expect(cluster.vote(second, 'commit')).toEqual({ taken: false, reason: 'double', state: 'aborted' });
  });

  it('acknowledge once, and only what they are asked for', () => {
    const cluster = withVotesAsked();
    expect(cluster.acknowledge(first)).toEqual({ taken: false, reason: 'not-asked', state: 'initial' });
    for (const name of everybody) cluster.vote(name, 'commit');
    cluster.deliverAll();
    cluster.acknowledge(first);
    expect(cluster.acknowledge(first)).toEqual({ taken: false, reason: 'double', state: 'pre-commit' });
  });

  it('do not vote in a book whose votes are automatic, nor on what nobody knows', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    expect(cluster.vote(first, 'abort')).toEqual({ taken: false, reason: 'automatic', state: 'waiting' });
    expect(cluster.vote(first, 'abort', { book: 'main', number: 7 })).toEqual({
      taken: false,
      reason: 'unknown',
      state: null,
    });
  });

  it('answer every request that came for the vote, also one that came twice', () => {
    const cluster = new Cluster();
    cluster.propose('x', { votes: 'manual' });
    cluster.duplicate('vote-request', { to: first });
    cluster.deliverAll();
    cluster.vote(first, 'commit');
    expect(cluster.bag.takeAll('vote', { from: first })).toHaveLength(2);
  });
});

describe('the pre-commit of people', () => {
  it('is forced at once: without any acknowledgement, e3pc commits by a recovery that asks nobody', () => {
    const cluster = withAcknowledgementsAsked();
    cluster.passDeadline('acknowledgements', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
    expect(asked(cluster)).toEqual([undefined, undefined, undefined]);
    expect(cluster.acknowledge(first)).toMatchObject({ taken: false, reason: 'late' });
  });

  it('commits with 3pc at the deadline for acknowledgements', () => {
    const cluster = withAcknowledgementsAsked('3pc');
    cluster.passDeadline('acknowledgements', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('needs no acknowledgement with 2pc, which has none', () => {
    const cluster = withVotesAsked('2pc');
    for (const name of everybody) cluster.vote(name, 'commit');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('is acknowledged by the person alone: a recovery that comes first supersedes the person', () => {
    const cluster = withAcknowledgementsAsked();
    cluster.crash('coordinator');
    cluster.passDeadline('decision', second);
    cluster.deliver('state-request', { to: first });
    expect(cluster.acknowledge(first)).toEqual({ taken: false, reason: 'superseded', state: 'pre-commit' });
    cluster.deliverAll();
    expect(cluster.participant(first).outcome(cluster.latest)).toBe('committed');
  });
});

describe('a recovery', () => {
  it('asks processes, never people: who has not voted aborts, and the vote comes too late', () => {
    const cluster = withVotesAsked();
    cluster.vote(first, 'commit');
    cluster.vote(second, 'commit');
    cluster.crash('coordinator');

    cluster.passDeadline('decision', first);
    cluster.deliverAll();

    expect(cluster.states()).toAllBe('aborted');
    expect(cluster.vote(third, 'commit')).toMatchObject({ taken: false });
  });

  it('keeps the yes of a person that was forced before a crash', () => {
    const cluster = withVotesAsked();
    cluster.vote(first, 'commit');
    cluster.crash(first);
    cluster.restart(first);
    expect(cluster.states()[first]).toBe('waiting');
    expect(cluster.vote(first, 'abort')).toEqual({ taken: false, reason: 'double', state: 'waiting' });
  });

  it('finds a person who was asked before a crash asked no more: the coordinator’s deadline settles it', () => {
    const cluster = withVotesAsked();
    cluster.crash(second);
    cluster.restart(second);
    expect(cluster.vote(second, 'commit')).toMatchObject({ taken: false, reason: 'unknown' });
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('begins with an abort where a person has said nothing until the end of the wait for a vote request', () => {
    const cluster = withVotesAsked();
    cluster.crash('coordinator');
    cluster.passDeadline('vote-request', third);
    expect(cluster.states()[third]).toBe('aborted');
    expect(cluster.vote(third, 'commit')).toEqual({ taken: false, reason: 'late', state: 'aborted' });
  });
});
