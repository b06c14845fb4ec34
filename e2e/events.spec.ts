// The story of a transaction, as somebody sees it who watches: live, across the death of its coordinator, with clocks that
// say what happened before what.
import { describe, expect, it } from '@jest/globals';
import { compare } from '@parley/clocks';
import type { ObservedEvent } from '@parley/contracts';

import { EventReader } from './testing/event-stream.js';
import { givenSystem } from './testing/given-system.js';
import { ProblemAnswer } from './testing/http.js';
import { drawnByShiviz } from './testing/shiviz.js';
import { FAULT_TIMEOUTS } from './testing/story.js';
import type { System } from './testing/system.js';

const given = givenSystem();
const STORY_MS = 120_000;

type Of<Type extends ObservedEvent['type']> = Extract<ObservedEvent, { type: Type }>;
const ofType = <Type extends ObservedEvent['type']>(events: readonly ObservedEvent[], type: Type): Of<Type>[] =>
  events.filter((event): event is Of<Type> => event.type === type);

/** The first of the events of this type of this node, or of any. */
function first<Type extends ObservedEvent['type']>(
  events: readonly ObservedEvent[],
  type: Type,
  node?: string,
): Of<Type> {
  const found = ofType(events, type).find((event) => node === undefined || event.node === node);
  if (found === undefined) throw new Error(`no ${type}: ${events.map(({ text }) => text).join('\n')}`);
  return found;
}

/** Watches a transaction that perhaps nobody can be asked about just now. */
const follow = (system: System, id: string): Promise<EventReader> =>
  system.eventually(`events of ${id}`, async () => {
    try {
      return await EventReader.open(system.http, `/api/v1/transactions/${id}/events`);
    } catch (error) {
      if (error instanceof ProblemAnswer && [404, 503].includes(error.problem.status)) return undefined;
      throw error;
    }
  });

/** All have written the line, and who decided has told so: nodes tell on their own, so the one may come before the other. */
const isComplete = ({ events }: EventReader): boolean =>
  ofType(events, 'transaction.recorded').length >= 3 && ofType(events, 'decision.announced').length > 0;

/** Pairs of which the later one, in Lamport's order, happened before the earlier one. */
function contradictions(events: readonly ObservedEvent[]): [string, string][] {
  const ordered = [...events].sort((a, b) => a.lamport - b.lamport);
  return ordered.flatMap((later, index) =>
    ordered
      .slice(0, index)
      .filter((earlier) => compare(later.vector, earlier.vector) === 'before')
      .map((earlier): [string, string] => [earlier.text, later.text]),
  );
}

const before = (a: ObservedEvent, b: ObservedEvent): string => compare(a.vector, b.vector);

describe('the events of a transaction', () => {
  it(
    'tell of its votes, its pre-commit, its decision and its lines, in the order of cause and effect',
    async () => {
      const { system } = given;
      const { transaction } = await system.http.propose({ value: 'told', waitSeconds: 30 });
      const reader = await follow(system, transaction!.id);
      await reader.until(isComplete);
      const { events } = reader;
      const [begun, asked] = [first(events, 'transaction.begun'), first(events, 'votes.asked')];
      const [proposed, decided] = [first(events, 'proposal.made'), first(events, 'decision.announced')];
      expect(before(begun, asked)).toBe('before');
      for (const name of system.participants) {
        const vote = first(events, 'vote.given', name);
        expect([before(asked, vote), before(vote, proposed)]).toEqual(['before', 'before']);
        expect(before(decided, first(events, 'transaction.recorded', name))).toBe('before');
      }
      const [one, another] = system.participants.map((name) => first(events, 'vote.given', name));
      expect(before(one!, another!)).toBe('concurrent');
      expect(contradictions(events)).toEqual([]);
      expect(decided).toMatchObject({
        node: 'coordinator',
        transactions: [{ id: transaction!.id, rule: 'quorum-acknowledged' }],
      });
      await reader.close();
    },
    STORY_MS,
  );

  it(
    'tell live how the participants decide it when its coordinator is killed, and what ShiViz draws of that',
    async () => {
      const { system } = given;
      await system.arm('coordinator', 'after:propose:pre-commit');
      const died = system.exited('coordinator');
      const { transaction } = await system.http.propose({ value: 'recovered', timeouts: FAULT_TIMEOUTS });
      const { id } = transaction!;
      const reader = await follow(system, id);
      expect(await died).toMatchObject({ signal: 'SIGKILL' });
      await reader.until(isComplete);
      const { events } = reader;

      const recovery = first(events, 'recovery.begun');
      expect(system.participants).toContain(recovery.node);
      const decided = first(events, 'decision.announced');
      expect(decided.transactions).toMatchObject([
        { id, outcome: 'committed', rule: expect.stringMatching(/^recovery-/) },
      ]);
      for (const name of system.participants) {
        const vote = first(events, 'vote.given', name);
        expect(before(vote, first(events, 'transaction.recorded', name))).toBe('before');
        expect(before(decided, first(events, 'transaction.recorded', name))).toBe('before');
      }
      const answers = ofType(events, 'state.answered').filter((answer) => before(recovery, answer) === 'before');
      expect(answers.length).toBeGreaterThanOrEqual(2);
      expect(contradictions(events)).toEqual([]);
      await reader.until(({ states }) => states.at(-1)?.applied.done === 3);
      const states = reader.states.map(({ state }) => state);
      expect(states).toEqual([...states].sort().reverse());
      await reader.close();

      const drawn = drawnByShiviz(
        await (await system.http.open(`/api/v1/events?format=shiviz&transaction=${id}`)).text(),
      );
      const texts = drawn.map(({ text }) => text);
      expect(texts).toEqual(expect.arrayContaining(events.map(({ text }) => text)));
      expect(drawn.map(({ host }) => host)).toEqual(expect.arrayContaining([...system.participants]));
    },
    STORY_MS,
  );

  it(
    'go on above their clocks after a restart, so that ShiViz draws all that the stream has',
    async () => {
      const { system } = given;
      await system.restart('coordinator');
      await system.http.propose({ value: 'after', waitSeconds: 30 });
      const reader = await EventReader.open(system.http, '/api/v1/events?after=beginning');
      await reader.until(
        ({ events }) => ofType(events, 'node.restarted').filter(({ node }) => node === 'coordinator').length >= 2,
      );
      const [start, restart] = ofType(reader.events, 'node.restarted').filter(({ node }) => node === 'coordinator');
      expect(before(start!, restart!)).toBe('before');
      await reader.close();
      const drawn = drawnByShiviz(await (await system.http.open('/api/v1/events?format=shiviz')).text());
      expect(new Set(drawn.map(({ host }) => host))).toEqual(new Set(['coordinator', ...system.participants]));
    },
    STORY_MS,
  );
});
