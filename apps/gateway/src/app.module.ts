// Everything of which a gateway is made, in one place.
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { chatOperations } from '@parley/contracts';
import { Bus, newTrace } from '@parley/messaging';
import type { Logger } from 'pino';
import { Chat } from './chat/chat.js';
import { LogFollowers } from './chat/log-followers.js';
import { RoomBooks } from './chat/room-books.js';
import { now } from './clock.js';
import { AccountsController } from './controllers/accounts.controller.js';
import { ClocksController } from './controllers/clocks.controller.js';
import { EventsController } from './controllers/events.controller.js';
import { HealthController } from './controllers/health.controller.js';
import { InboxController } from './controllers/inbox.controller.js';
import { LogController } from './controllers/log.controller.js';
import { MetricsController } from './controllers/metrics.controller.js';
import { ParticipantsController } from './controllers/participants.controller.js';
import { PeopleController } from './controllers/people.controller.js';
import { PresenceController } from './controllers/presence.controller.js';
import { ProposalsController } from './controllers/proposals.controller.js';
import { TransactionsController } from './controllers/transactions.controller.js';
import { RoomsController } from './controllers/rooms.controller.js';
import { UpkeepController } from './controllers/upkeep.controller.js';
import { Coordinator } from './coordinator.js';
import { EventFeed } from './events/feed.js';
import { StorySources } from './events/transaction-story.js';
import { Growths } from './growths.js';
import { Metrics } from './metrics.js';
import { MissingParts } from './missing-parts.js';
import { Nodes } from './nodes.js';
import { ProblemFilter } from './http/problem-filter.js';
import { SchemaPipe } from './http/schema-pipe.js';
import { Ledgers } from './ledgers.js';
import { PersonalVotes } from './personal-votes.js';
import { Outcomes } from './outcomes.js';
import { Presence } from './presence.js';
import { Proposals } from './proposals.js';
import { Seats } from './seats.js';
import { Settlement } from './settlement.js';
import { TransactionReads } from './transaction-reads.js';
import { Upkeep } from './upkeep.js';
import { Verifier } from './verification.js';
import { TransactionViews } from './views.js';

/** What tracks the bus, and so must hear it, beside the providers that use it. */
export interface Tracking {
  readonly presence: Presence;
  readonly nodes: Nodes;
  readonly outcomes: Outcomes;
  readonly settlement: Settlement;
  readonly growths: Growths;
  readonly seats: Seats;
}

export function track(bus: Bus, chat: Chat, log: Logger): Tracking {
  const presence = new Presence();
  const settlement = new Settlement((list, place) => presence.isAppliedByLive(list, place, now()));
  const isOver = async (session: string): Promise<boolean> =>
    (await chat.read(chatOperations.isOver, { session }, newTrace())).over;
  const seats = new Seats(bus, presence, isOver, log);
  return { presence, nodes: new Nodes(), outcomes: new Outcomes(), settlement, growths: new Growths(), seats };
}

export interface GatewayParts {
  readonly bus: Bus;
  readonly log: Logger;
  readonly tracking: Tracking;
  readonly feed: EventFeed;
  readonly chat: Chat;
  readonly followers: LogFollowers;
  readonly metrics: Metrics;
  /** Whether the system is meant to have a chat. */
  readonly hasChat: boolean;
}

@Module({})
export class AppModule {
  static on({ bus, log, tracking, feed, chat, followers, metrics, hasChat }: GatewayParts): DynamicModule {
    const { presence, nodes, outcomes, settlement, growths, seats } = tracking;
    const views = new TransactionViews(presence, outcomes);
    const coordinator = new Coordinator(bus, presence);
    const reads = new TransactionReads(bus, presence, log);
    const ledgers = new Ledgers(bus, presence, log);
    const rooms = new RoomBooks(chat, log);
    return {
      module: AppModule,
      controllers: [
        ...[ProposalsController, TransactionsController, PeopleController],
        ...[ParticipantsController, UpkeepController, EventsController, AccountsController],
        ...[RoomsController, LogController, ClocksController, InboxController, PresenceController],
        ...[HealthController, MetricsController],
      ],
      providers: [
        { provide: APP_FILTER, useValue: new ProblemFilter(log) },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: Bus, useValue: bus },
        { provide: Presence, useValue: presence },
        { provide: Nodes, useValue: nodes },
        { provide: MissingParts, useValue: new MissingParts({ bus, presence, nodes, hasChat }) },
        { provide: Ledgers, useValue: ledgers },
        { provide: Seats, useValue: seats },
        { provide: PersonalVotes, useValue: new PersonalVotes(bus, seats, reads, presence, rooms) },
        { provide: Upkeep, useValue: new Upkeep(bus, seats) },
        { provide: Verifier, useValue: new Verifier(bus, presence, ledgers) },
        { provide: TransactionReads, useValue: reads },
        { provide: Proposals, useValue: new Proposals({ coordinator, settlement, reads, views, rooms }) },
        { provide: TransactionViews, useValue: views },
        { provide: Chat, useValue: chat },
        { provide: Metrics, useValue: metrics },
        { provide: LogFollowers, useValue: followers },
        { provide: RoomBooks, useValue: rooms },
        { provide: EventFeed, useValue: feed },
        { provide: StorySources, useValue: new StorySources(reads, views, growths, log) },
      ],
    };
  }
}
