// A chat replica's parts and how they hang together. It keeps no truth: all that lasts is in the broker's store.
import { Module, type DynamicModule } from '@nestjs/common';
import { buckets } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { AccountsController } from './accounts.controller.js';
import { Accounts, defaultLimits, type AttemptLimits } from './accounts/accounts.js';
import { Passwords } from './accounts/passwords.js';
import { Sessions } from './accounts/sessions.js';
import { Tickets } from './accounts/tickets.js';
import { AgreementController } from './agreement.controller.js';
import { Following } from './agreement/following.js';
import { Transactions } from './agreement/transactions.js';
import type { AttemptLimit } from './accounts/attempts.js';
import type { Now } from './clock.js';
import { Driver, GRACE_MS } from './clock-exchange/driver.js';
import { ClockExchanges } from './clock-exchange/exchanges.js';
import { ClockRecord } from './clock-exchange/record.js';
import type { Pause, Throw } from './clock-exchange/step.js';
import { ClocksController } from './clocks.controller.js';
import { GuestNames, MAX_GUEST_NAMES } from './names/guest-names.js';
import { KnownNames } from './names/known-names.js';
import { Names } from './names/names.js';
import { PresenceController } from './presence.controller.js';
import { Attendance } from './presence/attendance.js';
import { ConnectedAccounts } from './presence/connected-accounts.js';
import type { PresenceTimes } from './presence/presence.js';
import { UserList } from './presence/users.js';
import { DirectController } from './direct.controller.js';
import { DirectMessages } from './direct/direct-messages.js';
import { GuestInboxes } from './direct/guest-inboxes.js';
import { Directory } from './direct/recipients.js';
import { DirectRecord } from './direct/record.js';
import { ReplicaClock } from './replica-clock.js';
import { RoomsController } from './rooms.controller.js';
import { Departures } from './rooms/departures.js';
import { RoomRecord, type RecordLimits } from './rooms/record.js';
import { defaultPace, Rooms } from './rooms/rooms.js';
import { Store } from './store.js';

export interface ChatOptions {
  /** This replica's name: its entry in vector clocks. */
  readonly node: string;
  readonly bus: Bus;
  readonly log: Logger;
  /** Longest name of a user, in code points. */
  readonly nameLength: number;
  readonly guests: boolean;
  readonly presence: PresenceTimes;
  readonly limits?: AttemptLimits;
  /** How many names of guests are kept who have gone. */
  readonly guestNames?: number;
  readonly record?: RecordLimits;
  /** Of one user in rooms, and in direct messages. */
  readonly pace?: AttemptLimit;
  readonly now?: Now;
  /** Between two sendings of a member's clock. */
  readonly clockPause: Pause;
  readonly dice?: () => Throw;
  readonly clockGraceMs?: number;
}

@Module({})
export class AppModule {
  static of({
    node,
    bus,
    log,
    nameLength,
    guests,
    presence: times,
    limits = defaultLimits,
    guestNames: bound = MAX_GUEST_NAMES,
    record: recordLimits,
    pace = defaultPace,
    now = Date.now,
    clockPause: pause,
    dice = Math.random,
    clockGraceMs: graceMs = GRACE_MS,
  }: ChatOptions): DynamicModule {
    const names = new Names(bus, { maxLength: nameLength });
    const sessions = new Sessions(bus, now);
    const accounts = new Accounts({ names, sessions, passwords: new Passwords(), limits, guests, now });
    const clock = new ReplicaClock(node);
    const record = new RoomRecord(bus, node, clock, log, recordLimits);
    const directRecord = new DirectRecord(bus, clock, log);
    const rooms = new Rooms(record, now, pace);
    const departures = new Departures(record, rooms, sessions, log);
    const connected = new ConnectedAccounts(bus, now);
    const attendance = new Attendance({ node, bus, accounts: connected, sessions, departures, times, log, now });
    const knownNames = new KnownNames(bus);
    const directory = new Directory(names, sessions, attendance);
    const clocks = new ClockRecord(bus, node, log);
    const exchanging = { clocks, rooms: record, pause, dice };
    const following = new Following({
      ...{ record, rooms, sessions, log },
      transactions: new Transactions(bus),
      seats: new Store(bus, buckets.seats),
      elapsed: () => performance.now(),
    });
    return {
      module: AppModule,
      controllers: [
        AccountsController,
        RoomsController,
        PresenceController,
        AgreementController,
        ClocksController,
        DirectController,
      ],
      providers: [
        { provide: Accounts, useValue: accounts },
        { provide: Sessions, useValue: sessions },
        { provide: Tickets, useValue: new Tickets(bus, sessions, connected, now) },
        { provide: RoomRecord, useValue: record },
        { provide: ClockRecord, useValue: clocks },
        { provide: ClockExchanges, useValue: new ClockExchanges(exchanging) },
        { provide: Driver, useValue: new Driver({ ...exchanging, node, graceMs, now, log }) },
        { provide: DirectRecord, useValue: directRecord },
        { provide: GuestInboxes, useValue: new GuestInboxes(directRecord, sessions, log) },
        { provide: DirectMessages, useValue: new DirectMessages(directRecord, directory, now, pace) },
        { provide: Rooms, useValue: rooms },
        { provide: Following, useValue: following },
        { provide: Departures, useValue: departures },
        { provide: Attendance, useValue: attendance },
        { provide: KnownNames, useValue: knownNames },
        { provide: GuestNames, useValue: new GuestNames({ known: knownNames, names, sessions, log, bound }) },
        { provide: UserList, useValue: new UserList(knownNames, attendance) },
        { provide: Bus, useValue: bus },
      ],
    };
  }
}
