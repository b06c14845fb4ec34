// The commands of README.md, docs/voting.md and docs/chat.md, as they stand there, in their order. Only the data folder and the address are others than a
// reader's, so that the test disturbs no system that is up already.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { evidence, history, transaction, room } from '@parley/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataFolder } from './testing/data-folder.js';
import { blocksIn, guide } from './testing/guide.js';
import { HttpClient } from './testing/http.js';
import { Launcher, WORKSPACE } from './testing/launcher.js';
import { leftovers, plainEnvironment, removeFolder } from './testing/surroundings.js';

const STORY_MS = 180_000;
const [readme, voting, chat] = (await Promise.all(['README.md', 'docs/voting.md', 'docs/chat.md'].map(guide))) as [
  string,
  string,
  string,
];

/** Those of a section of README.md. */
function commandsOf(heading: string): string[] {
  const [, section] = readme.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`);
  const [text = ''] = section.split(/\n## /);
  return blocksIn(text);
}

describe('README.md', () => {
  let folder: string;
  let launcher: Launcher;
  let address: string;
  let pids: number[];

  /** Runs a block in a shell that stands in the workspace. Rejects when its last command fails. */
  const run = async (block: string): Promise<string> => {
    const command = block.replaceAll('.parley/', `${folder}/`).replaceAll('http://127.0.0.1:7070', address);
    expect(command).not.toMatch(/\.parley|7070/);
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: WORKSPACE, env: plainEnvironment() });
    return stdout;
  };

  const [start, first, look, test, ...more] = commandsOf('Start');
  const [kill, after, ...rest] = commandsOf('Kill the coordinator');
  const [vote, ...others] = commandsOf('Let people vote');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-readme-'));
    const environment = { ...plainEnvironment(), PARLEY_DATA: folder, PORT: '0' };
    ({ launcher, address } = await Launcher.run('sh', ['-c', start!], environment));
    pids = [...(await new DataFolder(folder).pids()).values()];
  }, STORY_MS);

  afterAll(async () => {
    launcher.signal('SIGINT');
    await launcher.exited;
    expect(launcher.output).toMatch(/\nStopped\.$/);
    expect(await leftovers(folder, pids)).toEqual([]);
    await removeFolder(folder);
  }, STORY_MS);

  it('shows the commands that are tried here, and no others', () => {
    expect([start, test]).toEqual(['npm start', 'npm test']);
    expect([more, rest, others]).toEqual([[], [], []]);
  });

  it(
    'puts a first string into three files, and asks why',
    async () => {
      const shown = /^```json\n(.*?), …}\n```$/ms.exec(readme)![1]!;
      const answer = await run(first!);
      expect(answer).toContain(shown);
      expect(transaction.parse(JSON.parse(answer))).toMatchObject({ id: 'main-1', value: 'hello', state: 'committed' });

      const looked = await run(look!);
      expect(looked.match(/^hello$/gm)).toHaveLength(3);
      expect(evidence.parse(JSON.parse(looked.split('\n').at(-1)!)).decision).toMatchObject({ outcome: 'committed' });
    },
    STORY_MS,
  );

  it(
    'kills the coordinator, and has equal files in the end',
    async () => {
      const died = launcher.says(/^coordinator +died +signal SIGKILL/);
      const back = died.then(() => launcher.says(/^coordinator +ready/));
      const answers = await run(kill!);
      await back;
      const counts = [...answers.matchAll(/^ *(\d+) (\d+)$/gm)].map(([, count, status]) => ({
        status,
        count: Number(count),
      }));
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(500);
      // On a fast machine all have been begun before the coordinator dies.
      expect(['202', '202 503']).toContain(counts.map(({ status }) => status).join(' '));

      // The files are compared by the README's own command: it fails where they differ.
      const [answer = '', ...verified] = (await run(after!)).split('\n');
      expect(transaction.parse(JSON.parse(answer))).toMatchObject({ value: 'after the crash', state: 'committed' });
      expect(verified.join('\n')).toMatch(/main: equal, \d+ lines compared/);

      const token = (await readFile(join(folder, 'operator.token'), 'utf8')).trim();
      const found = await new HttpClient(address, token).transactions();
      expect(found.filter(({ state }) => state === 'deciding')).toEqual([]);
      const begun = found.filter(({ value }) => value.startsWith('string ')).length;
      expect(begun).toBeGreaterThanOrEqual(counts[0]!.count);
      expect(found.some(({ state }) => state === 'committed')).toBe(true);
    },
    STORY_MS,
  );

  /** Resolves when a line stands in the ledgers of all three. */
  const recorded = async (id: string): Promise<void> => {
    const token = (await readFile(join(folder, 'operator.token'), 'utf8')).trim();
    const http = new HttpClient(address, token);
    while ((await http.transaction(id)).applied.done < 3) await wait(20);
  };

  it(
    'lets people vote',
    async () => {
      expect((await run(vote!)).match(/"state":"pre-commit"/g)).toHaveLength(2);
      await recorded('release-1');
      for (const n of [1, 2, 3]) {
        expect((await new DataFolder(folder).ledger(`participant-${String(n)}`, 'release')).toString()).toBe('1.4.0\n');
      }
    },
    STORY_MS,
  );

  it(
    'leads to a guide whose commands do what it says',
    async () => {
      const [seats = '', ...steps] = blocksIn(voting);
      const [names = ''] = seats.split('\n\n');
      let told = await run(seats);
      for (const step of steps) {
        told += await run(`${names}\n${step}`);
        if (step.includes('acknowledgements')) await recorded('releases-1');
      }
      const [shown = ''] = /^{"items":.*?(?=, …)/m.exec(voting) ?? [];
      expect(told).toContain(shown);
      expect(told).toContain('"rule":"quorum-acknowledged"');
      expect(told).toContain('"book":"releases","equal":true,"lines":1');
      expect(told).toContain('releases: equal, 1 line compared');
    },
    STORY_MS,
  );

  it(
    'leads to a chat whose commands do what its guide says',
    async () => {
      const [account = '', guest = '', rooms = '', log = '', part = '', change = '', direct = '', inbox = ''] =
        blocksIn(chat);
      const [shown = ''] = /^{"user":.*?(?= …)/m.exec(chat) ?? [];
      expect(await run(account)).toContain(shown);
      const [names = ''] = account.split('\n');
      expect(await run(`${names}\n${guest}`)).toContain('{"user":{"name":"Visitor","kind":"guest"}');
      const steps = [rooms, log, part, change, direct, inbox].join('\necho ---\n');
      const [answers = '', lines = '', bytes, changed = '', sent = '', waiting = ''] = (
        await run(`${names}\n${steps}`)
      ).split('---\n');
      const told = history.parse(JSON.parse(answers.slice(answers.lastIndexOf('}{') + 1)));
      expect(lines).toMatch(/\* Al came in\nAl:\(-\)-Tea\?\nAl:\(\d+:\d\d\)-One lump or two\?\n$/);
      expect(bytes).toBe('(-)-Tea?');
      expect(room.parse(JSON.parse(changed))).toMatchObject({ capacity: 50, rulesAt: 5 });
      expect(told.items).toMatchObject([{ offset: 3, type: 'said', text: 'Tea?', from: { name: 'Al' }, gapMs: null }]);
      expect(sent).toMatch(/^{"message":.*"missing":\[\]}{"items":\[{"position"/);
      expect(waiting).toMatch(/^{"count":1,"waiting":\[{"position":.*"from":{"name":"Al".*"text":"For some of us\."/);
    },
    STORY_MS,
  );
});
