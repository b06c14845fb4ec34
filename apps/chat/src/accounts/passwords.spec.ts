import { describe, expect, it } from '@jest/globals';
import { Passwords, TooManyWait } from './passwords.js';

describe('passwords', () => {
  const passwords = new Passwords();

  it('are kept as argon2id with 19 MiB, two passes and one lane, each with a salt of its own', async () => {
    const [one, other] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  it('are told from wrong ones, and from those of nobody', async () => {
    const hashed = await passwords.hash('caf\u00e9 au lait');
    expect(await passwords.verify(hashed, 'caf\u00e9 au lait')).toBe(true);
    expect(await passwords.verify(hashed, 'cafe\u0301\u00a0au lait')).toBe(true);
    expect(await passwords.verify(hashed, 'cafe au lait')).toBe(false);
    expect(await passwords.verify(undefined, 'caf\u00e9 au lait')).toBe(false);
  });

  it('wait for their turn, as many as may; what is too much is refused at once', async () => {
    const all = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.verify(undefined, 'x')));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(80 - 2 - 64);
    for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toBeInstanceOf(TooManyWait);
    expect(await passwords.hash('afterwards')).toMatch(/^\$argon2id/);
  });
});
