// Whether all ledgers are equal, as one command tells it: from the files of a system that is at work, of one that was
// damaged, and by asking the system.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
