// Accounts, guests and sessions, on two chat replicas and the real store.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BusError } from '@parley/messaging';
import { Passwords } from './passwords.js';
import { newKey, refusal, Stage, type Client } from '../testing/stage.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const PASSWORD = 'correct horse';
const limits = {
  passwordsOfName: { burst: 4, everyMs: 60_000 },
  passwordsOfNetwork: { burst: 1_000, everyMs: 1 },
  newcomersOfNetwork: { burst: 1_000, everyMs: 1 },
};

describe('accounts', () => {
  let stage: Stage;
  let client: Client;
  /** The time of day at both replicas. */
  let now = Date.now();

  beforeAll(async () => {
    stage = await Stage.set();
    const options = { limits, now: () => now };
    await stage.replica('chat-1', options);
    await stage.replica('chat-2', options);
    client = await stage.client();
  });
  afterAll(() => stage.clear());

  describe('signing up', () => {
    it('takes a name that is nobody’s, as it was typed', async () => {
      const { name, createdAt } = await client.signUp('Jo', PASSWORD);
      expect([name, Date.parse(createdAt)]).toEqual(['Jo', now]);
    });

    it.each([
      ['once more', 'Jo', /^Jo is taken$/],
      ['in another case', 'jO', /^Jo is taken$/],
      ['with letters that look the same', 'Jо', /^Jо looks like Jo, which is taken$/],
      ['with a digit that looks the same', 'J0', /^J0 looks like Jo/],
    ])('refuses a name %s, and its password stays', async (_, name, detail) => {
      await expect(client.signUp(name, 'another one')).rejects.toMatchObject(refusal('name-taken', detail));
      await expect(client.signIn(name, 'another one')).rejects.toMatchObject(refusal('sign-in-failed'));
    });

    it('refuses words of the system, and names that are too long, with the limit', async () => {
      await expect(client.signUp('0perator', PASSWORD)).rejects.toMatchObject(refusal('name-reserved', /word/));
      await expect(client.signUp('x'.repeat(16), PASSWORD)).rejects.toMatchObject(
        refusal('name-too-long', /at most 15 characters; this one has 16/),
      );
      expect((await client.signUp('e\u0301' + 'x'.repeat(14), PASSWORD)).name).toHaveLength(15);
    });

    it('gives a name that fifty want at once to one of them', async () => {
      const many = Array.from({ length: 50 }, (_, index) =>
        client.signUp(index % 2 === 0 ? 'wanted' : 'WANTED', `password ${String(index)}`).then(
          () => index,
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'refused', refusal: { code: 'name-taken' } });
            return undefined;
          },
        ),
      );
      const winners = (await Promise.all(many)).filter((index) => index !== undefined);
      expect(winners).toHaveLength(1);
      await client.signIn('Wanted', `password ${String(winners[0])}`);
    });
  });

  describe('signing in', () => {
    it('opens a session for who knows the password, in any case of the name', async () => {
      const key = newKey('account');
      const session = await client.signIn('JO', PASSWORD, key);
      expect(session.user).toEqual({ name: 'Jo', kind: 'account' });
      expect(Date.parse(session.expiresAt)).toBe(now + 30 * 24 * 3_600_000);
      expect(await client.authenticate(key)).toEqual(session);
    });

    it('says the same of a wrong password, of an unknown name and of a guest’s', async () => {
      await client.visit('visitor');
      const verified = jest.spyOn(Passwords.prototype, 'verify');
      const refusals = await Promise.all(
        ['Jo', 'nobody-1', 'visitor'].map((name) =>
          client.signIn(name, 'wrong one').catch((error: unknown) => (error as BusError).refusal),
        ),
      );
      expect(refusals[0]).toMatchObject({ code: 'sign-in-failed' });
      expect(new Set(refusals.map((each) => JSON.stringify(each))).size).toBe(1);
      // Each costs the same: a password is looked at, also where there is none.
      expect(verified).toHaveBeenCalledTimes(3);
      verified.mockRestore();
    });

    it.each(['Kim', 'unknown'])('is for %s tried a limited number of times, right or wrong', async (name) => {
      if (name === 'Kim') await client.signUp(name, PASSWORD);
      const tries = await Promise.all(
        Array.from({ length: 30 }, () =>
          client.signIn(name, 'wrong one').catch((error: unknown) => (error as BusError).refusal?.code),
        ),
      );
      const limit = 2 * limits.passwordsOfName.burst;
      expect(tries.filter((code) => code === 'sign-in-failed').length).toBeLessThanOrEqual(limit);
      expect(tries.filter((code) => code === 'too-many-attempts').length).toBeGreaterThanOrEqual(30 - limit);
      await expect(client.signIn(name, PASSWORD)).rejects.toMatchObject(
        refusal('too-many-attempts', /next one in \d+ s/),
      );
      now += 60_000;
      const again = client.signIn(name, PASSWORD);
      if (name === 'Kim') expect((await again).user.name).toBe('Kim');
      else await expect(again).rejects.toMatchObject(refusal('sign-in-failed'));
    });

    it('does not count against who knows the password', async () => {
      for (let round = 0; round < 20; round += 1) await client.signIn('Jo', PASSWORD);
    });
  });

  describe('a session', () => {
    it('is void at once when it is signed out of, and others of the user are not', async () => {
      const [one, other] = [newKey('account'), newKey('account')];
      await Promise.all([client.signIn('Jo', PASSWORD, one), client.signIn('Jo', PASSWORD, other)]);
      await client.signOut(one);
      await client.signOut(one);
      expect(await client.authenticate(one)).toBeNull();
      expect(await client.authenticate(other)).toMatchObject({ user: { name: 'Jo' } });
    });

    it('ends after thirty days', async () => {
      const key = newKey('account');
      await client.signIn('Jo', PASSWORD, key);
      now += 30 * 24 * 3_600_000 - 1;
      expect(await client.authenticate(key)).not.toBeNull();
      now += 1;
      expect(await client.authenticate(key)).toBeNull();
    });

    it('of nobody is none', async () => {
      expect(await client.authenticate(newKey('account'))).toBeNull();
      expect(await client.authenticate(newKey('guest'))).toBeNull();
    });
  });

  describe('a ticket', () => {
    it('is good once, of many that show it at once for one', async () => {
      const key = newKey('account');
      await client.signIn('Jo', PASSWORD, key);
      const ticket = await client.ticket(key);
      const shown = await Promise.all(Array.from({ length: 10 }, () => client.redeem(ticket)));
      expect(shown.filter((name) => name !== undefined)).toEqual(['Jo']);
      expect(await client.redeem(ticket)).toBeUndefined();
    });

    it('is not good when its session is over, nor when it is nobody’s', async () => {
      const key = newKey('account');
      await client.signIn('Jo', PASSWORD, key);
      const ticket = await client.ticket(key);
      await client.signOut(key);
      expect(await client.redeem(ticket)).toBeUndefined();
      expect(await client.redeem(newKey('account').digest)).toBeUndefined();
    });
  });

  describe('a guest', () => {
    it('has a name as long as the guest makes requests, and a minute longer', async () => {
      const key = newKey('guest');
      expect((await client.visit('Guest-7', key)).user).toEqual({ name: 'Guest-7', kind: 'guest' });
      for (let request = 0; request < 5; request += 1) {
        now += 50_000;
        expect(await client.authenticate(key)).toMatchObject({ user: { name: 'Guest-7' } });
        await expect(client.visit('guest-7')).rejects.toMatchObject(refusal('name-taken'));
      }
      now += 60_000;
      expect(await client.authenticate(key)).toBeNull();
      expect((await client.visit('guest-7')).user.name).toBe('guest-7');
    });

    it('leaves the name to others when signing out', async () => {
      const key = newKey('guest');
      await client.visit('Passing', key);
      await client.signOut(key);
      expect((await client.signUp('passing', PASSWORD)).name).toBe('passing');
      await expect(client.visit('Passing')).rejects.toMatchObject(refusal('name-taken'));
    });

    it('does not come back to a name that somebody else has taken meanwhile', async () => {
      const [one, other] = [newKey('guest'), newKey('guest')];
      await client.visit('twin', one);
      now += 60_000;
      await client.visit('twin', other);
      now -= 30_000;
      expect(await client.authenticate(one)).toBeNull();
      expect(await client.authenticate(other)).not.toBeNull();
      now += 30_000;
    });

    it('of fifty that want one name at once, one gets it', async () => {
      const many = await Promise.allSettled(Array.from({ length: 50 }, () => client.visit('popular')));
      expect(many.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const each of many) if (each.status === 'rejected') expect(each.reason).toMatchObject(refusal('name-taken'));
    });
  });

  it('keep the names of guests who have gone up to a bound, those of the last, and all of accounts', async () => {
    const { names, guestNames } = await stage.stoppable('chat-3', { limits, now: () => now, guestNames: 3 });
    const known = (): string[] => names.all().map(({ name }) => name);
    const told = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    // Whoever was a guest before has gone, and all of this is known.
    now += 60_000;
    await client.visit('still-here');
    await told(() => known().includes('still-here'));
    await guestNames.look();
    await told(() => names.guests().length === 3);
    const accounts = known().filter((name) => name === 'Jo' || name === 'Kim');
    expect(accounts).toEqual(['Jo', 'Kim']);

    const keys = Array.from({ length: 8 }, () => newKey('guest'));
    for (const [index, key] of keys.entries()) {
      await client.visit(`seen-${String(index)}`, key);
      // Each but the last two leaves.
      if (index < 6) await client.signOut(key);
    }
    await client.signUp('seen-1', PASSWORD);
    await told(() => known().includes('seen-7') && names.guests().length === 3 + 7);
    await guestNames.look();
    await told(() => names.guests().length === 3);
    expect(known().filter((name) => /^seen|^still/.test(name))).toEqual(['seen-1', 'seen-6', 'seen-7', 'still-here']);
    expect(await client.authenticate(keys[6]!)).toMatchObject({ user: { name: 'seen-6' } });
    await expect(client.visit('seen-6')).rejects.toMatchObject(refusal('name-taken'));
    expect((await client.visit('SEEN-0')).user.name).toBe('SEEN-0');
    await stage.stop('chat-3');
  });

  it('are there when the broker was killed and started again, sessions too', async () => {
    const key = newKey('account');
    await client.signIn('Jo', PASSWORD, key);
    const reconnected = new Promise<void>((resolve) => client.bus.onConnection((connected) => connected && resolve()));
    await stage.restartBroker();
    await reconnected;
    const answered = async (): Promise<unknown> => {
      for (;;) {
        try {
          return await client.authenticate(key);
        } catch (error) {
          // A replica that is not connected again yet.
          if (!(error instanceof BusError)) throw error;
        }
      }
    };
    expect(await answered()).toMatchObject({ user: { name: 'Jo' } });
    await expect(client.signUp('Jo', PASSWORD)).rejects.toMatchObject(refusal('name-taken'));
  });
});

describe('a chat that lets no guests in, and few newcomers and guesses', () => {
  let stage: Stage;
  let client: Client;
  beforeAll(async () => {
    stage = await Stage.set();
    await stage.replica('chat-1', {
      guests: false,
      nameLength: 3,
      limits: {
        ...limits,
        newcomersOfNetwork: { burst: 2, everyMs: 60_000 },
        passwordsOfNetwork: { burst: 3, everyMs: 60_000 },
      },
    });
    client = await stage.client();
  });
  afterAll(() => stage.clear());

  it('refuses guests and names as it was told', async () => {
    await expect(client.visit('Jo')).rejects.toMatchObject(refusal('guests-refused'));
    await expect(client.signUp('John', PASSWORD)).rejects.toMatchObject(refusal('name-too-long', /at most 3/));
  });

  it('lets nobody sign up without end, by network', async () => {
    await client.signUp('Al', PASSWORD);
    await expect(client.signUp('Bo', PASSWORD)).rejects.toMatchObject(refusal('too-many-attempts'));
    client.address = '192.0.2.2';
    expect((await client.signUp('Bo', PASSWORD)).name).toBe('Bo');
  });

  it('lets nobody try passwords of many names, by network, whether there are such names or not', async () => {
    client.address = '192.0.2.7';
    await client.signUp('Cy', PASSWORD);
    const tried = ['Al', 'Cy', 'D1', 'Al', 'Cy', 'D2'].map((name) =>
      client.signIn(name, 'wrong one').catch((error: unknown) => (error as BusError).refusal?.code),
    );
    const told = [...Array<string>(3).fill('sign-in-failed'), ...Array<string>(3).fill('too-many-attempts')];
    expect((await Promise.all(tried)).sort()).toEqual(told);
    await expect(client.signIn('Cy', PASSWORD)).rejects.toMatchObject(refusal('too-many-attempts'));
    client.address = '192.0.2.8';
    expect((await client.signIn('Cy', PASSWORD)).user.name).toBe('Cy');
  });
});
