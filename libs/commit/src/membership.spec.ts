// Who is registered, whom a list holds, and when a participant has left.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster } from './testing/cluster.js';
import { LoneCoordinator } from './testing/lone-coordinator.js';

describe('the list of a transaction', () => {
  let coordinator: LoneCoordinator;
  beforeEach(() => {
    coordinator = new LoneCoordinator();
    for (const name of ['a', 'b', 'c']) coordinator.hear(name);
  });

  it('holds all who are there, in the order of their names, numbers in names by their size', () => {
    for (const name of ['c-10', 'c-9']) coordinator.hear(name);
    expect(coordinator.propose()).toEqual(['a', 'b', 'c', 'c-9', 'c-10']);
  });

  it('leaves out who is silent, and the others go on', () => {
    coordinator.silence('b');
    expect(coordinator.propose()).toEqual(['a', 'c']);
  });

  it('holds a majority of the registered: fewer are refused, and told who is missing', () => {
    for (const name of ['d', 'e']) coordinator.hear(name);
    for (const name of ['b', 'd', 'e']) coordinator.silence(name);
    expect(coordinator.propose()).toBe(
      'participants-missing: 3 participants are needed (a majority of the 5 registered, and at least 2), and 2 can vote; ' +
        'missing: b (not heard of), d (not heard of), e (not heard of)',
    );
    coordinator.hear('d');
    expect(coordinator.propose()).toEqual(['a', 'c', 'd']);
  });

  it('holds at least so many as the configuration says, also when fewer are registered', () => {
    const alone = new LoneCoordinator(2);
    alone.hear('a');
    expect(alone.propose()).toBe(
      'participants-missing: 2 participants are needed (a majority of the 1 registered, and at least 2), and 1 can vote',
    );
    alone.hear('b');
    expect(alone.propose()).toEqual(['a', 'b']);
  });

  it('is made of those who were heard since the coordinator started; who is registered it knows from its journal', () => {
    coordinator.restart();
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c']);
    coordinator.hear('c');
    expect(coordinator.propose()).toMatch(/1 can vote; missing: a \(not heard of\), b \(not heard of\)/);
    coordinator.hear('a');
    expect(coordinator.propose()).toEqual(['a', 'c']);
  });

  it('leaves out one under whose name two live', () => {
    coordinator.hear('b', { doubled: true });
    expect(coordinator.propose()).toEqual(['a', 'c']);
  });

  it('is frozen: a change of members touches no transaction that has begun', () => {
    coordinator.propose();
    coordinator.silence('b');
    coordinator.hear('d');
    expect([...coordinator.state.open.values()][0]?.list.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('a participant that returns', () => {
  let coordinator: LoneCoordinator;
  beforeEach(() => {
    coordinator = new LoneCoordinator();
    for (const name of ['a', 'b', 'c']) coordinator.hear(name);
    coordinator.silence('c');
    for (let count = 0; count < 3; count += 1) {
      coordinator.propose();
      coordinator.decide();
    }
  });

  it('is listed when it has every line that is decided, not before', () => {
    coordinator.hear('c', { lines: 0 });
    expect(coordinator.propose()).toEqual(['a', 'b']);
    coordinator.hear('c', { lines: 3 });
    expect(coordinator.propose()).toEqual(['a', 'b', 'c']);
  });

  it('is listed while transactions never stop, when it has what was decided when it was heard of before', () => {
    coordinator.hear('c', { lines: 0 });
    coordinator.propose();
    coordinator.decide();
    coordinator.hear('c', { lines: 3 });
    expect(coordinator.propose()).toEqual(['a', 'b', 'c']);
  });

  it('stays listed while it follows, and is not when it lacks lines again', () => {
    coordinator.hear('c', { lines: 3 });
    coordinator.propose();
    coordinator.decide();
    coordinator.hear('c', { lines: 3 });
    expect(coordinator.propose()).toEqual(['a', 'b', 'c']);
    coordinator.decide();
    coordinator.hear('c', { lines: 3, complete: false });
    expect(coordinator.propose()).toEqual(['a', 'b']);
  });

  it('has to catch up anew when it was started anew, however short it was away', () => {
    coordinator.hear('c', { lines: 3 });
    coordinator.propose();
    coordinator.decide();
    coordinator.hear('c', { lines: 3, life: '2' });
    expect(coordinator.propose()).toEqual(['a', 'b']);
  });

  it('has missed nothing of the numbers whose vote requests it heard without being listed', () => {
    const cluster = new Cluster({ participants: 4 });
    const [one, two, three, four] = cluster.names as [string, string, string, string];
    cluster.propose('a', { list: [one, two, three] });
    cluster.deliver('vote-request');
    cluster.isolate(four);
    cluster.deliverAll();
    cluster.reconnect(four);
    cluster.propose('b');
    cluster.deliverAll();
    expect(cluster.outcomes()).toMatchObject({ [one]: 'committed', [four]: 'committed' });
    cluster.heartbeat();
    cluster.deliverAll();
    expect(cluster.ledgers()[four]).toEqual(['a', 'b']);
  });
});

describe('a participant with a new journal', () => {
  let coordinator: LoneCoordinator;
  beforeEach(() => {
    coordinator = new LoneCoordinator();
    for (const name of ['a', 'b', 'c']) coordinator.hear(name);
    coordinator.propose();
  });

  it('is a new member under its name, and the old one is gone', () => {
    coordinator.silence('c');
    coordinator.hear('c', { journal: 'new', lines: 0 });
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/new']);
    expect(coordinator.gone).toEqual(['c/c']);
    expect(coordinator.propose()).toEqual(['a', 'b', 'c/new']);
  });

  it('is none while the old one is still heard: two processes have one name', () => {
    coordinator.hear('c', { journal: 'other' });
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c']);
  });

  it('leaves the old one listed as gone until what lists it is decided and a majority of the others hold its lines', () => {
    coordinator.silence('c');
    coordinator.hear('c', { journal: 'new', lines: 0 });
    coordinator.hear('a', { lines: 1 });
    coordinator.hear('b', { lines: 1 });
    expect(coordinator.gone).toEqual(['c/c']);
    coordinator.decide();
    expect(coordinator.gone).toEqual(['c/c']);
    coordinator.hear('a', { lines: 1 });
    expect(coordinator.gone).toEqual([]);
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/new']);
  });

  it('stays the member when the old journal comes back', () => {
    coordinator.silence('c');
    coordinator.hear('c', { journal: 'new', lines: 0 });
    coordinator.silence('c', 'new');
    coordinator.hear('c', { journal: 'c' });
    coordinator.restart();
    coordinator.hear('c', { journal: 'c' });
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/new']);
  });
});

describe('a participant that is told to leave', () => {
  let coordinator: LoneCoordinator;
  beforeEach(() => {
    coordinator = new LoneCoordinator();
    for (const name of ['a', 'b', 'c', 'd']) coordinator.hear(name);
    coordinator.propose();
  });

  it('is needed while a transaction that lists it is undecided, and is put into no more lists', () => {
    expect(coordinator.leave('d')).toEqual({
      known: true,
      left: false,
      outstanding: [
        '1 undecided that list it, the first main-1',
        'the lines of main up to 1 are held by 0 of the 3 that stay, and 2 are needed',
      ],
    });
    expect(coordinator.propose()).toEqual(['a', 'b', 'c']);
    coordinator.restart();
    for (const name of ['a', 'b', 'c', 'd']) coordinator.hear(name);
    expect(coordinator.propose()).toEqual(['a', 'b', 'c']);
  });

  it('is needed until a majority of those who stay hold its lines, and leaves as soon as they do', () => {
    coordinator.leave('d');
    coordinator.decide();
    coordinator.hear('a', { lines: 1 });
    expect(coordinator.leave('d').outstanding).toEqual([
      'the lines of main up to 1 are held by 1 of the 3 that stay, and 2 are needed',
    ]);
    coordinator.hear('b', { lines: 1 });
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c']);
    expect(coordinator.leave('d')).toEqual({ known: true, left: true, outstanding: [] });
    coordinator.restart();
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c']);
  });

  it('does not become one again while it goes on living, and does when it is started again', () => {
    coordinator.decide();
    for (const name of ['a', 'b', 'c', 'd']) coordinator.hear(name, { lines: 1 });
    expect(coordinator.leave('d').left).toBe(true);
    coordinator.hear('d');
    coordinator.restart();
    coordinator.hear('d');
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c']);
    coordinator.hear('d', { life: '2' });
    expect(coordinator.registered).toEqual(['a/a', 'b/b', 'c/c', 'd/d']);
  });

  it('stays when fewer would be left than a list must hold', () => {
    const pair = new LoneCoordinator(2);
    for (const name of ['a', 'b']) pair.hear(name);
    expect(pair.leave('b').outstanding).toEqual(['only 1 would stay, and MIN_PARTICIPANTS is 2: it stays in']);
    expect(pair.propose()).toEqual(['a', 'b']);
  });

  it('is unknown when it was never registered', () => {
    expect(coordinator.leave('z')).toEqual({ known: false, left: false, outstanding: [] });
  });
});
