// Force before send: docs/commit-protocol.md, "What is forced". No message leaves a node before every record that the
// node appended earlier is forced, also when the step that sends wrote nothing.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

describe('a vote', () => {
  it('is held back until the yes is forced', () => {
    const cluster = new Cluster();
    cluster.slowDisk(first);
    cluster.propose('x');
    cluster.deliver('vote-request');
    expect(cluster.states()[first]).toBe('waiting');
    expect(cluster.bag.includes('vote', { from: first })).toBe(false);

    cluster.force(first);

    expect(cluster.bag.includes('vote', { from: first })).toBe(true);
  });

  it('that answers a duplicate request does not overtake the forced write of the first', () => {
    const cluster = new Cluster();
    cluster.slowDisk(first);
    cluster.propose('x');
    cluster.duplicate('vote-request', { to: first });

    cluster.deliver('vote-request');
    cluster.deliver('vote');
    expect(cluster.bag.includes('proposal', {})).toBe(false);

    // The yes is lost. Had the duplicate been answered from memory, the coordinator would count on it.
    cluster.crash(first);
    cluster.restart(first);
    expect(cluster.states()[first]).toBe('unknown');
    cluster.participant(first).disk = 'prompt';
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('of no is held back until the abort is forced', () => {
    const cluster = new Cluster({ refuse: [first] });
    cluster.slowDisk(first);
    cluster.propose('x');

    cluster.deliver('vote-request', { to: first });

    expect(cluster.states()[first]).toBe('aborted');
    expect(cluster.bag.includes('vote', { from: first })).toBe(false);
  });
});

describe('an answer to a recovery', () => {
  it('is held back until the promise is forced, and a crash before that leaves nobody who knows of it', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.slowDisk(second);
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request', { to: second });
    expect(cluster.bag.includes('state', { from: second })).toBe(false);

    cluster.crash(second);
    cluster.restart(second);

    // The promise is gone with the crash, so ballot 1 may still be accepted.
    cluster.participant(second).disk = 'prompt';
    cluster.deliver('proposal', { to: second, from: 'coordinator' });
    expect(cluster.states()[second]).toBe('pre-commit');
  });

  it('is held back until the abort of who has not voted is forced', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request', { to: first });
    cluster.slowDisk(second);
    cluster.passDeadline('decision', first);

    cluster.deliver('state-request', { to: second });
    expect(cluster.bag.includes('state', { from: second })).toBe(false);
    cluster.force(second);

    expect(cluster.bag.includes('state', { from: second })).toBe(true);
  });
});

describe('an acknowledgement', () => {
  it('is held back until the pre-commit is forced', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.slowDisk(first, second, third);
    cluster.duplicate('proposal', { to: first });
    cluster.deliver('proposal');
    expect(cluster.states()).toAllBe('pre-commit');
    expect(cluster.bag.size).toBe(0);

    cluster.crash(first, second, third);
    cluster.restart(first, second, third);

    expect(cluster.states()).toAllBe('waiting');
  });
});

describe('a recoverer', () => {
  it('forces its counter before it asks anybody', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.drop('vote');
    cluster.slowDisk(first);

    cluster.passDeadline('decision', first);
    expect(cluster.bag.size).toBe(0);
    cluster.force(first);

    expect(cluster.bag.includes('state-request', { from: first, to: first })).toBe(true);
  });
});

describe('a line', () => {
  it('is written, and its number answered from the ledger, only when the decision is forced', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');
    cluster.deliver('acknowledgement');
    cluster.slowDisk(first);
    cluster.deliver('decision', { to: first });
    cluster.drop('decision');
    cluster.passDeadline('decision', third);
    cluster.deliver('state-request', { to: first });
    expect(cluster.ledgers()[first]).toEqual([]);
    expect(cluster.bag.includes('state', { from: first })).toBe(false);

    cluster.force(first);

    expect(cluster.ledgers()[first]).toEqual(['x']);
    cluster.deliver('state', { from: first, to: third });
    expect(cluster.states()[third]).toBe('committed');
  });
});

describe('a commit of the coordinator', () => {
  it('is told before it is forced: a quorum holds it', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');
    cluster.slowDisk('coordinator');

    cluster.deliver('acknowledgement');

    expect(cluster.bag.includes('decision', { to: first })).toBe(true);
    expect(cluster.coordinator.journal.unforced).toBe(1);
  });
});
