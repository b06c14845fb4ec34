import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

function recorded(level: 'info' | 'debug' = 'info', lamport?: () => number | undefined) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: createLogger('participant', level, { node: 'participant-1' }, { write }, lamport) };
}

describe('the log of a service', () => {
  it('says who, when and how grave in each line', () => {
    const { lines, log } = recorded();
    log.warn({ book: 'main' }, 'a line');
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        service: 'participant',
        node: 'participant-1',
        book: 'main',
        msg: 'a line',
      },
    ]);
  });

  it('tells logical time in each line, as soon as there is any', () => {
    const clock: { lamport?: number } = {};
    const { lines, log } = recorded('info', () => clock.lamport);
    log.info('before the broker was found');
    clock.lamport = 7;
    log.child({ node: 'participant-1' }).info('afterwards');
    expect(lines.map((line) => line['lamport'])).toEqual([undefined, 7]);
  });

  it('hides secrets wherever they hang', () => {
    const { lines, log } = recorded();
    log.info({
      password: 'hunter2',
      request: { headers: { authorization: 'Bearer hunter2' } },
      user: { token: 'hunter2' },
    });
    expect(JSON.stringify(lines)).not.toMatch('hunter2');
    expect(lines[0]).toMatchObject({ password: '(hidden)', request: { headers: { authorization: '(hidden)' } } });
  });
});

describe('Nest on the log of a service', () => {
  it('keeps the context and the error', () => {
    const { lines, log } = recorded();
    new NestLogger(log).error(new Error('no'), 'Gateway');
    new NestLogger(log).error('failed', 'Error: at line 1', 'Gateway');
    expect(lines).toMatchObject([
      { level: 'error', context: 'Gateway', err: { type: 'Error', message: 'no' }, msg: 'no' },
      { level: 'error', context: 'Gateway', stack: 'Error: at line 1', msg: 'failed' },
    ]);
  });

  it('keeps the list of all modules and routes for debugging', () => {
    const { lines, log } = recorded('debug');
    const nest = new NestLogger(log);
    nest.log('Mapped {/health, GET} route', 'RouterExplorer');
    nest.log('something worth knowing', 'Gateway');
    expect(lines).toMatchObject([{ level: 'debug' }, { level: 'info', context: 'Gateway' }]);
  });
});
