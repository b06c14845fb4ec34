// How much is computed, whoever asks for it: counted at argon2 itself, which is the real one.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as argon2 from '@node-rs/argon2';

const done = { verifications: 0, atOnce: 0, mostAtOnce: 0 };

async function counted<T>(work: Promise<T>): Promise<T> {
  done.atOnce += 1;
  done.mostAtOnce = Math.max(done.mostAtOnce, done.atOnce);
  try {
    return await work;
  } finally {
    done.atOnce -= 1;
  }
}

jest.unstable_mockModule('@node-rs/argon2', () => ({
  hash: (...given: Parameters<typeof argon2.hash>) => counted(argon2.hash(...given)),
  verify: (...given: Parameters<typeof argon2.verify>) => {
    done.verifications += 1;
    return counted(argon2.verify(...given));
  },
}));
const { Passwords } = await import('./passwords.js');

describe('the work for passwords', () => {
  beforeEach(() => {
    Object.assign(done, { verifications: 0, mostAtOnce: 0 });
  });

  it('is the same for a wrong password and for a name that nobody has', async () => {
    const passwords = new Passwords();
    const hashed = await passwords.hash('correct horse');
    for (const known of [hashed, undefined]) {
      done.verifications = 0;
      expect(await passwords.verify(known, 'wrong horse')).toBe(false);
      expect(done.verifications).toBe(1);
    }
  });

  it('is done for two at once, and no more, also right after the start', async () => {
    const passwords = new Passwords();
    await Promise.all(Array.from({ length: 20 }, (_, n) => passwords.hash(`password ${String(n)}`)));
    expect(done.mostAtOnce).toBe(2);
  });
});
