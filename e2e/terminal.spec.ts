// The terminal client, as people and scripts use it, with a whole system.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_LINE_BYTES } from '@parley/contracts';
import { ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { blocksIn, guide } from './testing/guide.js';
import { removeFolder } from './testing/surroundings.js';
import { Terminal } from './testing/terminal.js';

const STORY_MS = 120_000;
const PASSWORD = 'correct horse';

/** What broke the codecs of systems before this one. */
const difficult = [
  'a, b; c: d | e )- [f] (0:12)-g',
  '"quoted" \'more\' \\n \\u001b {"json":1}',
  '👩‍👩‍👧‍👦 e\u0301 \u{1f1e9}\u{1f1ea} 😀',
  'שלום, עולם — مرحبا',
  '/say help',
  'x'.repeat(8_000),
  ...Array.from({ length: 20 }, (_, n) => `rapid ${String(n)}`),
];

const [inPerson = '', inPipe = '', ofOperator = '', ...others] = blocksIn(await guide('docs/terminal.md'));
const [shown = ''] = blocksIn(await guide('docs/terminal.md'), 'text');

/** What stands on a screen, without what moves the cursor and without prompts, which are printed again and again. */
const textOf = (screen: string): string => screen.replaceAll(/\p{Cc}\[[\d;]*[A-Za-z]|\r|> | $/gmu, '');

/** The same for any number: no two runs have the same ports, times and clocks. */
const anyNumbers = (text: string): string => text.replaceAll(/\d+/g, 'N');

/** Asks for a list of people until it has this: a gateway tells the others who is connected after a while. */
async function shows(terminal: Terminal, line: string, pattern: RegExp): Promise<void> {
  for (let shown = ''; !pattern.test(shown);) {
    const from = terminal.output.length;
    terminal.enter(line);
    await terminal.until(/^ {2}Al: .*$/m, from);
    // The list comes in one piece.
    shown = terminal.output.slice(from);
  }
}

describe('parley chat', () => {
  // Whoever is killed has left after ten seconds; who only loses the gateway is back before.
  const given = givenSystem({
    ...{ participants: 1, chatReplicas: 2, restart: true },
    environment: { LEAVE_AFTER_MS: '10000' },
  });
  const terminals: Terminal[] = [];
  let folder: string;
  let guided: Terminal;
  let listener: Terminal;
  let killed: Promise<unknown>;

  const chat = (how: 'piped' | 'shown', ...parameters: string[]): Terminal => {
    const terminal = Terminal[how]('chat', '--server', given.system.http.address, '--room', 'kitchen', ...parameters);
    terminals.push(terminal);
    return terminal;
  };
  const guest = (name: string, ...parameters: string[]): Terminal => chat('piped', '--name', name, ...parameters);

  /** Lines of the guide, for this system. */
  const here = (lines: string): string => lines.replaceAll('http://127.0.0.1:7070', given.system.http.address);

  beforeAll(async () => {
    guided = Terminal.typed(here(inPerson));
    terminals.push(guided);
    await guided.until(/Password of Jo: /);
    guided.enter(PASSWORD);
    await guided.until(/\* welcome to #kitchen; here are: Jo\r\n/);
    folder = await mkdtemp(join(tmpdir(), 'parley-terminal-'));
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    const file = ['--password-file', join(folder, 'password')];
    listener = guest('Al', '--register', ...file);
    await listener.until(/^\* welcome to #kitchen; here are: Jo, Al$/m);
  }, STORY_MS);

  afterAll(async () => {
    for (const terminal of terminals) terminal.kill();
    await removeFolder(folder);
  });

  it(
    'looks as in its guide',
    async () => {
      expect(others).toEqual([]);
      await guided.until(/\* Al came in\r\n/);
      guided.enter('Tea?');
      await guided.until(/\] Jo:\(-\)-Tea\?\r\n/);
      listener.enter('Yes.');
      await guided.until(/\] Al:\(-\)-Yes\.\r\n/);
      guided.enter('Now?');
      await guided.until(/\] Jo:\(\d+:\d\d\)-Now\?\r\n/);
      expect(anyNumbers(textOf(guided.output))).toContain(anyNumbers(shown.replaceAll('> ', '')));
      // Ctrl-D.
      guided.type('\u0004');
      expect((await guided.exited).code).toBe(0);
      await listener.until(/\* Jo left/);

      const victim = guest('Vic');
      await listener.until(/\* Vic came in/);
      victim.kill();
      killed = listener.until(/\* Vic left/);
      killed.catch(() => undefined);
    },
    STORY_MS,
  );

  it(
    'runs in a pipe, and shows an operator transactions and votes, as its guide says',
    async () => {
      const piped = await Terminal.ran(here(inPipe));
      expect(piped).toMatch(/^\[\d+\] builder:\(-\)-The build is green\.$/m);
      await listener.until(/^\[\d+\] builder:\(-\)->Al-you can start$/m);
      const told = await Terminal.ran(here(ofOperator), { PARLEY_DATA: given.system.files.path });
      expect(told.split('\n')).toMatchObject([
        'main-1  committed, in 1 of 1 ledgers, proposed by operator: release 1.4.0',
        'There are none.',
        expect.stringMatching(/^main-1 {2}committed {2}\(e3pc: /),
        '  asked:            participant-1',
        '  rule:             quorum-acknowledged',
        expect.stringMatching(/^ {2}decided by: +coordinator, ballot /),
        '  votes:            participant-1 yes',
        '  acknowledgements: participant-1 (1 were needed)',
        'operator votes for participant-1.',
        expect.stringMatching(/^release-1 {2}deciding/),
        expect.stringMatching(/^participant-1 votes commit on release-1: it is forced there/),
        'The seat of participant-1 is free.',
        'main: equal, 1 line compared (participant-1 1)',
        'All equal.',
        '',
      ]);
    },
    STORY_MS,
  );

  it(
    'brings a message to those alone to whom it goes, also when they come later, and says who is where',
    async () => {
      const bystander = guest('Bystander');
      await bystander.until(/\* welcome to #kitchen/);
      listener.enter('Jo: for later');
      await listener.until(/\] Al:\(-\)->Jo-for later$/m);
      listener.enter('/sync Jo,Bystander now or never');
      await listener.until(/^! Somebody is not connected: .*Jo/m);
      listener.enter('Nobody-Here: hello');
      await listener.until(/^! Nobody has this name: /m);
      await shows(listener, 'online', /^ {2}Al: online at gateway\S*\n {2}Bystander, a guest: online at/m);
      await shows(listener, 'all', /^ {2}Jo: away$/m);
      listener.enter('/nodes');
      await listener.until(/^ {2}chat-1 \(chat\) is there/m);

      const jo = chat('piped', '--name', 'Jo', '--password-file', join(folder, 'password'));
      await jo.until(/\] Al:\(-\)->Jo-for later$/m);
      jo.enter('check');
      await jo.until(/\* nothing waits for you/);
      jo.enter('@Al,Bystander for you two');
      await bystander.until(/\] Jo:\(-\)->Al,Bystander-for you two$/m);
      await listener.until(/\] Jo:\(-\)->Al,Bystander-for you two$/m);
      jo.end();
      expect((await jo.exited).code).toBe(0);
      expect(jo.output.match(/for later/g)).toHaveLength(1);
      expect(bystander.output).not.toMatch(/for later|now or never/);
      bystander.end();
      expect((await bystander.exited).code).toBe(0);
    },
    STORY_MS,
  );

  it(
    'asks a person for what is missing, shows no password, and tears no line that is being typed',
    async () => {
      const jo = chat('shown');
      await jo.until(/Name: /);
      jo.enter('Al!');
      await jo.until(/Password of Al!/);
      jo.enter('');
      await jo.until(/The name has a character that names cannot have[^]*Name: /);
      jo.enter('Jo');
      await jo.until(/Password of Jo/);
      jo.enter('not her password');
      await jo.until(/Name and password do not belong together[^]*Password of Jo/);
      jo.enter(PASSWORD);
      await jo.until(/\* connected: 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ \(http:/);
      await jo.until(/\* welcome to #kitchen; here are: Al, .*Jo\r\n/);

      const typed = 'what is being typed is longer than the sixty columns of this terminal';
      jo.type(typed);
      await jo.until(new RegExp(`${typed}$`));
      listener.enter('in between');
      // Up to the first row of what is typed, the line that came, and what is typed again, whole.
      await jo.until(
        new RegExp(`\\u001b\\[1A\\u001b\\[1G\\u001b\\[0J\\[\\d+\\] Al:\\([^)]*\\)-in between\\r\\n[^\\n]*> ${typed}`),
      );
      jo.enter('!');
      await listener.until(new RegExp(`^\\[\\d+\\] Jo:\\([^)]*\\)-${typed}!$`, 'm'));
      jo.enter('help');
      await jo.until(/disconnect +leaves, as do/);
      for (const text of difficult.slice(0, 6)) {
        jo.enter(`/say ${text}`);
        await listener.until(/\] Jo:\(\d+:\d\d\)-(.*)$/m, listener.output.length);
        expect(listener.output.trimEnd().endsWith(`-${text}`)).toBe(true);
      }
      jo.enter('{exit}');
      expect((await jo.exited).code).toBe(0);
      await listener.until(/\* Jo left/);
      expect(jo.output).not.toContain(PASSWORD);
      expect(jo.output).not.toContain('not her password');
    },
    STORY_MS,
  );

  it(
    'takes the lines of a pipe in order, and brings every text through as it is',
    async () => {
      const reader = guest('Reader', '--json');
      await reader.until(/"type":"answer","to":"join"/);
      const writer = guest('Writer', '-v');
      for (const text of difficult) writer.enter(`/say ${text}`);
      writer.end();
      expect((await writer.exited).code).toBe(0);
      await reader.until(/"type":"left","who":{"name":"Writer"/);
      const web = await ChatUser.signIn(given.system.http.address, 'Web');
      await web.request('PUT', '/rooms/kitchen/members/me');
      for (const text of difficult.slice(0, 6)) {
        await web.request('PUT', `/rooms/kitchen/messages/${randomUUID()}`, { text });
        await web.request('PUT', `/direct-messages/${randomUUID()}`, { to: ['Reader'], text });
      }
      const log = await web.read('/rooms/kitchen/log.txt');
      await web.request('DELETE', '/sessions/current');
      await reader.until(/"type":"left","who":{"name":"Web"/);
      reader.end();
      expect((await reader.exited).code).toBe(0);

      const lines = reader.output.trimEnd().split('\n');
      const told = lines.map(
        (line) =>
          JSON.parse(line) as {
            event?: { type: string; from: { name: string }; text: string };
            message?: { text: string };
          },
      );
      const saidBy = (name: string): string[] =>
        told.flatMap(({ event }) => (event?.type === 'said' && event.from.name === name ? [event.text] : []));
      expect(saidBy('Writer')).toEqual(difficult);
      expect(saidBy('Web')).toEqual(difficult.slice(0, 6));
      expect(told.flatMap(({ message }) => message?.text ?? [])).toEqual(difficult.slice(0, 6));
      const logged = (name: string): string[] =>
        [...log.matchAll(new RegExp(`^${name}:\\((?:-|\\d+:\\d\\d)\\)-(.*)$`, 'gm'))].map(([, text = '']) => text);
      expect(logged('Writer')).toEqual(difficult);
      expect(logged('Web')).toEqual(difficult.slice(0, 6));
      expect(writer.output.match(/^\[\d+\] Writer:\((-|\d+:\d\d)\)-/gm)).toHaveLength(difficult.length);
      expect(writer.errors).toMatch(/^> POST \/api\/v1\/sessions {"name":"Writer"}$/m);
      expect(writer.errors).toMatch(/^< 201 .*"token":"\*\*\*"/m);
      expect(writer.errors).not.toMatch(/p[at]_\w/);
    },
    STORY_MS,
  );

  it(
    'refuses a line that is too long for anything, and takes the next ones',
    async () => {
      const writer = guest('Writer');
      writer.enter(`/say ${'y'.repeat(70_000)}`);
      writer.enter('after it');
      writer.end();
      expect((await writer.exited).code).toBe(3);
      expect(writer.output).toMatch(/^\* say takes 70\d{3} bytes, and a frame has at most 65536$/m);
      await listener.until(/\] Writer:\(.*\)-after it$/m);
    },
    STORY_MS,
  );

  it(
    'says goodbye when a signal ends it, when its window is closed, and when nobody reads it any more',
    async () => {
      const errors = join(folder, 'errors');
      const closed = Terminal.typed(
        here(
          `npm run parley -- chat --server http://127.0.0.1:7070 --guest --name Closed --room kitchen 2>'${errors}'`,
        ),
      );
      terminals.push(closed);
      await closed.until(/\* welcome to #kitchen/);
      closed.kill();
      await listener.until(/\* Closed left/);
      expect(await readFile(errors, 'utf8')).toBe('');

      const [stopped, unread] = [guest('Stopped'), guest('Unread')];
      for (const terminal of [stopped, unread]) await terminal.until(/\* welcome to #kitchen/);
      unread.leaveUnread();
      stopped.kill('SIGTERM');
      expect(await stopped.exited).toEqual({ code: null, signal: 'SIGTERM' });
      expect(await unread.exited).toEqual({ code: 0, signal: null });
      expect(unread.errors).toBe('');
      // Whoever is gone without a word keeps the name for a minute.
      for (const name of ['Stopped', 'Unread'])
        expect((await ChatUser.signIn(given.system.http.address, name)).session.user).toEqual({ name, kind: 'guest' });
    },
    STORY_MS,
  );

  it(
    'lets a room agree: who holds the seat is asked, and all are told the line',
    async () => {
      const seated = guest('Seated');
      seated.enter('/sit participant-1');
      await seated.until(/the seat of participant-1 is yours/);
      const longest = 'z'.repeat(MAX_LINE_BYTES);
      listener.enter('propose tea, "earl grey"; 🙂 مرحبا | )- [');
      await seated.until(
        /Al asks participant-1, whose seat is yours: COMMIT or ABORT room_kitchen-1\? tea, "earl.* \(\d+ s\)/,
      );
      seated.enter('commit');
      await seated.until(/room_kitchen-1 is pre-committed at participant-1: ACK\?/);
      seated.enter('/ack room_kitchen-1');
      await listener.until(/\* room_kitchen-1 is committed: line 1 of room_kitchen \(/);
      seated.enter('commit');
      await seated.until(/you are not asked to vote/);
      listener.enter(`propose ${longest}`);
      await seated.until(/COMMIT or ABORT room_kitchen-2\?/);
      seated.enter('/commit room_kitchen-2');
      await seated.until(/room_kitchen-2 is pre-committed at participant-1: ACK\?/);
      seated.enter('/ack room_kitchen-2');
      await listener.until(/\* room_kitchen-2 is committed: line 2 of room_kitchen \(/);
      await given.system.settled('room_kitchen');
      expect(await given.system.commonLedger('room_kitchen')).toEqual(['tea, "earl grey"; 🙂 مرحبا | )- [', longest]);
      seated.end();
      expect((await seated.exited).code).toBe(3);
    },
    STORY_MS,
  );

  it(
    'keeps what is said while there is no gateway, and says it when there is one again',
    async () => {
      const { system } = given;
      const back = system.launcher.says(/^gateway +ready/);
      await system.kill('gateway');
      await listener.until(/\* the connection is lost: .*Trying again/);
      listener.enter('said in the dark');
      await back;
      await listener.until(/Al:\(\d+:\d\d\)-said in the dark$/m);
      expect(listener.output).toMatch(/\* #kitchen: you are back, and have missed nothing/);
      expect(listener.output.match(/said in the dark/g)).toHaveLength(1);
    },
    STORY_MS,
  );

  it(
    'is told that a client is gone that was killed, and the name is free',
    async () => {
      await killed;
      const next = await ChatUser.signIn(given.system.http.address, 'Vic');
      expect(next.session.user).toEqual({ name: 'Vic', kind: 'guest' });
    },
    STORY_MS,
  );

  it('refuses a bad address: exit code 1, and why on stderr', async () => {
    const terminal = Terminal.piped('chat', '--server', 'nowhere');
    terminal.end();
    expect((await terminal.exited).code).toBe(1);
    expect({ output: terminal.output, errors: terminal.errors }).toEqual({
      output: '',
      errors: expect.stringMatching(/^parley: --server takes an address such as/),
    });
  });
});
