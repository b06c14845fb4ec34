import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogScreen } from './log-screen.js';

describe('logs on the screen', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-screen-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are what is written from now on, by line, with logical time', async () => {
    const [gateway, chat] = [join(folder, 'gateway.log'), join(folder, 'chat-1.log')];
    await writeFile(gateway, 'before\n');
    const lines: string[] = [];
    const logs = [
      { name: 'gateway', path: gateway },
      { name: 'chat-1', path: chat },
    ];
    const screen = new LogScreen(logs, (line) => lines.push(line));
    await screen.start();
    const line = {
      level: 'info',
      time: '2026-01-31T12:00:00.250Z',
      service: 'chat',
      node: 'chat-1',
      lamport: 7,
      msg: 'ready',
    };
    await appendFile(chat, `${JSON.stringify(line)}\n${JSON.stringify({ ...line, level: 'warn', room: 'café' })}\n`);
    await appendFile(gateway, 'a plain line\nhalf a li');
    await screen.stop();
    expect(lines).toEqual([
      'gateway          a plain line',
      '12:00:00.250 chat-1           L7 ready',
      '12:00:00.250 chat-1           L7 warn: ready {"room":"café"}',
    ]);
  });
});
