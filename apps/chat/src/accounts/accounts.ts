// Signing up and in. What is wrong with a name and a password is told in one way, so that nobody learns from it which names
// exist; who tries too often waits, by name and by network.
import { networkOf, type Account, type Session, type SignInRequest, type SignUpRequest } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import type { Now } from '../clock.js';
import type { Names } from '../names/names.js';
import { keyOf } from '../names/skeleton.js';
import { Attempts, type AttemptLimit } from './attempts.js';
import { TooManyWait, type Passwords } from './passwords.js';
import type { Sessions } from './sessions.js';

/** Each replica counts by itself: n replicas allow up to n times as many. */
export interface AttemptLimits {
  /** Wrong passwords for one name. */
  readonly passwordsOfName: AttemptLimit;
  /** Wrong passwords from one network. */
  readonly passwordsOfNetwork: AttemptLimit;
  /** Sign-ups, and sign-ins of guests, from one network. */
  readonly newcomersOfNetwork: AttemptLimit;
}

export const defaultLimits: AttemptLimits = {
  passwordsOfName: { burst: 10, everyMs: 30_000 },
  passwordsOfNetwork: { burst: 50, everyMs: 5_000 },
  newcomersOfNetwork: { burst: 300, everyMs: 1_000 },
};

interface AccountParts {
  readonly names: Names;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly limits: AttemptLimits;
  /** Whether somebody without an account may come in. */
  readonly guests: boolean;
  readonly now: Now;
}

type Owner = Parameters<Names['claim']>[1];

export class Accounts {
  private readonly byName: Attempts;
  private readonly byNetwork: Attempts;
  private readonly newcomers: Attempts;

  constructor(private readonly parts: AccountParts) {
    this.byName = new Attempts(parts.limits.passwordsOfName);
    this.byNetwork = new Attempts(parts.limits.passwordsOfNetwork);
    this.newcomers = new Attempts(parts.limits.newcomersOfNetwork);
  }

  /** @throws Refusal `name-taken`, `name-reserved`, `name-too-long`, `too-many-attempts`, `overloaded` */
  async signUp({ name, password, address }: SignUpRequest): Promise<Account> {
    this.take(this.newcomers, networkOf(address));
    const hashed = await this.inTurn(() => this.parts.passwords.hash(password));
    const createdAt = this.parts.now();
    const shown = await this.claim(name, { kind: 'account', password: hashed, createdAt });
    return { name: shown, createdAt: new Date(createdAt).toISOString() };
  }

  /** @throws Refusal as `signUp` does, and `sign-in-failed`, `guests-refused` */
  async signIn({ name, password, address, session }: SignInRequest): Promise<Session> {
    if (password !== undefined) return this.parts.sessions.begin(session, await this.known(name, password, address));
    if (!this.parts.guests) throw new Refusal('guests-refused', 'this system lets in who has an account');
    this.take(this.newcomers, networkOf(address));
    return this.welcome(name, session);
  }

  /** The name of an account as it is shown, for who knows its password. */
  private async known(name: string, password: string, address: string): Promise<string> {
    const [key, network] = [keyOf(name), networkOf(address)];
    // Counted before it is looked at: many at once are as many attempts.
    this.take(this.byNetwork, network);
    this.take(this.byName, key);
    const record = await this.parts.names.ownerOf(name);
    const hashed = record?.owner.kind === 'account' ? record.owner.password : undefined;
    const matches = await this.inTurn(() => this.parts.passwords.verify(hashed, password));
    if (!matches || record === undefined)
      throw new Refusal('sign-in-failed', 'name and password do not belong together');
    this.byName.giveBack(key);
    this.byNetwork.giveBack(network);
    return record.name;
  }

  /** The session is there before the name is its own, so that a name is never held by a session that does not begin. */
  private async welcome(name: string, session: SignInRequest['session']): Promise<Session> {
    const begun = await this.parts.sessions.begin(session, name.normalize('NFC'));
    try {
      await this.claim(name, { kind: 'guest', session: session.digest });
      return begun;
    } catch (error) {
      await this.parts.sessions.end(session);
      throw error;
    }
  }

  private claim(name: string, owner: Owner): Promise<string> {
    const { names, sessions } = this.parts;
    return names.claim(name, owner, async (previous) => previous.kind === 'guest' && sessions.isOver(previous.session));
  }

  private take(attempts: Attempts, key: string): void {
    const waitMs = attempts.take(key, this.parts.now());
    if (waitMs > 0) throw new Refusal('too-many-attempts', `the next one in ${String(Math.ceil(waitMs / 1000))} s`);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof TooManyWait ? new Refusal('overloaded', error.message) : error;
    }
  }
}
