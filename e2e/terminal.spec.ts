// The terminal client, as people and scripts use it, with a whole system.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { removeFolder } from './testing/surroundings.js';
import { Terminal } from './testing/terminal.js';

const STORY_MS = 180_000;
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
  const given = givenSystem({ participants: 1, chatReplicas: 2, restart: true });
  const terminals: Terminal[] = [];
  let folder: string;
  let listener: Terminal;
  let killed: Promise<unknown>;

  const chat = (how: 'piped' | 'shown', ...parameters: string[]): Terminal => {
    const terminal = Terminal[how]('chat', '--server', given.system.http.address, '--room', 'kitchen', ...parameters);
    terminals.push(terminal);
    return terminal;
  };
  const guest = (name: string, ...parameters: string[]): Terminal => chat('piped', '--name', name, ...parameters);

  beforeAll(async () => {
    await ask(given.system.http.address, ['POST', '/accounts'], { body: { name: 'Jo', password: PASSWORD } });
    folder = await mkdtemp(join(tmpdir(), 'parley-terminal-'));
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    const file = ['--password-file', join(folder, 'password')];
    listener = guest('Al', '--register', '--create', ...file);
    await listener.until(/^\* welcome to #kitchen; here are: Al$/m);

    const victim = guest('Vic');
    await listener.until(/\* Vic came in/);
    victim.kill();
    killed = listener.until(/\* Vic left/);
    killed.catch(() => undefined);
  }, STORY_MS);

  afterAll(async () => {
    for (const terminal of terminals) terminal.kill();
    await removeFolder(folder);
  });

  it(
    'brings a message to those alone to whom it goes, also when they come later, and says who is where',
    async () => {
      const bystander = guest('Bystander');
      await bystander.until(/\* welcome to #kitchen/);
      listener.enter('Jo: for later');
      await listener.until(/\] Al:\(-\)->Jo-for later$/m);
      listener.enter('/sync Jo,Bystander now or never');
      await listener.until(/^! Somebody is not there: .*Jo/m);
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
        new RegExp(`\\u001b\\[1A\\u001b\\[1G\\u001b\\[0J\\[\\d+\\] Al:\\(-\\)-in between\\r\\n[^\\n]*> ${typed}`),
      );
      jo.enter('!');
      await listener.until(new RegExp(`^\\[\\d+\\] Jo:\\(-\\)-${typed}!$`, 'm'));
      jo.enter('help');
      await jo.until(/disconnect +leaves, as do/);
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
      reader.end();
      expect((await reader.exited).code).toBe(0);

      const lines = reader.output.trimEnd().split('\n');
      const told = lines.map(
        (line) => JSON.parse(line) as { event?: { type: string; from: { name: string }; text: string } },
      );
      const said = told.flatMap(({ event }) =>
        event?.type === 'said' && event.from.name === 'Writer' ? [event.text] : [],
      );
      expect(said).toEqual(difficult);
      expect(writer.output.match(/^\[\d+\] Writer:\((-|\d+:\d\d)\)-/gm)).toHaveLength(difficult.length);
      expect(writer.errors).toMatch(/^> POST \/api\/v1\/sessions {"name":"Writer"}$/m);
      expect(writer.errors).toMatch(/^< 201 .*"token":"\*\*\*"/m);
      expect(writer.errors).not.toMatch(/p[at]_\w/);
    },
    STORY_MS,
  );

  it(
    'lets a room agree: who holds the seat is asked, and all are told the line',
    async () => {
      const seated = guest('Seated');
      seated.enter('/sit participant-1');
      await seated.until(/the seat of participant-1 is yours/);
      listener.enter('propose Tea at four?');
      await seated.until(
        /Al asks participant-1, whose seat is yours: COMMIT or ABORT room_kitchen-1\? Tea at four\? \(\d+ s\)/,
      );
      seated.enter('commit');
      await seated.until(/room_kitchen-1 is pre-committed at participant-1: ACK\?/);
      seated.enter('ack');
      await listener.until(/\* room_kitchen-1 is committed: line 1 of room_kitchen \(/);
      seated.enter('commit');
      await seated.until(/you are not asked to vote/);
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

  it.each([
    [['--server', 'nowhere'], 1, /--server takes an address such as/],
    [['--server', 'http://127.0.0.1:9', '--name', 'Jo'], 1, /http:\/\/127\.0\.0\.1:9 does not answer: /],
    [['--name', 'Jo'], 1, /say which system: --server/],
    [
      ['--server', 'http://127.0.0.1:9', '--password', 'hunter2'],
      2,
      /^(?!.*hunter2).*can be read by everybody on this machine/,
    ],
  ])('refuses %j with exit code %d', async (parameters, code, words) => {
    const terminal = Terminal.piped('chat', ...parameters);
    terminal.end();
    expect((await terminal.exited).code).toBe(code);
    expect({ output: terminal.output, errors: terminal.errors }).toEqual({
      output: '',
      errors: expect.stringMatching(words),
    });
  });
});
