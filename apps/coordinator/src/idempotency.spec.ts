import { describe, expect, it } from '@jest/globals';
import { IdempotencyKeys } from './idempotency.js';

const HOUR_MS = 60 * 60 * 1000;
const place = { book: 'main', number: 1 };
const use = (key: string, body = 'body') => ({ key, body });

describe('idempotency keys', () => {
  it('give the same transaction for the same key and body', async () => {
    const keys = new IdempotencyKeys();
    expect(keys.look(use('a'), 0)).toEqual({ kind: 'new' });
    keys.use(use('a'), 0, Promise.resolve(place));
    const verdict = keys.look(use('a'), 23 * HOUR_MS);
    expect(verdict.kind === 'repeated' && (await verdict.outcome)).toEqual(place);
  });

  it('refuse another body under the same key', () => {
    const keys = new IdempotencyKeys();
    keys.use(use('a'), 0, Promise.resolve(place));
    expect(keys.look(use('a', 'another body'), 1)).toEqual({ kind: 'conflict' });
  });

  it('are kept for 24 hours', () => {
    const keys = new IdempotencyKeys();
    keys.use(use('a'), 0, Promise.resolve(place));
    expect(keys.look(use('a'), 24 * HOUR_MS)).toEqual({ kind: 'new' });
  });

  it('do not count for requests that bring none', () => {
    const keys = new IdempotencyKeys();
    keys.use(undefined, 0, Promise.resolve(place));
    expect(keys.look(undefined, 1)).toEqual({ kind: 'new' });
  });
});
