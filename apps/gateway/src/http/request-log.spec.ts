import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { RequestLog } from './request-log.js';

const request = { method: 'GET', route: '/x', status: 200, ms: 1, correlation: 'c' };

let lines: { level: number; msg: string }[];
let requests: RequestLog;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as { level: number; msg: string });
  requests = new RequestLog(pino({ level: 'debug', base: null }, { write }));
});
afterEach(() => {
  jest.useRealTimers();
});

it('a served request is one line, and health is for those who look for it', () => {
  requests.served(request);
  for (const route of ['/health/live', '/metrics']) requests.served({ ...request, route });
  expect(lines).toMatchObject([
    { level: 30, msg: 'served', route: '/x' },
    { level: 20, msg: 'served', route: '/health/live' },
    { level: 20, msg: 'served', route: '/metrics' },
  ]);
});

it('of a flood of refusals the first is logged, and then how many there were', () => {
  for (let count = 0; count < 10_000; count += 1) requests.served({ ...request, status: 503, code: 'overloaded' });
  requests.served({ ...request, status: 401, code: 'unauthorized' });
  jest.runAllTimers();
  expect(lines).toMatchObject([
    { level: 30, msg: 'served', code: 'overloaded' },
    { level: 30, msg: 'served', code: 'unauthorized' },
    { level: 40, code: 'overloaded', requests: 9_999 },
  ]);
  expect(lines[2]?.msg).toBe('refused more requests for the same reason');
  requests.served({ ...request, status: 503, code: 'overloaded' });
  expect(lines).toHaveLength(4);
});

it('of refused commands too, each code by itself: a client finds the first of them by its correlation', () => {
  for (let count = 0; count < 10_000; count += 1)
    requests.refusedCommand({ op: null, code: 'invalid-frame', correlation: String(count) });
  requests.refusedCommand({ op: 'say', code: 'membership-required', correlation: 'c' });
  jest.runAllTimers();
  expect(lines).toMatchObject([
    { level: 30, msg: 'a command was refused', op: null, code: 'invalid-frame', correlation: '0' },
    { level: 30, msg: 'a command was refused', op: 'say', code: 'membership-required', correlation: 'c' },
    { level: 40, msg: 'refused more commands for the same reason', code: 'invalid-frame', commands: 9_999 },
  ]);
});
