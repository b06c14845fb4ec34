import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

const read = (parameters: string[], environment: NodeJS.ProcessEnv = {}) =>
  readArguments(parameters, environment, '/home/ada/parley');

describe('the command line', () => {
  it('asks for three participants, port 7070 and .parley when it says nothing', () => {
    expect(read([])).toEqual({
      kind: 'start',
      settings: {
        participants: 3,
        chatReplicas: 2,
        gateways: 1,
        port: 7070,
        dataFolder: '/home/ada/parley/.parley',
        faults: false,
        restart: true,
      },
    });
  });

  it('takes each option', () => {
    const parameters = [
      '--participants',
      '5',
      '--port=0',
      '--data',
      '../other',
      '--faults',
      '--no-restart',
      '--gateways',
      '2',
    ];
    expect(read(parameters)).toEqual({
      kind: 'start',
      settings: {
        participants: 5,
        chatReplicas: 2,
        gateways: 2,
        port: 0,
        dataFolder: '/home/ada/other',
        faults: true,
        restart: false,
      },
    });
  });

  it('takes what it leaves open from the environment', () => {
    const environment = { PARTICIPANTS: '4', PORT: '8080', PARLEY_DATA: '/var/parley' };
    expect(read([], environment)).toMatchObject({
      settings: { participants: 4, chatReplicas: 2, gateways: 1, port: 8080, dataFolder: '/var/parley' },
    });
    expect(read(['--port', '1', '--participants', '2', '--data', '/d'], environment)).toMatchObject({
      settings: { participants: 2, chatReplicas: 2, gateways: 1, port: 1, dataFolder: '/d' },
    });
  });

  it('shows the logs on the screen when it is told to', () => {
    for (const flag of ['-v', '--verbose'])
      expect(read([flag, '--data', '/d'])).toMatchObject({ settings: { verbose: true } });
  });

  it('asks for the broker alone', () => {
    expect(read(['--broker-only', '--data', '/d'])).toMatchObject({ kind: 'broker', settings: { dataFolder: '/d' } });
  });

  it('gives help', () => {
    expect(read(['--help'])).toEqual({ kind: 'help' });
    expect(read(['-h'])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--particpants', '3'], "Unknown option '--particpants'."],
    [['5'], /^Unexpected argument '5'\./],
    [['--port'], /'--port <value>' argument missing/],
    [['--faults=yes'], /'--faults' does not take an argument/],
    [['--participants', '0'], "--participants takes a whole number from 1 to 64, not '0'."],
    [['--participants', '65'], "--participants takes a whole number from 1 to 64, not '65'."],
    [['--participants', '2.5'], "--participants takes a whole number from 1 to 64, not '2.5'."],
    [['--participants', ''], "--participants takes a whole number from 1 to 64, not ''."],
    [['--port', '65536'], "--port takes a whole number from 0 to 65535, not '65536'."],
    [['--port', '0x10'], "--port takes a whole number from 0 to 65535, not '0x10'."],
    [['--data', ''], '--data takes a folder.'],
  ])('refuses %j', (parameters, message) => {
    const request = read(parameters);
    expect(request).toMatchObject({ kind: 'refused' });
    expect(request).toHaveProperty('message', message instanceof RegExp ? expect.stringMatching(message) : message);
  });

  it('names the variable when that is what is wrong', () => {
    expect(read([], { PORT: 'http' })).toEqual({
      kind: 'refused',
      message: "PORT takes a whole number from 0 to 65535, not 'http'.",
    });
  });
});
