// A client: it proposes a string, again and again under the same idempotency key until it is told the number, and then asks
// one node after the other until it is told how the transaction ended. What it was told is held against everybody.
import type { Outcome, Place } from '@parley/contracts';
import type { Proposal, SimulatedCoordinator } from './coordinator-node.js';
import { Violation, idOf } from './history.js';
import type { SimulatedParticipant } from './participant-node.js';
import { tellPlaces } from './story.js';
import type { Surroundings } from './surroundings.js';

/** How long a client waits for an answer before it asks again, ms. */
const PATIENCE_MS = { proposing: 600, reading: 250 };

/** The name of the client that proposes this string. */
export const clientOf = (value: string): string => `client of "${value}"`;

export class Client {
  /** What the transaction is, once that was told. */
  place: Place | undefined;
  outcome: Outcome | undefined;
  readonly name: string;

  constructor(
    private readonly proposal: Proposal,
    private readonly world: Surroundings,
    private readonly coordinator: SimulatedCoordinator,
    private readonly nodes: readonly (SimulatedCoordinator | SimulatedParticipant)[],
  ) {
    this.name = clientOf(proposal.value);
  }

  propose(): void {
    if (this.place) return;
    this.world.agenda.after(PATIENCE_MS.proposing, () => this.propose());
    this.send(this.coordinator.name, `proposes for ${this.proposal.book}`, () =>
      this.coordinator.receive(() =>
        this.coordinator.hearProposal(this.proposal, (place) => {
          this.hear(this.coordinator.name, `has begun ${tellPlaces([place])}`, () => this.begun(place));
        }),
      ),
    );
  }

  private begun(place: Place): void {
    if (this.place && idOf(this.place) !== idOf(place))
      throw new Violation(
        'one transaction for one key',
        `${this.name} was told ${idOf(this.place)} and ${idOf(place)}`,
      );
    if (this.place) return;
    this.place = place;
    this.read(place);
  }

  private read(place: Place): void {
    if (this.outcome) return;
    this.world.agenda.after(PATIENCE_MS.reading, () => this.read(place));
    const node = this.world.random.pick(this.nodes);
    this.send(node.name, `reads ${tellPlaces([place])}`, () =>
      node.receive(() =>
        node.readOutcome(place, (outcome) => {
          if (outcome)
            this.hear(node.name, `says that ${tellPlaces([place])} is ${outcome}`, () =>
              this.told(place, outcome, node.name),
            );
        }),
      ),
    );
  }

  private told(place: Place, outcome: Outcome, by: string): void {
    this.world.history.tell(place, outcome, by);
    this.outcome = outcome;
  }

  private send(to: string, about: string, arrive: () => void): void {
    this.world.network.send({ from: this.name, to, about: () => about, arrive });
  }

  private hear(from: string, about: string, arrive: () => void): void {
    this.world.network.send({ from, to: this.name, about: () => about, arrive });
  }
}
