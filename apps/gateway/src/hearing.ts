// All that the gateway hears on the bus. Each fact is taken in before anything else happens with it, so whoever asks
// afterwards finds it.
import { chatFacts, facts, gatewayFacts, type Alive } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { now } from './clock.js';
import type { Outcomes } from './outcomes.js';
import { LIVE_MS, type Presence } from './presence.js';
import type { Growths } from './growths.js';
import type { Nodes } from './nodes.js';
import type { Seats } from './seats.js';
import type { Settlement } from './settlement.js';

export interface Hearers {
  readonly presence: Presence;
  readonly nodes: Nodes;
  readonly outcomes: Outcomes;
  readonly settlement: Settlement;
  readonly growths: Growths;
  readonly seats: Pick<Seats, 'vacate'>;
}

/** Hears until it is stopped, and asks all nodes to announce themselves, also after the broker was away. */
export function hear(
  bus: Bus,
  name: string,
  { presence, nodes, outcomes, settlement, growths: ledgerGrowths, seats }: Hearers,
  log: Logger,
): { stop(): void } {
  const lapses = new Map<string, NodeJS.Timeout>();
  // A node that falls silent is no event on the bus, so the moment is awaited at which it counts as gone.
  const heardOf = (participant: string): void => {
    const lapse = lapses.get(participant);
    if (lapse) lapse.refresh();
    else
      lapses.set(
        participant,
        setTimeout(() => settlement.lapsed(), LIVE_MS + 1),
      );
  };
  // A participant that was told to leave does so when nothing needs it any more, which no request waits for.
  const departed = (participant: string): void => {
    seats.vacate(participant).catch((err: unknown) => {
      log.warn({ participant, err }, 'left, and its seat could not be freed: let it leave again to free it');
    });
  };
  const announced = (alive: Alive): void => {
    nodes.heard(alive.node, alive.service, now());
    const before = presence.logIdOf(alive.node);
    presence.departed(alive).forEach(departed);
    const growths = presence.heard(alive, now());
    if (alive.service === 'participant') {
      heardOf(alive.node);
      // With a new journal it is another member, and the one it was before is gone.
      if (before !== undefined && before !== alive.logId) settlement.lapsed();
    }
    settlement.grown(growths);
    ledgerGrowths.tell(growths);
  };
  const hearings = [
    bus.listen(facts.alive, announced),
    bus.listen(chatFacts.alive, ({ node }) => nodes.heard(node, 'chat', now())),
    bus.listen(gatewayFacts.alive, ({ gateway, ...told }) => nodes.heard(gateway, 'gateway', now(), told)),
    bus.listen(facts.recorded, (recorded) => {
      outcomes.recorded(recorded);
      const growths = presence.recorded(recorded, now());
      heardOf(recorded.from.name);
      settlement.grown(growths);
      ledgerGrowths.tell(growths);
    }),
  ];
  const call = (): void => bus.publish(facts.called, { from: name });
  bus.onConnection((connected) => {
    if (connected) call();
  });
  call();
  return {
    stop: () => {
      for (const hearing of hearings) hearing.stop();
      for (const lapse of lapses.values()) clearTimeout(lapse);
    },
  };
}
