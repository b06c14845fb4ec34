// How each fault of a plan is done to the nodes, the network and the disks of a run. Each returns what ends it.
import type { Duel, Turn } from './duels.js';
import { COORDINATOR, type Fault } from './plan.js';
import type { World } from './world.js';

/** How often an operator asks again whether a participant has left, ms. */
const ASK_AGAIN_MS = 100;

export function strike(world: World, fault: Fault): () => void {
  const { counts, network } = world;
  switch (fault.kind) {
    case 'crash':
      return crash(world, fault.node);
    case 'ambush': {
      const node = world.node(fault.node);
      node.lieInWait(fault.effects, () => {
        counts.crashesAtAnEffect += 1;
        world.agenda.after(fault.forMs, crash(world, fault.node));
      });
      return () => node.standDown();
    }
    case 'power-failure': {
      counts.powerFailures += 1;
      for (const node of world.nodes) node.crash();
      return () => world.nodes.forEach((node) => node.start());
    }
    case 'freeze': {
      const node = world.node(fault.node);
      if (node.isUp) counts.freezes += 1;
      node.freeze();
      return () => node.thaw();
    }
    case 'partition': {
      counts.partitions += 1;
      const others = world.nodes.map(({ name }) => name).filter((name) => !fault.side.includes(name));
      const heals = [network.cut(fault.side, others), network.cut(others, fault.side)];
      return () => heals.forEach((heal) => heal());
    }
    case 'one-way':
      counts.oneWayCuts += 1;
      return network.cut([fault.from], [fault.to]);
    case 'slow-link':
      counts.linksSlow += 1;
      return network.slow(fault.from, fault.to, fault.byMs);
    case 'storm': {
      counts.storms += 1;
      const before = network.weather;
      network.weather = fault.weather;
      return () => (network.weather = before);
    }
    case 'slow-disk': {
      counts.disksSlow += 1;
      const { disk } = world.node(fault.node);
      disk.slowness = fault.times;
      return () => (disk.slowness = 1);
    }
    case 'full-disk': {
      const node = world.node(fault.node);
      const { disk } = node;
      disk.isFull = true;
      return () => {
        disk.isFull = false;
        node.start();
      };
    }
    case 'lost-folder': {
      counts.journalsLost += 1;
      const participant = world.participant(fault.node);
      participant.loseFolder(world.newLogId());
      return () => participant.start();
    }
    case 'wrong-lines': {
      const participant = world.participant(fault.node);
      participant.isBroken = fault.with;
      return () => (participant.isBroken = null);
    }
    case 'leave':
      return leave(world, fault);
    case 'clock': {
      counts.clocksJumped += 1;
      const node = world.node(fault.node);
      node.skewMs += fault.byMs;
      return () => (node.skewMs -= fault.byMs);
    }
    case 'duel': {
      const coordinator = world.node(COORDINATOR);
      const undo: (() => void)[] = [];
      coordinator.lieInWait(0, () => undo.push(duel(world, fault)), 'propose');
      return () => {
        coordinator.standDown();
        for (const end of undo) end();
      };
    }
    default:
      return fault satisfies never;
  }
}

/**
 * Asks until it is told that the participant has left: from then on nobody may need anything that it has, so its folder is
 * deleted. It comes back with an empty one.
 */
function leave(world: World, { node: name, forMs }: Extract<Fault, { kind: 'leave' }>): () => void {
  const { agenda, coordinator, counts } = world;
  const participant = world.participant(name);
  let isOver = false;
  const hasLeft = (): void => {
    if (isOver) return;
    isOver = true;
    counts.membersLeft += 1;
    participant.loseFolder(world.newLogId());
    agenda.after(world.isHealed ? 0 : forMs, () => participant.start());
  };
  const ask = (): void => {
    if (isOver) return;
    coordinator.receive(() => coordinator.hearLeave(name, (left) => left && hasLeft()));
    agenda.after(ASK_AGAIN_MS, ask);
  };
  ask();
  // Who was told to leave leaves, however long that takes, and takes part again only when it is started after that.
  return () => undefined;
}

/** The pre-commit has just been sent: what is on its way to those who are not to be reached is cut off. */
function duel(world: World, { reached, dies, deadMs, weather, slowness, turns }: Duel): () => void {
  const { agenda, network, nodes, participants } = world;
  const names = nodes.map(({ name }) => name);
  const before = network.weather;
  world.counts.duels += 1;
  const heal = network.cut(
    [COORDINATOR],
    names.filter((name) => !reached.includes(name)),
  );
  agenda.after(deadMs, heal);
  const die = (): void => {
    // What it has just sent reaches nobody.
    agenda.after(deadMs, network.cut([COORDINATOR], names));
    agenda.after(deadMs, crash(world, COORDINATOR));
  };
  if (dies === 'at once') agenda.after(deadMs, crash(world, COORDINATOR));
  else world.node(COORDINATOR).lieInWait(0, die, 'announce');
  network.weather = weather;
  for (const { disk } of participants) disk.slowness = slowness;
  let atMs = 0;
  for (const turn of turns) {
    agenda.after(atMs, () => take(world, turn));
    atMs += turn.forMs;
  }
  return () => {
    network.weather = before;
    for (const { disk } of participants) disk.slowness = 1;
  };
}

function take(world: World, { forMs, absent, victim }: Turn): void {
  const { agenda, network, nodes } = world;
  const present = nodes.map(({ name }) => name).filter((name) => !absent.includes(name));
  agenda.after(forMs, network.cut(absent, present));
  agenda.after(forMs, network.cut(present, absent));
  if (victim === null) return;
  const node = world.node(victim.node);
  const strike = (): void => {
    world.counts.crashesAtAnEffect += 1;
    agenda.after(victim.deadMs, crash(world, victim.node));
  };
  node.lieInWait(victim.replies, strike, 'reply');
  agenda.after(forMs, () => node.standDown());
}

function crash(world: World, name: string): () => void {
  const node = world.node(name);
  if (node.isUp) world.counts[name === COORDINATOR ? 'coordinatorCrashes' : 'participantCrashes'] += 1;
  node.crash();
  return () => node.start();
}
