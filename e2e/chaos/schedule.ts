// What goes wrong in a round, and when: drawn from the seed before the round begins, and from nothing else. What then
// happens differs from run to run, because real processes are never at the same place twice.
import {
  COORDINATOR_RECOVERY,
  COORDINATOR_STEPS,
  PARTICIPANT_RECOVERY,
  PARTICIPANT_STEPS,
  RETURNING_STEPS,
} from '../testing/steps.js';
import { SIDES, type Side } from '../testing/two-brokers.js';
import type { Dice } from './dice.js';

interface AtStep {
  readonly node: string;
  readonly point: string;
  readonly skip: number;
}

export type Fault =
  /** SIGKILL, wherever it stands. */
  | { readonly kind: 'kill' | 'freeze'; readonly node: string }
  /** Killed, and its folder is lost: it returns as a new member. */
  | { readonly kind: 'lose'; readonly node: string }
  /** At a step of the protocol, when that has passed so often. */
  | (AtStep & { readonly kind: 'kill-at' | 'freeze-at' })
  /** The brokers' link is cut when the node is there, and the node goes on. */
  | (AtStep & { readonly kind: 'cut-at'; readonly right: readonly string[] })
  /** The node's connection is cut off, or nothing gets through it for a while and nothing is lost. */
  | { readonly kind: 'isolate' | 'stall'; readonly node: string }
  /** The brokers' link is cut, with these nodes on the right, and all others on the left. */
  | { readonly kind: 'cut'; readonly right: readonly string[] }
  | { readonly kind: 'kill-broker'; readonly side: Side };

export type Kind = Fault['kind'];
export const KINDS: readonly Kind[] = [
  ...(['kill', 'lose', 'kill-at', 'freeze', 'freeze-at', 'cut-at', 'isolate', 'stall', 'cut', 'kill-broker'] as const),
];

export interface Planned {
  /** From the beginning of the round. */
  readonly atMs: number;
  /** How long it lasts, until what died is started again and what was cut is joined. */
  readonly forMs: number;
  readonly fault: Fault;
}

/** Faults of one thing, one after the other. Those of different things overlap. */
export type Lane = readonly Planned[];

const PARTICIPANTS = ['participant-1', 'participant-2', 'participant-3'];
export const NODES: readonly string[] = ['coordinator', ...PARTICIPANTS];
export const GATEWAYS = ['gateway-left', 'gateway-right'];

const CUTS = ['before:snapshot', 'before:cut', 'after:snapshot'];
const pointsOf = (steps: readonly { readonly point: string }[]): string[] => steps.map(({ point }) => point);

/** Steps that a node comes to all the time, and those that it comes to after a fault, or now and then. */
const POINTS = {
  coordinator: { often: pointsOf(COORDINATOR_STEPS), seldom: [...pointsOf(COORDINATOR_RECOVERY), ...CUTS] },
  participant: {
    often: pointsOf(PARTICIPANT_STEPS),
    seldom: [...pointsOf(PARTICIPANT_RECOVERY), ...RETURNING_STEPS, ...CUTS],
  },
};

/** For how long a process may come to a step before it is away for the rest of the time. */
export const ARMED_MS = 1_500;

/** How long there is peace between two faults of one thing, on average, in a round of middling roughness. */
const PEACE_MS = { node: 8_000, gateway: 20_000, wire: 15_000, link: 10_000, broker: 40_000 };

/** Some rounds are rough, and some nearly calm. */
const ROUGHNESS = [0.4, 0.7, 1, 2];

/** In how many rounds a folder is lost. */
const LOSSES = 0.15;

/** The lanes of a round of this length. Every fault is over by its end. */
export function scheduleOf(dice: Dice, lengthMs: number): Lane[] {
  const rough = dice.pick(ROUGHNESS);
  const lane = (what: string, peaceMs: number, draw: (dice: Dice) => Fault): Lane =>
    drawLane(dice.for(what), peaceMs / rough, lengthMs, draw);
  const gateways = GATEWAYS.map((node) =>
    lane(node, PEACE_MS.gateway, (own) => ({ kind: own.pick(['kill', 'freeze']), node })),
  );
  const ofNodes = dice.chance(LOSSES)
    ? [loss(dice, lengthMs)]
    : [
        ...NODES.map((node) => lane(node, PEACE_MS.node, (own) => ofNode(own, node))),
        ...NODES.map((node) => lane(`wire ${node}`, PEACE_MS.wire, (own) => ofWire(own, node))),
        ...SIDES.map((side) => lane(`broker ${side}`, PEACE_MS.broker, () => ({ kind: 'kill-broker', side }))),
        lane('link', PEACE_MS.link, (own) => ({ kind: 'cut', right: placement(own) })),
      ];
  return [...gateways, ...ofNodes].filter((planned) => planned.length > 0);
}

function drawLane(dice: Dice, peaceMs: number, lengthMs: number, draw: (dice: Dice) => Fault): Lane {
  const lane: Planned[] = [];
  for (let at = peace(dice, peaceMs); ; at += peace(dice, peaceMs)) {
    const fault = draw(dice);
    const [atMs, forMs] = [Math.round(at), ('point' in fault ? ARMED_MS : 0) + duration(dice)];
    if (atMs + forMs > lengthMs) return lane;
    lane.push({ atMs, forMs, fault });
    at += forMs;
  }
}

/**
 * One participant loses its folder. Nothing else happens to nodes: with another one away a list may be of two, of which no
 * majority is left, and what is in doubt then stays so.
 */
function loss(dice: Dice, lengthMs: number): Lane {
  const fault: Fault = { kind: 'lose', node: dice.pick(PARTICIPANTS) };
  return [{ atMs: Math.round(dice.between(0, lengthMs / 2)), forMs: Math.round(lengthMs / 4), fault }];
}

/** Exponentially distributed. */
const peace = (dice: Dice, meanMs: number): number => -Math.log(1 - dice.unit()) * meanMs;

/** From a moment to longer than any deadline: every order of magnitude is as likely as any other. */
const duration = (dice: Dice): number => Math.round(100 * 10 ** dice.between(0, 1.75));

function ofNode(dice: Dice, node: string): Fault {
  const kind = dice.pick(['kill', 'kill-at', 'freeze', 'freeze-at', 'cut-at', 'cut-at'] as const);
  if (kind === 'kill' || kind === 'freeze') return { kind, node };
  const { often, seldom } = node === 'coordinator' ? POINTS.coordinator : POINTS.participant;
  const point = dice.pick(dice.chance(0.7) ? often : seldom);
  const at = { node, point, skip: Math.floor(dice.between(0, 4)) };
  return kind === 'cut-at' ? { kind, ...at, right: placement(dice) } : { kind, ...at };
}

/** Who is on the right. */
const placement = (dice: Dice): string[] => NODES.filter(() => dice.chance(0.4));

const ofWire = (dice: Dice, node: string): Fault => ({ kind: dice.pick(['isolate', 'stall']), node });

const named = (nodes: readonly string[]): string => nodes.join(', ') || 'no node';

/** A fault in words. */
export function tell(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'freeze':
      return `${fault.node} is ${fault.kind === 'kill' ? 'killed' : 'frozen'}`;
    case 'lose':
      return `${fault.node} is killed and loses its folder`;
    case 'kill-at':
    case 'freeze-at':
      return `${fault.node} is ${fault.kind === 'kill-at' ? 'killed' : 'frozen'} ${fault.point}`;
    case 'cut-at':
      return `the net is cut when ${fault.node} is ${fault.point}, with ${named(fault.right)} on the right`;
    case 'isolate':
      return `${fault.node} is cut off`;
    case 'stall':
      return `nothing gets through to ${fault.node} or from it`;
    case 'cut':
      return `the net is cut, with ${named(fault.right)} on the right`;
    case 'kill-broker':
      return `the broker on the ${fault.side} is killed`;
    default:
      return fault satisfies never;
  }
}
