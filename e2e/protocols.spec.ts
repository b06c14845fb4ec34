// Books of the three protocols side by side, over HTTP: each answer names the protocol and what it promises.
import { describe, expect, it } from '@jest/globals';
import { guarantees, type Book, type ProtocolName } from '@parley/contracts';
import { givenSystem } from './testing/given-system.js';

const given = givenSystem();
const http = () => given.system.http;

const rules: Readonly<Record<ProtocolName, string>> = {
  e3pc: 'quorum-acknowledged',
  '3pc': 'all-acknowledged',
  '2pc': 'all-voted-yes',
};

describe.each(Object.entries(rules) as [ProtocolName, string][])('a book of %s', (protocol, rule) => {
  const book = `book-${protocol}`;
  const guarantee = guarantees[protocol];

  it('commits, and names its promise in every answer', async () => {
    const told = await http().propose({ value: 'hello', book, protocol, waitSeconds: 30 });
    expect(told.transaction).toMatchObject({ state: 'committed', protocol, guarantee, applied: { done: 3, of: 3 } });
    const evidence = await http().evidence(`${book}-1`);
    expect(evidence).toMatchObject({ protocol, guarantee, decision: { rule, decidedBy: 'coordinator' } });
    const { body } = await http().request('GET', '/books');
    const known = (body as { items: Book[] }).items.find((one) => one.book === book);
    expect(known).toEqual({ book, protocol, guarantee, votes: 'automatic', highest: 1, diverged: false });
    await given.system.settled(book);
    expect(await given.system.commonLedger(book)).toEqual(['hello']);
  }, 60_000);

  it('goes on with its protocol when none is named, and refuses another', async () => {
    const told = await http().propose({ value: 'again', book, waitSeconds: 30 });
    expect(told.transaction).toMatchObject({ id: `${book}-2`, protocol, guarantee, state: 'committed' });
    const other = protocol === '2pc' ? 'e3pc' : '2pc';
    expect((await http().propose({ value: 'other', book, protocol: other })).problem).toMatchObject({
      status: 409,
      code: 'book-protocol',
    });
    expect((await http().propose({ value: 'other', book, votes: 'manual' })).problem).toMatchObject({
      status: 409,
      code: 'book-votes',
    });
  }, 60_000);
});
