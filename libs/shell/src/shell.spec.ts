import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CommitRecord, Effect } from '@parley/commit';
import { Journal } from '@parley/journal';
import { Shell, type Outgoing } from './shell.js';

const record: CommitRecord = { kind: 'counter', counter: 2 };
const append: Effect = { type: 'append', record, lazy: false };
const lazily: Effect = { type: 'append', record, lazy: true };
const reply = (to: number): Outgoing => ({ type: 'reply', to, ballot: { counter: 1, node: '' }, answers: [] });
const rest: Outgoing = { type: 'rest', place: { book: 'main', number: 1 } };

/** A core whose inputs are the effects it has. */
const step = (state: number, effects: readonly Effect[]) => ({ state: state + 1, effects });

describe('the shell around a core', () => {
  let folder: string;
  let journal: Journal;
  let performed: Outgoing[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shell-'));
    journal = await Journal.open({ file: join(folder, 'journal.log'), replay: () => undefined });
    performed = [];
  });
  afterEach(async () => {
    await journal.close();
    await rm(folder, { recursive: true });
  });

  const newShell = (perform: (effect: Outgoing) => void = (effect) => performed.push(effect)) =>
    new Shell<number, readonly Effect[]>({
      state: 0,
      step,
      journal,
      append: () => journal.append('main-1', Buffer.from('{}')),
      perform,
      now: () => 0,
      limit: 2,
    });

  it('sends nothing before the records of the same step are forced', async () => {
    newShell().submit([append, reply(1)]);
    expect(performed).toEqual([]);
    await journal.forced();
    expect(performed).toEqual([reply(1)]);
  });

  it('sends nothing before the records of earlier steps are forced, also when its own step wrote nothing', async () => {
    const shell = newShell();
    shell.submit([append]);
    shell.submit([reply(1)]);
    expect(performed).toEqual([]);
    await journal.forced();
    expect(performed).toEqual([reply(1)]);
  });

  it('does not wait for a record that may be written lazily', () => {
    newShell().submit([lazily, reply(1)]);
    expect(performed).toEqual([reply(1)]);
  });

  it('hurries the journal only when something waits for it', () => {
    const hurried = jest.spyOn(journal, 'hasten');
    const shell = newShell();
    shell.submit([lazily, reply(1)]);
    shell.submit([append, rest]);
    expect(hurried).not.toHaveBeenCalled();
    shell.submit([reply(2)]);
    expect(hurried).toHaveBeenCalledTimes(1);
  });

  it('does at once what stays inside the node', () => {
    newShell().submit([append, rest]);
    expect(performed).toEqual([rest]);
  });

  it('takes up an input that an effect gives after the step that gave it, and in order', () => {
    const shell = newShell((effect) => {
      performed.push(effect);
      if (effect.type === 'reply' && effect.to === 1) shell.submit([reply(3)]);
    });
    shell.submit([reply(1), reply(2)]);
    expect(performed).toEqual([reply(1), reply(2), reply(3)]);
    expect(shell.current).toBe(2);
  });

  it('calls itself overloaded while too much waits for the journal', async () => {
    const shell = newShell();
    shell.submit([append, reply(1)]);
    expect(shell.overloaded).toBe(false);
    shell.submit([append, reply(2)]);
    expect(shell.overloaded).toBe(true);
    await journal.forced();
    expect(shell.overloaded).toBe(false);
  });

  it('sends nothing once it is stopped, not even what becomes forced', async () => {
    const shell = newShell();
    shell.submit([append, reply(1)]);
    shell.stop();
    await journal.forced();
    shell.submit([reply(2)]);
    expect(performed).toEqual([]);
  });
});
