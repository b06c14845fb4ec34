// Ledgers: docs/commit-protocol.md, "Ledgers". Line n of a book is transaction n, at every participant.
import { describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import './testing/matchers.js';

const [first, second, third, fourth] = ['participant-1', 'participant-2', 'participant-3', 'participant-4'] as const;

const reasons = (cluster: Cluster, name: string): string[] =>
  cluster
    .participant(name)
    .journal.appended.flatMap((record) => (record.kind === 'aborted-alone' ? [record.reason] : []));

describe('lines', () => {
  it('stand in the order of the numbers, and an aborted transaction leaves an empty one', () => {
    const cluster = new Cluster();
    cluster.propose('a');
    cluster.deliverAll();
    cluster.propose('b');
    cluster.drop('vote-request', { to: third });
    cluster.deliverAll();
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    cluster.propose('c');
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['a', '', 'c']);
  });

  it('wait for a hole, which no decision does', () => {
    const cluster = new Cluster();
    const a = cluster.propose('a');
    const b = cluster.propose('b');
    cluster.delay('vote-request', { about: a });
    cluster.deliverAll();
    expect(cluster.outcomes(b)).toAllBe('committed');
    expect(cluster.ledgers()).toAllBe([]);

    cluster.deliverDelayed();
    cluster.deliverAll();
    expect(cluster.outcomes(a)).toAllBe('committed');
    expect(cluster.ledgers()).toAllBe(['a', 'b']);
  });

  it('wait for a hole whose quorum is gone, however long, and are written once that is settled', () => {
    const cluster = new Cluster();
    const a = cluster.propose('a');
    const b = cluster.propose('b');
    cluster.drop('vote-request', { about: a, to: second });
    cluster.deliver('vote-request', { about: a });
    cluster.drop('vote', { about: a });
    cluster.deliverAll();
    expect(cluster.outcomes(b)[first]).toBe('committed');
    cluster.crash('coordinator', second, third);
    cluster.passDeadline('decision', first, a);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      cluster.deliverAll();
      cluster.passDeadline('answers', first);
      cluster.passDeadline('retry', first);
    }
    expect(cluster.states(a)[first]).toBe('waiting');
    expect(cluster.ledgers()[first]).toEqual([]);

    cluster.restart(second, third);
    cluster.deliverAll();
    expect(cluster.outcomes(a)[first]).toBe('aborted');
    expect(cluster.ledgers()[first]).toEqual(['', 'b']);
  });

  it('of many numbers in flight are all written, in whatever order they are decided', () => {
    const cluster = new Cluster();
    const places = ['a', 'b', 'c', 'd', 'e'].map((value) => cluster.propose(value));
    for (const place of places.toReversed()) {
      cluster.deliver('vote-request', { about: place });
      cluster.deliver('vote', { about: place });
    }
    for (const place of places.toReversed()) {
      cluster.deliver('proposal', { about: place });
      cluster.deliver('acknowledgement', { about: place });
      cluster.deliver('decision', { about: place });
    }

    expect(cluster.ledgers()).toAllBe(['a', 'b', 'c', 'd', 'e']);
  });

  it('of different books do not wait for each other', () => {
    const cluster = new Cluster();
    cluster.propose('a', { book: 'one' });
    cluster.delay('vote-request');
    cluster.propose('b', { book: 'two' });
    cluster.deliverAll();

    expect(cluster.ledgers('two')).toAllBe(['b']);
    expect(cluster.ledgers('one')).toAllBe([]);
  });

  it('cost no memory once they are written', () => {
    const cluster = new Cluster();
    for (const value of ['a', 'b', 'c']) cluster.propose(value);
    cluster.deliverAll();

    const books = cluster.names.map((name) => cluster.participant(name).state.books.get('main'));
    for (const book of books) expect(book).toMatchObject({ written: 3, known: 3, open: new Map() });
    expect(cluster.coordinator.state.open.size).toBe(0);
  });
});

describe('a participant', () => {
  it('whose ledger differs from those of a majority votes no, until it is the same again', () => {
    const cluster = new Cluster();
    const compare = (peer: string, agrees: boolean): void =>
      cluster.participant(third).submit({ type: 'peer-compared', book: 'main', peer, line: 1, agrees });
    compare(first, false);
    cluster.propose('one other differs: which of the two is wrong is not known');
    cluster.deliverAll();
    compare(second, false);
    cluster.propose('two others differ');
    cluster.deliverAll();
    cluster.propose('of another book', { book: 'aside' });
    cluster.deliverAll();
    compare(second, true);
    cluster.propose('one other differs again');
    cluster.deliverAll();
    expect(reasons(cluster, third)).toEqual(['ledger-differs']);
    expect(cluster.ledgers()[first]?.map((line) => line !== '')).toEqual([true, false, true]);
    expect(cluster.ledgers('aside')[first]).toHaveLength(1);
  });

  it('that lacks lower lines votes no, fetches them, and votes yes from then on', () => {
    const cluster = new Cluster();
    cluster.isolate(third);
    cluster.propose('a');
    cluster.deliverAll();
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    cluster.reconnect(third);

    cluster.propose('b');
    cluster.deliverAll();
    expect(reasons(cluster, third)).toEqual(['incomplete']);
    expect(cluster.ledgers()).toAllBe(['', '']);

    cluster.propose('c');
    cluster.deliverAll();
    expect(cluster.ledgers()).toAllBe(['', '', 'c']);
  });

  it('asks again when a fetch brought nothing', () => {
    const cluster = new Cluster();
    cluster.isolate(third);
    cluster.propose('a');
    cluster.deliverAll();
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    cluster.reconnect(third);
    cluster.propose('b');
    cluster.deliver('vote-request');
    cluster.drop('fetch-request');

    cluster.passDeadline('lines', third);
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['', '']);
    expect(cluster.participant(third).deadlines()).toEqual(['lines']);
    cluster.passDeadline('lines', third);
    expect(cluster.participant(third).deadlines()).toEqual([]);
  });

  it('that hears of a number for the first time as an open one is complete without its line', () => {
    const cluster = new Cluster();
    const a = cluster.propose('a');
    cluster.drop('vote-request', { about: a, to: third });
    const b = cluster.propose('b');

    cluster.deliver('vote-request', { about: b });

    expect(cluster.states(a)[third]).toBe('initial');
    expect(cluster.states(b)[third]).toBe('waiting');
  });

  it('aborts an open number that it is listed for when no vote request comes, and settles it with the others', () => {
    const cluster = new Cluster();
    const a = cluster.propose('a');
    cluster.drop('vote-request', { about: a });
    const b = cluster.propose('b');
    cluster.deliverUntil('committed');
    expect(cluster.outcomes(b)).toAllBe('committed');
    cluster.crash('coordinator');

    cluster.passDeadline('vote-request', second);
    expect(reasons(cluster, second)).toEqual(['no-vote-request']);
    cluster.passDeadline('decision', second, a);
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['', 'b']);
  });

  it('that is not listed learns of an open number, decides nothing, and fetches its line', () => {
    const cluster = new Cluster({ participants: 4 });
    const a = cluster.propose('a', { list: [first, second, third] });
    cluster.deliver('vote-request', { to: fourth });
    cluster.drop('vote', { from: fourth });
    const b = cluster.propose('b');
    cluster.deliver('vote-request', { about: b });
    expect(cluster.states(a)[fourth]).toBe('initial');
    expect(cluster.participant(fourth).waitOf(a)).toBeUndefined();

    cluster.deliver('vote-request', { about: a });
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['a', 'b']);
    expect(cluster.participant(fourth).journal.appended.map(({ kind }) => kind)).toContain('learned');
  });

  it('hears how long the others’ ledgers are and fetches what it has missed', () => {
    const cluster = new Cluster({ participants: 4 });
    for (const value of ['a', 'b', 'c']) cluster.propose(value, { list: [first, second, third] });
    cluster.isolate(fourth);
    cluster.deliverAll();
    cluster.reconnect(fourth);
    expect(cluster.ledgers()[fourth]).toEqual([]);

    cluster.heartbeat();
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['a', 'b', 'c']);
  });

  it('that fetches a commit without its string asks again until somebody has it', () => {
    const cluster = new Cluster({ participants: 4 });
    const a = cluster.propose('a', { list: [first, second, third] });
    cluster.isolate(fourth);
    cluster.deliverAll();
    cluster.reconnect(fourth);
    cluster.heartbeat();
    cluster.deliver('fetch-request');
    for (const message of cluster.bag.takeAll('fetched', { to: fourth }))
      if (message.kind === 'fetched')
        cluster.put({ ...message, transactions: message.transactions.map((it) => ({ ...it, begin: null })) });
    cluster.deliverAll();
    expect(cluster.states(a)[fourth]).toBe('unknown');

    cluster.passDeadline('lines', fourth);
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['a']);
  });

  it('fetches what only the coordinator knows to be decided', () => {
    const cluster = new Cluster();
    cluster.isolate('coordinator');
    cluster.propose('a');
    cluster.passDeadline('votes', 'coordinator');
    cluster.deliverAll();
    cluster.reconnect('coordinator');
    expect(cluster.states()).toAllBe('unknown');

    cluster.propose('b');
    cluster.deliverAll();
    cluster.propose('c');
    cluster.deliverAll();

    expect(cluster.ledgers()).toAllBe(['', '', 'c']);
  });

  it('with a new journal is another member: it answers not-member for the old list, and catches up', () => {
    const cluster = new Cluster();
    cluster.propose('a');
    cluster.deliverAll();
    const b = cluster.propose('b');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    cluster.drop('proposal');

    cluster.replaceJournal(third);
    cluster.crash('coordinator');
    cluster.passDeadline('decision', second);
    cluster.deliver('state-request', { to: third });
    expect(cluster.bag.takeAll('state', { from: third })).toMatchObject([
      { reply: { answers: [{ ...b, answer: 'not-member' }] } },
    ]);
    cluster.deliverAll();
    expect(cluster.ledgers()).toAllBe(['a', '']);

    cluster.restart('coordinator');
    cluster.deliverAll();
    cluster.propose('c');
    cluster.deliverAll();
    expect(cluster.ledgers()).toAllBe(['a', '', 'c']);
  });

  it('with a new journal counts for nothing in a recovery', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliverUntil('pre-commit', first);
    cluster.crash('coordinator', second);
    cluster.replaceJournal(third);

    cluster.passDeadline('decision', first);
    cluster.deliver('state-request');
    cluster.deliver('state', { from: third });
    cluster.deliver('state', { from: first });
    expect(cluster.bag.includes('proposal', { from: first })).toBe(false);

    cluster.restart(second);
    cluster.passDeadline('answers', first);
    cluster.passDeadline('retry', first);
    cluster.deliverAll();
    expect(cluster.states()).toMatchObject({ [first]: 'committed', [second]: 'committed' });
  });
});

describe('a vote request', () => {
  it('carries the lower numbers not yet decided as ranges, by their lists', () => {
    const cluster = new Cluster({ participants: 4 });
    for (const value of ['a', 'b', 'c']) cluster.propose(value);
    cluster.propose('d', { list: [first, second, third] });
    cluster.propose('z', { book: 'other' });
    cluster.deliver('vote-request', { about: { book: 'main', number: 2 } });
    cluster.drop('vote-request');
    cluster.drop('vote');
    cluster.passDeadline('votes', 'coordinator', { book: 'main', number: 2 });

    cluster.propose('e');

    const request = cluster.bag.takeAll('vote-request', { to: first })[0];
    expect(request).toMatchObject({
      request: {
        open: [
          {
            list: cluster.members(),
            ranges: [
              { book: 'main', first: 1, last: 1 },
              { book: 'main', first: 3, last: 3 },
            ],
          },
          { list: cluster.members([first, second, third]), ranges: [{ book: 'main', first: 4, last: 4 }] },
        ],
      },
    });
  });
});
