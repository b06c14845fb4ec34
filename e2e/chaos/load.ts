// The clients of a round: each proposes one string after the other at the gateway of its side, and asks again under the
// same key, or goes on, when it was told of a problem or nothing.
import { setTimeout as wait } from 'node:timers/promises';
import type { ProtocolName, Timeouts } from '@parley/contracts';
import type { DividedSystem } from '../testing/divided-system.js';
import type { History, Standing } from '../testing/history.js';
import type { Told } from '../testing/http.js';
import { SIDES } from '../testing/two-brokers.js';
import type { Dice } from './dice.js';

const CLIENTS = 30;
const DEADLINES_MS = [200, 300, 500, 1_000];
/** How long a client that got no answer is silent. */
const SULK_MS = 500;
/** How long a client thinks before its next proposal, at most. */
const THINK_MS = 200;

export interface Load {
  readonly system: DividedSystem;
  readonly history: History;
  readonly protocol: ProtocolName;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Resolves with all that was told, once it is ended and the last clients have their answers. */
export async function propose(load: Load, dice: Dice): Promise<Told[]> {
  const clients = Array.from({ length: CLIENTS }, (_, index) => client(load, dice.for(`client ${String(index)}`)));
  return (await Promise.all(clients)).flat();
}

async function client({ system, history, protocol, signal }: Load, dice: Dice): Promise<Told[]> {
  const side = dice.pick(SIDES);
  const standing: Standing = { protocol, timeouts: deadlines(dice), waitSeconds: dice.pick([0, 1, 2]) };
  const told: Told[] = [];
  while (!signal.aborted) {
    const asked = { http: system.client(side) };
    const last = told.at(-1);
    const repeats = last !== undefined && !last.transaction && dice.chance(0.8);
    const answers = await (repeats
      ? history.repeat(asked, [last], standing)
      : history.propose(asked, 1, history.book, standing));
    told.push(...answers);
    await wait(dice.between(0, answers[0]?.transaction ? THINK_MS : SULK_MS));
  }
  return told;
}

const deadlines = (dice: Dice): Timeouts => ({
  voteRequestMs: dice.pick(DEADLINES_MS),
  voteMs: dice.pick(DEADLINES_MS),
  acknowledgementMs: dice.pick(DEADLINES_MS),
  decisionMs: dice.pick(DEADLINES_MS),
});
