// Ballot 1: docs/commit-protocol.md, "Ballot 1"; Keidar and Dolev 1998, section 4.1.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

/** The decision as the coordinator has it on record. */
function decisionOf(cluster: Cluster) {
  const decided = cluster.coordinator.journal.appended.find(({ kind }) => kind === 'decided');
  return decided?.kind === 'decided' ? decided.decision : undefined;
}

describe('ballot 1', () => {
  it('commits when all say yes and a quorum has accepted the pre-commit', () => {
    const cluster = new Cluster();
    cluster.propose('x');

    cluster.deliverUntil('waiting');
    cluster.deliverUntil('pre-commit');
    cluster.deliver('acknowledgement', { from: first });
    expect(cluster.coordinator.outcome(cluster.latest)).toBe('undecided');
    cluster.deliver('acknowledgement', { from: second });
    expect(decisionOf(cluster)).toMatchObject({
      outcome: 'committed',
      rule: 'quorum-acknowledged',
      decidedBy: 'coordinator',
      ballot: { counter: 1, node: '' },
      quorum: 2,
      votes: { [first]: 'yes', [second]: 'yes', [third]: 'yes' },
      acknowledgements: [first, second],
    });

    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('committed');
    expect(cluster.ledgers()).toAllBe(['x']);
  });

  it('needs three of four acknowledgements, not two', () => {
    const cluster = new Cluster({ participants: 4 });
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');

    cluster.deliver('acknowledgement', { from: first });
    cluster.deliver('acknowledgement', { from: second });
    expect(cluster.coordinator.outcome(cluster.latest)).toBe('undecided');
    cluster.deliver('acknowledgement', { from: third });

    expect(cluster.coordinator.outcome(cluster.latest)).toBe('committed');
  });

  it('counts an acknowledgement once, however often it arrives', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');

    cluster.duplicate('acknowledgement', { from: first });
    cluster.deliver('acknowledgement', { from: first });

    expect(cluster.coordinator.outcome(cluster.latest)).toBe('undecided');
  });

  it('answers the proposer only after begin is forced, and asks for no vote before', () => {
    const cluster = new Cluster();
    cluster.slowDisk('coordinator');
    cluster.propose('x');
    expect(cluster.coordinator.confirmed).toEqual([]);
    expect(cluster.bag.size).toBe(0);

    cluster.force('coordinator');

    expect(cluster.coordinator.confirmed).toEqual([{ book: 'main', number: 1 }]);
    expect(cluster.bag.includes('vote-request', { to: third })).toBe(true);
  });

  it('aborts on the first no, and leaves an empty line', () => {
    const cluster = new Cluster({ refuse: [second] });
    cluster.propose('x');

    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
    expect(cluster.ledgers()).toAllBe(['']);
    expect(decisionOf(cluster)).toMatchObject({ rule: 'vote-no', votes: { [second]: 'no' } });
  });

  it('aborts alone at the vote deadline while no pre-commit was sent', () => {
    const cluster = new Cluster();
    cluster.isolate(third);
    cluster.propose('x');
    cluster.deliverAll();
    expect(cluster.states()).toEqual({ [first]: 'waiting', [second]: 'waiting', [third]: 'unknown' });

    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();

    expect(decisionOf(cluster)).toMatchObject({ outcome: 'aborted', rule: 'vote-deadline' });
    expect(cluster.states()).toEqual({ [first]: 'aborted', [second]: 'aborted', [third]: 'unknown' });
  });

  it('forces its own abort before it tells it', () => {
    const cluster = new Cluster({ refuse: [second] });
    cluster.propose('x');
    cluster.deliverUntil('aborted', second);
    cluster.slowDisk('coordinator');

    cluster.deliver('vote', { from: second });
    expect(cluster.bag.includes('decision', {})).toBe(false);
    cluster.force('coordinator');

    expect(cluster.bag.includes('decision', { to: first })).toBe(true);
  });

  it('ignores a yes that comes after the abort', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.delay('vote', { from: third });
    cluster.deliverAll();
    cluster.passDeadline('votes', 'coordinator');

    cluster.deliverDelayed();
    expect(cluster.bag.includes('proposal', {})).toBe(false);
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('does not abort when the vote deadline passes after the pre-commit was sent', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');

    cluster.coordinator.submit({ type: 'deadline', wait: 'votes', places: [cluster.latest] });
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
  });

  it('goes to recovery, and does not abort, when the deadline for acknowledgements passes', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');
    cluster.drop('acknowledgement');

    cluster.passDeadline('acknowledgements', 'coordinator');
    expect(cluster.outcomes()).toAllBe('undecided');
    expect(cluster.bag.includes('state-request', { from: 'coordinator', to: first })).toBe(true);
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
    expect(decisionOf(cluster)).toMatchObject({ rule: 'recovery-quorum-pre-commit', decidedBy: 'coordinator' });
  });

  it('still commits by a quorum for ballot 1 that completes while its recovery waits for answers', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit');
    cluster.delay('acknowledgement');
    cluster.passDeadline('acknowledgements', 'coordinator');
    cluster.drop('state-request');

    cluster.deliverDelayed();
    cluster.deliverAll();

    expect(cluster.outcomes()).toAllBe('committed');
    expect(decisionOf(cluster)).toMatchObject({ rule: 'quorum-acknowledged' });
  });

  it('refuses the pre-commit of ballot 1 where a later ballot was promised', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.passDeadline('decision', first);
    cluster.deliver('state-request', { to: second });

    cluster.deliver('proposal', { to: second });

    expect(cluster.states()[second]).toBe('waiting');
    cluster.drop('proposal', { from: 'coordinator' });
    cluster.deliverAll();
    expect(cluster.outcomes()).toAllBe('aborted');
  });

  it('takes votes and acknowledgements of listed members only, by name and logId', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request', { to: first });
    cluster.deliver('vote-request', { to: second });
    cluster.deliver('vote');
    const answers = [{ ...cluster.latest, answer: 'yes' as const }];

    for (const from of [
      { name: third, logId: 'another journal' },
      { name: 'stranger', logId: 'journal-3' },
    ]) {
      cluster.coordinator.submit({ type: 'replied', reply: { from, ballot: { counter: 1, node: '' }, answers } });
      expect(cluster.bag.includes('proposal', {})).toBe(false);
    }
    cluster.deliver('vote-request', { to: third });
    cluster.deliver('vote', { from: third });

    expect(cluster.bag.includes('proposal', { to: third })).toBe(true);
  });
});
