// What a correct system does not do. A node whose own journal contradicts what the others know stops: nothing that it
// would do afterwards could be trusted. What is only strange is refused and reported.
import { describe, expect, it } from '@jest/globals';
import type { DatedDecision, DecidedTransaction, Outcome } from '@parley/contracts';
import type { Announced } from './effects.js';
import type { ParticipantInput } from './participant.js';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third] = ['participant-1', 'participant-2', 'participant-3'] as const;

const decision = (outcome: Outcome): DatedDecision => ({
  outcome,
  rule: outcome === 'committed' ? 'recovery-quorum-pre-commit' : 'recovery-quorum-pre-abort',
  decidedBy: second,
  ballot: { counter: 7, node: second },
  quorum: 2,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt: 0,
});

/** An ask for lines that only the coordinator has answered. */
const toldByTheCoordinator = (transaction: DecidedTransaction): ParticipantInput => ({
  type: 'fetched',
  coordinator: 'coordinator',
  replies: [{ from: 'coordinator', lines: [{ transaction, link: null }], marks: [] }],
});

/** The transaction proposed last, as somebody else says that it was decided. */
const announced = (cluster: Cluster, outcome: Outcome): Announced => ({
  subject: {
    ...cluster.latest,
    list: cluster.members(),
    protocol: 'e3pc',
    digest: cluster.begin(cluster.latest).digest,
  },
  decision: decision(outcome),
});

describe('a participant stops', () => {
  it('when a transaction that lists it was committed without a yes of its own on record', () => {
    const cluster = new Cluster();
    cluster.propose('x');

    cluster.participant(first).submit({ type: 'decided', transactions: [announced(cluster, 'committed')] });

    expect(cluster.participant(first).stoppedBecause).toMatch(/main-1: .*no yes is on record here/);
  });

  it('when such a commit is among the lines that it fetches', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    const { list } = announced(cluster, 'committed').subject;

    cluster.participant(first).submit(
      toldByTheCoordinator({
        ...cluster.latest,
        list: [...list],
        protocol: 'e3pc',
        begin: cluster.begin(cluster.latest),
        decision: decision('committed'),
      }),
    );

    expect(cluster.participant(first).stoppedBecause).toMatch(/no yes is on record here/);
  });

  it('when it has aborted alone and the others committed', () => {
    const cluster = new Cluster({ refuse: [first] });
    cluster.propose('x');
    cluster.deliver('vote-request', { to: first });

    cluster.participant(first).submit({ type: 'decided', transactions: [announced(cluster, 'committed')] });

    expect(cluster.participant(first).stoppedBecause).toMatch(/no yes is on record here/);
  });

  it('when it is told another decision than it has on record, by an announcement or by a fetch', () => {
    for (const way of ['decided', 'fetched'] as const) {
      const cluster = new Cluster();
      const a = cluster.propose('a');
      cluster.drop('vote-request', { about: a });
      cluster.propose('b');
      cluster.deliverUntil('committed', first);
      const participant = cluster.participant(first);

      if (way === 'decided') participant.submit({ type: way, transactions: [announced(cluster, 'aborted')] });
      else {
        const transaction = {
          ...cluster.latest,
          list: cluster.members(),
          protocol: 'e3pc' as const,
          begin: null,
          decision: decision('aborted'),
        };
        participant.submit(toldByTheCoordinator(transaction));
      }

      expect(participant.stoppedBecause).toBe('main-2: two decisions were made for it');
    }
  });

  it('and then sends nothing more', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.participant(first).submit({ type: 'decided', transactions: [announced(cluster, 'committed')] });

    cluster.deliver('vote-request');

    expect(cluster.bag.includes('vote', { from: first })).toBe(false);
    expect(cluster.bag.includes('vote', { from: second })).toBe(true);
  });
});

describe('a participant refuses and reports', () => {
  it('a request that names another value for a number than it has on record', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const begin = { ...cluster.begin(cluster.latest), value: 'other', digest: 'digest of other' };

    cluster.put({
      kind: 'vote-request',
      from: 'coordinator',
      to: first,
      request: {
        type: 'vote-requested',
        epoch: 1,
        list: cluster.members(),
        protocol: 'e3pc',
        deadline: 0,
        transactions: [begin],
        open: [],
      },
    });
    cluster.drop('vote');
    cluster.deliver('vote-request');

    expect(cluster.bag.takeAll('vote', { from: first })).toMatchObject([
      { reply: { answers: [{ answer: 'mismatch' }] } },
    ]);
    expect(cluster.reports).toEqual([`${first}: main-1: asked about with another list or value than is on record`]);
  });

  it('a question of a recovery that names another list', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const { subject } = announced(cluster, 'aborted');
    const list = cluster.members([first, second]);

    cluster.put({
      kind: 'state-request',
      from: second,
      to: first,
      request: {
        type: 'states-asked',
        ballot: { counter: 2, node: second },
        list,
        protocol: 'e3pc',
        transactions: [subject],
      },
    });
    cluster.deliver('state-request');

    expect(cluster.bag.takeAll('state', {})).toMatchObject([{ reply: { answers: [{ answer: 'mismatch' }] } }]);
    expect(cluster.states()[first]).toBe('waiting');
    expect(cluster.reports).toHaveLength(1);
  });

  it('a decision, announced or fetched, about another value', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const { subject } = announced(cluster, 'aborted');
    const begin = { ...cluster.begin(cluster.latest), digest: 'digest of other' };

    cluster.participant(first).submit({
      type: 'decided',
      transactions: [{ subject: { ...subject, digest: 'digest of other' }, decision: decision('aborted') }],
    });
    cluster.participant(first).submit(
      toldByTheCoordinator({
        ...cluster.latest,
        list: [...subject.list],
        protocol: 'e3pc',
        begin,
        decision: decision('aborted'),
      }),
    );

    expect(cluster.states()[first]).toBe('waiting');
    expect(cluster.reports).toEqual([
      `${first}: main-1: decided with another list or value than is on record`,
      `${first}: main-1: fetched with another list or value than is on record`,
    ]);
  });
});

describe('what is late is ignored', () => {
  it('about a number that is written', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.duplicate('proposal');
    cluster.deliver('proposal', { to: third });
    cluster.delay('acknowledgement');
    cluster.put({ kind: 'decision', from: second, to: first, transactions: [announced(cluster, 'committed')] });
    cluster.deliverAll();
    const records = cluster.nodes.map(({ journal }) => journal.length);

    cluster.deliverDelayed();
    cluster.participant(first).submit({ type: 'decided', transactions: [announced(cluster, 'committed')] });
    cluster.participant(first).submit({ type: 'deadline', wait: 'decision', places: [cluster.latest] });
    cluster.deliverAll();

    expect(cluster.nodes.map(({ journal }) => journal.length)).toEqual(records);
    expect(cluster.outcomes()).toAllBe('committed');
  });
});
