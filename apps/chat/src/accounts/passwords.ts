// Passwords are kept as argon2id (RFC 9106) with what OWASP asks for at least: 19 MiB, two passes, one lane. Each costs a
// core for some 20 ms, so at most two are worked on at once, and those that wait are bounded: a flood of sign-ins costs
// others time, and never all of the memory or of the processor.
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
const AT_ONCE = 2;
const MAX_WAITING = 64;

/** As many wait already as may. Nothing was done. */
export class TooManyWait extends Error {
  override readonly name = 'TooManyWait';
}

/** RFC 8265, "OpaqueString": however a keyboard composes an accent or spells a space, it is the same password. */
const canonical = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');

export class Passwords {
  private working = 0;
  private readonly waiting: (() => void)[] = [];
  /** What nobody's password belongs to: to look for it costs an unknown name what a known one costs. */
  private readonly decoy: Promise<string>;

  constructor() {
    this.decoy = this.inTurn(() => hash(randomBytes(32), parameters));
  }

  /** @throws TooManyWait */
  async hash(password: string): Promise<string> {
    return this.inTurn(() => hash(canonical(password), parameters));
  }

  /**
   * Whether this is the password. Takes as long when there is no hash, and then it is not.
   *
   * @throws TooManyWait
   */
  async verify(hashed: string | undefined, password: string): Promise<boolean> {
    const decoy = await this.decoy;
    const matches = await this.inTurn(() => verify(hashed ?? decoy, canonical(password)));
    return matches && hashed !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.working < AT_ONCE) this.working += 1;
    else {
      if (this.waiting.length >= MAX_WAITING) throw new TooManyWait('too many passwords wait to be looked at');
      // Whoever ends hands its place on, so that nobody comes in between.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.working -= 1;
    }
  }
}
