// A simulated system: nodes, clients, network, disks and the time that they share. What is done to it stands in a plan.
import type { ProtocolName, Timeouts } from '@parley/contracts';
import { Agenda } from './agenda.js';
import { Client } from './client.js';
import { SimulatedCoordinator } from './coordinator-node.js';
import { noCounts } from './counts.js';
import { History } from './history.js';
import { Network } from './network.js';
import { SimulatedParticipant } from './participant-node.js';
import { COORDINATOR, type Plan, type PlannedProposal } from './plan.js';
import { Random } from './random.js';
import type { Hearer, Surroundings, Variant } from './surroundings.js';

/** How long the launcher waits before it starts a dead process again, ms. */
const RESTART_MS = 50;

export type Tell = (line: string) => void;

export class World implements Surroundings {
  readonly agenda = new Agenda();
  readonly history = new History();
  readonly counts = noCounts();
  readonly timeouts: Timeouts;
  readonly random: Random;
  readonly network: Network;
  readonly protocol: ProtocolName;
  readonly lateReplies: boolean;
  readonly snapshotEvery: number | null;
  readonly coordinator: SimulatedCoordinator;
  readonly participants: readonly SimulatedParticipant[];
  readonly everybody: readonly Hearer[];
  readonly nodes: readonly (SimulatedCoordinator | SimulatedParticipant)[];
  readonly clients: Client[] = [];
  /** No more faults, and people are quick and agree. */
  isHealed = false;
  private folders = 0;

  constructor(
    plan: Plan,
    readonly variant: Variant,
    private readonly tell: Tell | undefined,
  ) {
    const dice = Random.seeded(plan.seed).fork();
    this.random = dice.fork();
    this.timeouts = plan.timeouts;
    this.protocol = plan.protocol;
    this.lateReplies = plan.lateReplies;
    this.snapshotEvery = plan.snapshotEvery;
    this.network = this.newNetwork(plan, dice.fork());
    this.coordinator = new SimulatedCoordinator({ name: COORDINATOR, logId: this.newLogId() }, this);
    this.participants = plan.participants.map((name) => {
      const vote = name === plan.refuses ? 'abort' : 'commit';
      return new SimulatedParticipant({ name, logId: this.newLogId() }, this, vote);
    });
    this.nodes = [this.coordinator, ...this.participants];
    this.everybody = this.nodes;
    for (const node of this.nodes) {
      node.skewMs = plan.skewMs[node.name] ?? 0;
      this.agenda.after(this.random.between(0, 20), () => node.start());
    }
  }

  node(name: string): SimulatedCoordinator | SimulatedParticipant {
    return name === COORDINATOR ? this.coordinator : this.participant(name);
  }

  participant(name: string): SimulatedParticipant {
    const found = this.participants.find((participant) => participant.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  propose({ book, value, votes }: PlannedProposal): Client {
    const proposal = { key: `key of ${value}`, book, value, votes };
    const client = new Client(proposal, this, this.coordinator, this.nodes);
    this.clients.push(client);
    client.propose();
    return client;
  }

  person(): { afterMs: number; vote: 'commit' | 'abort' } {
    if (this.isHealed) return { afterMs: this.random.between(5, 50), vote: 'commit' };
    const vote = this.random.chance(0.1) ? 'abort' : 'commit';
    return { afterMs: this.random.between(5, this.random.chance(0.2) ? 2_000 : 100), vote };
  }

  newLogId(): string {
    this.folders += 1;
    return `folder-${String(this.folders)}`;
  }

  died(name: string, because: string): void {
    this.note(name, () => `dies: ${because}`);
    if (because === 'its disk is full') this.counts.disksFull += 1;
    const node = this.node(name);
    node.crash();
    this.agenda.after(RESTART_MS, () => node.start());
  }

  note(who: string, text: () => string): void {
    this.tell?.(`${(this.agenda.now / 1000).toFixed(4).padStart(8)} s  ${who.padEnd(14)} ${text()}`);
  }

  private newNetwork({ weather }: Plan, random: Random): Network {
    const { counts } = this;
    return new Network({
      random,
      weather,
      after: (delayMs, action) => {
        this.agenda.after(delayMs, action);
      },
      events: {
        sent: ({ from, to, about }) => this.note(from, () => `-> ${to}: ${about()}`),
        lost: ({ from, to, about }) => {
          counts.messagesLost += 1;
          this.note('network', () => `loses ${from} -> ${to}: ${about()}`);
        },
        cutOff: ({ from, to, about }) => {
          counts.messagesCutOff += 1;
          this.note('network', () => `is cut: ${from} -> ${to}: ${about()}`);
        },
        duplicated: () => (counts.messagesDoubled += 1),
        late: () => (counts.messagesLate += 1),
        arrived: ({ from, to, about }) => this.note(to, () => `<- ${from}: ${about()}`),
      },
    });
  }
}
