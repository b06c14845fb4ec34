// A coordinator and participants that have on record what a test says, and tell of it when the test says so.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import {
  bookOfRoom,
  coordinatorOperations,
  facts,
  participantOperations,
  type KnownTransaction,
  type Outcome,
  type Place,
  type Voting,
} from '@parley/contracts';
import { Answers, BusServer, type Bus } from '@parley/messaging';

const members = ['1', '2', '3'].map((digit) => ({ name: `participant-${digit}`, logId: digit.repeat(32) }));

export interface Proposed {
  readonly number: number;
  readonly text?: string;
  readonly votes?: Voting;
  readonly outcome?: Outcome;
}

/** A transaction of a room's book, as nodes know it. */
export function proposedIn(
  room: string,
  { number, text = 'tea', votes = 'manual', outcome }: Proposed,
): KnownTransaction {
  const decision = outcome && {
    outcome,
    rule: outcome === 'committed' ? ('quorum-acknowledged' as const) : ('vote-no' as const),
    decidedBy: 'coordinator',
    ballot: { counter: 1, node: '' },
    quorum: 2,
    votes: { 'participant-1': 'yes' as const },
    states: {},
    acknowledgements: [],
    decidedAt: 2_000,
  };
  return {
    begin: {
      book: bookOfRoom(room),
      number,
      value: text,
      digest: 'd'.repeat(43),
      protocol: 'e3pc',
      votes,
      timeouts: { voteRequestMs: 60_000, voteMs: 30_000, acknowledgementMs: 30_000, decisionMs: 5_000 },
      proposer: 'Jo',
      correlation: 'c'.repeat(32),
      createdAt: 1_000,
    },
    list: members,
    decision: decision ?? null,
  };
}

export class ScriptedNodes {
  /** What the coordinator has on record, and what the participants have. */
  readonly record = { coordinator: [] as KnownTransaction[], participants: [] as KnownTransaction[] };
  private readonly serving: { close(): Promise<void> }[] = [];

  constructor(private readonly bus: Bus) {}

  async start(): Promise<void> {
    await this.serve('participant-1', participant(this.record.participants));
  }

  /** Until this the coordinator is away. */
  async startCoordinator(): Promise<void> {
    await this.serve('coordinator', coordinator(this.record.coordinator));
  }

  async stop(): Promise<void> {
    for (const app of this.serving.splice(0)) await app.close();
  }

  /** A participant tells how far the book of a room has come. */
  announce(room: string, { lines, highest }: { lines: number; highest: number }): void {
    const [{ name: node, logId }] = members as [(typeof members)[number]];
    const ledgers = [{ book: bookOfRoom(room), lines, highest }];
    this.bus.publish(facts.alive, { service: 'participant', node, logId, nonce: logId, complete: true, ledgers });
  }

  /** Somebody has decided. */
  decided({ begin: { book, number }, decision }: KnownTransaction): void {
    if (decision === null) throw new Error('it is not decided');
    this.bus.publish(facts.decidedInRooms, { transactions: [{ book, number }] });
  }

  private async serve(node: string, controller: new () => object): Promise<void> {
    @Module({ controllers: [controller] })
    class Node {}
    const options: MicroserviceOptions & { logger: false } = {
      strategy: new BusServer(this.bus, { node }),
      logger: false,
    };
    const app = await NestFactory.createMicroservice(Node, options);
    await app.listen();
    this.serving.push(app);
  }
}

const found = (
  record: readonly KnownTransaction[],
  { book, number }: Place,
): { transaction: KnownTransaction | null } => ({
  transaction: record.find(({ begin }) => begin.book === book && begin.number === number) ?? null,
});

function coordinator(record: readonly KnownTransaction[]): new () => object {
  @Controller()
  class Coordinator {
    @Answers(coordinatorOperations.read)
    read(place: Place): { transaction: KnownTransaction | null } {
      return found(record, place);
    }
  }
  return Coordinator;
}

function participant(record: readonly KnownTransaction[]): new () => object {
  @Controller()
  class Participant {
    @Answers(participantOperations.read)
    read(place: Place): { transaction: KnownTransaction | null } {
      return found(record, place);
    }
  }
  return Participant;
}
