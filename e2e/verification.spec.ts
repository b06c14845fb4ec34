// Whether all ledgers are equal, as one command tells it: from the files of a system that is at work, of one that was
// damaged, and by asking the system.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verification, type Verification } from '@parley/contracts';
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';
import { plainEnvironment } from './testing/surroundings.js';

const given = givenSystem();
const PARLEY = fileURLToPath(new URL('../apps/terminal/dist/main.js', import.meta.url));

interface Verified {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const verify = (...parameters: string[]): Promise<Verified> =>
  new Promise((resolve) => {
    const options = { cwd: given.system.files.path, env: plainEnvironment() };
    execFile(process.execPath, [PARLEY, 'verify', ...parameters], options, (error, out, complaint) => {
      resolve({ code: Number(error?.code ?? 0), out, error: complaint });
    });
  });

describe('parley verify', () => {
  it('finds nothing wrong with the files of a system that is at work', async () => {
    const history = new History();
    await history.propose(given.system, 5, 'a beginning');
    let verified: Verified[] = [];
    const verifying = async (): Promise<void> => {
      for (let time = 0; time < 2; time += 1) verified = [...verified, await verify('.')];
    };
    await history.proposeUntil(verifying(), given.system, 10, 'meanwhile');
    for (const { code, out, error } of verified) {
      expect({ code, error }).toEqual({ code: 0, error: '' });
      expect(out).toMatch(/^main: equal, \d+ lines compared \(participant-1 \d+, participant-2 \d+, participant-3 \d+/);
    }
    await given.system.settled();
    const { length } = await given.system.commonLedger();
    expect((await verify('.')).out).toContain(`main: equal, ${String(length)} lines compared`);
  }, 180_000);

  it('asks the system for the same, and names who does not answer', async () => {
    const { system } = given;
    const server = ['--server', system.http.address, '--token-file', 'operator.token'];
    const { length } = await system.commonLedger();
    const lengths = system.participants.map((name) => `${name} ${String(length)}`).join(', ');
    expect(await verify(...server)).toEqual({
      code: 0,
      error: '',
      out: `main: equal, ${String(length)} lines compared (${lengths})\nAll equal.\n`,
    });
    await system.end('participant-1');
    const { out } = await system.eventually('participant-1 is missed', async () => {
      const verified = await verify(...server);
      return verified.out.includes('not compared: participant-1') ? verified : undefined;
    });
    expect(out).toMatch(/^main: equal, \d+ lines compared \(participant-2/);
    await system.restart('participant-1');
    await system.settled();
  }, 180_000);

  it('names the line that a hand has changed in one file, and what was decided', async () => {
    const { system } = given;
    await system.end('participant-2');
    const file = system.files.ledgerFile('participant-2');
    const text = await readFile(file, 'utf8');
    const lines = text.split('\n');
    await writeFile(file, lines.with(2, `${lines[2]!.slice(0, -1)}?`).join('\n'));
    const { code, out } = await verify('.');
    expect(code).toBe(1);
    expect(out).toContain('main: DIFFERENT');
    expect(out).toContain('the first difference is at line 3');
    expect(out).toMatch(/participant-2 +ledger +".*\?"\n/);
    expect(out).toMatch(/participant-2 +(archive|journal) +".*", decided by coordinator: quorum-acknowledged\n/);
    await writeFile(file, text);
    expect((await verify('.')).code).toBe(0);
    await system.restart('participant-2');
    await system.settled();
  }, 180_000);

  it('cannot compare what a damaged disk has made of a journal, and says where', async () => {
    const { system } = given;
    await system.end('participant-3');
    const file = system.files.journalFile('participant-3');
    const journal = await readFile(file);
    const damaged = Buffer.from(journal);
    damaged.writeUInt8(damaged.readUInt8(4_200) ^ 1, 4_200);
    await writeFile(file, damaged);
    const { code, out, error } = await verify('.');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(`journal ${join(system.files.path, 'participant-3', 'journal.log')}, offset`);
    await writeFile(file, journal);
    await system.restart('participant-3');
    await system.settled();
  }, 180_000);
});

// Nothing of Parley's makes ledgers differ but the protocol that is offered to show it. Three-phase commit waits for nobody, so
// who cannot be asked has decided otherwise: here the one participant that acknowledged, and the coordinator.
describe('ledgers that really differ', () => {
  const book = 'skeen';
  const late = ['participant-1', 'participant-2'];
  const rest = ['participant-3', 'coordinator'];
  const timeouts = { voteRequestMs: 300, voteMs: 5_000, acknowledgementMs: 300, decisionMs: 300 };
  const compared = async (): Promise<Verification> => {
    const { body } = await given.system.http.request('GET', `/verification?book=${book}`);
    return verification.parse(body);
  };
  const linesOf = async (name: string): Promise<number | undefined> => {
    const found = (await given.system.http.participants()).find(({ id }) => id === name);
    return found?.ledgers.find((ledger) => ledger.book === book)?.lines;
  };

  it('are made by three-phase commit when two participants fail, and cannot ask the others', async () => {
    const { system } = given;
    const before = await system.http.propose({ value: 'together', book, protocol: '3pc', waitSeconds: 30 });
    expect(before.transaction).toMatchObject({ state: 'committed', applied: { done: 3, of: 3 } });
    await system.settled(book);
    // They have voted yes, and hear of no pre-commit before they die.
    for (const name of late) await system.arm(name, 'after:reply:vote', { action: 'stop' });
    const { transaction: begun } = await system.http.propose({ value: 'or apart', book, timeouts });
    for (const name of late) await system.frozen(name);
    await system.eventually('it is committed without them', async () =>
      (await linesOf('participant-3')) === 2 ? true : undefined,
    );
    expect(await system.http.evidence(begun!.id)).toMatchObject({
      decision: { outcome: 'committed', rule: 'acknowledgement-deadline', acknowledgements: ['participant-3'] },
    });
    for (const name of late) await system.kill(name);
    for (const name of rest) await system.freeze(name);
    await Promise.all(late.map((name) => system.restart(name)));
    await system.eventually('they have aborted it', async () => {
      const lengths = await Promise.all(late.map(async (name) => system.files.ledger(name, book)));
      return lengths.every((text) => text.toString() === 'together\n\n') ? true : undefined;
    });
    for (const name of rest) await system.thaw(name);
  }, 180_000);

  it('are found over HTTP, with the line and what each has there', async () => {
    const { system } = given;
    const found = await system.eventually('all three are compared', async () => {
      const answer = await compared();
      return answer.missing.length === 0 ? answer : undefined;
    });
    expect(found).toMatchObject({
      book,
      equal: false,
      lines: 2,
      firstDifference: {
        line: 2,
        texts: [
          { participant: 'participant-1', text: '' },
          { participant: 'participant-2', text: '' },
          { participant: 'participant-3', text: 'or apart' },
        ],
      },
    });
    const [first, second, third] = found.ledgers.map(({ digest }) => digest);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  }, 180_000);

  it('are found by the command, which also says who decided what by which rule', async () => {
    const { system } = given;
    const asked = await verify('--server', system.http.address, '--token-file', 'operator.token', '--book', book);
    expect(asked).toEqual({
      code: 1,
      error: '',
      out: [
        'skeen: DIFFERENT, 2 lines compared (participant-1 2, participant-2 2, participant-3 2)',
        '  the first difference is at line 2:',
        '  participant-1  ledger   aborted (empty)',
        '  participant-2  ledger   aborted (empty)',
        '  participant-3  ledger   "or apart"',
        'There are differences.\n',
      ].join('\n'),
    });
    const { code, out } = await verify('.', '--book', book);
    expect(code).toBe(1);
    expect(out).toMatch(
      /participant-[12] +\w+ +aborted \(empty\), decided by participant-[12]: asked-found-no-pre-commit\n/,
    );
    expect(out).toMatch(/coordinator +journal +"or apart", decided by coordinator: acknowledgement-deadline\n/);
  }, 180_000);

  it('are seen by the participants, so that the book takes no more, and every other does', async () => {
    const { system } = given;
    const ours = await system.eventually('the book is marked', async () => {
      const { body } = await system.http.request('GET', '/books');
      const { items } = body as { items: { book: string; diverged: boolean }[] };
      return items.find((it) => it.book === book && it.diverged);
    });
    expect(ours).toMatchObject({ protocol: '3pc', highest: 2 });
    const answer = await system.http.request('POST', '/transactions', { value: 'after that', book });
    expect(answer).toMatchObject({ status: 409, body: { code: 'book-diverged' } });
    const { transaction: other } = await system.http.propose({ value: 'elsewhere', waitSeconds: 30 });
    expect(other).toMatchObject({ state: 'committed' });
    expect((await verify('.', '--book', 'main')).out).toMatch(/^main: equal/);
  }, 180_000);
});
