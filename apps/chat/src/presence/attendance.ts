// Presence at work in a replica: it hears what gateways tell, lets presence.ts judge, and does what follows. Every replica does
// all of it; what one has done is done for the others. Its time is that since the process began, which nobody sets.
import { chatFacts } from '@parley/contracts';
import { BusError, Refusal, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import type { Now } from '../clock.js';
import { Progress } from '../progress.js';
import type { Departures } from '../rooms/departures.js';
import type { ConnectedAccounts } from './connected-accounts.js';
import type { PresentUser } from './connections.js';
import { Presence, type PresenceEffect, type PresenceInput, type PresenceTimes } from './presence.js';

/** How often is looked who is gone; the shortest time to wait for anybody is a few of these. */
const MAX_LOOK_MS = 500;

export const presenceTimes = (graceMs: number): PresenceTimes => ({
  silenceMs: 5_000,
  graceMs,
  absenceMs: 3_000,
  settlingMs: 1_500,
});

/** How long is waited until it is known who is connected: a replica that was just started has to hear of it. */
const SETTLED_MS = 5_000;

type Unstamped<Input> = Input extends unknown ? Omit<Input, 'at'> : never;

export interface AttendanceParts {
  readonly node: string;
  readonly bus: Bus;
  readonly accounts: ConnectedAccounts;
  readonly sessions: Pick<Sessions, 'shorten' | 'isOver'>;
  readonly departures: Pick<Departures, 'ended' | 'gone'>;
  readonly times: PresenceTimes;
  readonly log: Logger;
  readonly now: Now;
}

export class Attendance {
  private readonly presence: Presence;
  private looking: NodeJS.Timeout | undefined;
  private readonly heard = new Progress('who is connected');

  constructor(private readonly parts: AttendanceParts) {
    this.presence = new Presence(parts.times);
  }

  /** Once the replica hears what gateways tell. */
  start(): void {
    const { bus, accounts, times } = this.parts;
    this.take({ type: 'listening' });
    bus.onConnection((connected) => {
      if (connected) this.take({ type: 'listening' });
    });
    accounts.follow((name) => this.take({ type: 'remembered', name }));
    const look = (): void => {
      // Without the broker nothing is heard, and nobody is gone for that.
      if (bus.connected) this.take({ type: 'ticked' });
    };
    this.looking = setInterval(look, Math.max(20, Math.min(MAX_LOOK_MS, times.graceMs / 4)));
  }

  stop(): void {
    clearInterval(this.looking);
    this.parts.accounts.stop();
  }

  take(input: Unstamped<PresenceInput>): void {
    const effects = this.presence.step({ ...input, at: performance.now() });
    for (const effect of effects) this.perform(effect);
    this.heard.made();
  }

  /**
   * Which of these names are present now: those with a WebSocket at any gateway that has said `hello`.
   *
   * @throws Refusal `broker-unreachable` when that cannot be known
   */
  async presentOf(names: readonly string[]): Promise<ReadonlySet<string>> {
    const { connections } = await this.settled();
    return new Set(names.filter((name) => connections.hasName(name)));
  }

  /**
   * Who is present, once that is known.
   *
   * @throws Refusal `broker-unreachable` when it cannot be
   */
  async settled(): Promise<Presence> {
    const isKnown = await this.heard.within(SETTLED_MS, () => this.presence.isSettled(performance.now()));
    if (!isKnown) throw new Refusal('broker-unreachable', 'the gateways have not told who is connected');
    return this.presence;
  }

  private perform(effect: PresenceEffect): void {
    const { bus, node } = this.parts;
    switch (effect.type) {
      case 'ask':
        bus.publish(chatFacts.connectionsWanted, { from: node, gateway: effect.gateway });
        return;
      case 'dropped':
        void this.attempt(effect.user, () => this.dropped(effect.user, effect.until - performance.now()));
        return;
      case 'gone':
        void this.attempt(effect.user, () => this.gone(effect.user));
        return;
      default:
        effect satisfies never;
    }
  }

  /** A guest's session lasts no longer than we wait, unless it is used meanwhile. */
  private async dropped({ session }: PresentUser, graceMs: number): Promise<void> {
    if (session !== null) await this.parts.sessions.shorten(session, Math.floor(this.parts.now() + graceMs));
  }

  private async gone({ name, session }: PresentUser): Promise<void> {
    const { accounts, sessions, departures } = this.parts;
    if (session !== null) {
      // Over HTTP it may have gone on; then it is departures.ts that sees when it ends.
      if (await sessions.isOver(session)) await departures.ended(session);
      return;
    }
    const mark = accounts.known(name);
    await departures.gone(name);
    if (mark !== undefined) await accounts.unmark(name, mark);
  }

  /** What the store cannot take now is tried again after another while; of guests departures.ts looks by itself. */
  private async attempt({ name, session }: PresentUser, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { log } = this.parts;
      if (error instanceof BusError) {
        // It stands in the store against its contract: asking again would not help.
        log.error({ err: error }, 'somebody is gone, and what is stored of that cannot be understood');
        return;
      }
      if (!(error instanceof Refusal)) throw error;
      log.warn({ reason: error.detail }, 'somebody is gone, and that cannot be stored now');
      if (session === null) this.take({ type: 'remembered', name });
    }
  }
}
