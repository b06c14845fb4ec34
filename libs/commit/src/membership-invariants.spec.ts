// What holds of members and lists, whatever happens to participants and to the coordinator.
import { describe, expect, it } from '@jest/globals';
import type { Member } from '@parley/contracts';
import * as fc from 'fast-check';
import { newCoordinator, replayCoordinator, type CoordinatorState } from './coordinator-state.js';
import { LoneCoordinator } from './testing/lone-coordinator.js';

describe('whatever comes, goes, is lost and leaves', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const happening = fc.tuple(fc.nat(9), fc.constantFrom(...names), fc.nat(3));

  it('lists are majorities without doubles, and nobody leaves whom anything needs', () => {
    const run = fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(happening, { maxLength: 120 }),
      (least, happenings) => {
        const coordinator = new LoneCoordinator(least);
        for (const [what, name, extra] of happenings) {
          const before = coordinator.state;
          coordinator.effects = [];
          const journal = `${name}${String(extra % 2)}`;
          if (what < 4)
            coordinator.hear(name, { journal, lines: Math.min(extra, coordinator.state.numbers.get('main') ?? 0) });
          else if (what === 4) coordinator.silence(name, journal);
          else if (what < 7) coordinator.propose();
          else if (what === 7) coordinator.leave(name);
          else if (what === 8 && coordinator.state.open.size > 0) coordinator.decide();
          else if (what === 9) coordinator.restart();
          check(before, coordinator, least);
        }
      },
    );
    fc.assert(run, { seed: 20261121, numRuns: 400 });
  });

  function check(before: CoordinatorState, { state, journal, effects }: LoneCoordinator, least: number): void {
    for (const effect of effects) {
      if (effect.type !== 'append') continue;
      if (effect.record.kind === 'begun') {
        const { list } = effect.record;
        expect(list.length).toBeGreaterThanOrEqual(
          Math.max(least, Math.floor(before.membership.registered.size / 2) + 1),
        );
        expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
        for (const { name, logId } of list) {
          expect(before.membership.registered.get(name)).toEqual({ member: { name, logId }, leaving: null });
          expect(before.membership.present.get(name)).toMatchObject({ logId, isLive: true });
        }
      }
      if (effect.record.kind === 'left') expectUnneeded(effect.record.member, before, state);
    }
    const replayed = replayCoordinator(newCoordinator('coordinator', least), journal).membership;
    expect(replayed).toEqual({ ...state.membership, present: new Map() });
  }

  function expectUnneeded({ name, logId }: Member, before: CoordinatorState, state: CoordinatorState): void {
    for (const { list } of state.open.values()) expect(list).not.toContainEqual({ name, logId });
    const { registered, gone } = before.membership;
    const leaver = [...registered.values(), ...gone].find(({ member }) => member.logId === logId);
    const staying = [...state.membership.registered.values()].filter(({ leaving }) => !leaving);
    expect(staying.length).toBeGreaterThan(0);
    for (const [book, number] of leaver?.leaving ?? before.numbers) {
      const holders = staying.filter(({ member }) => {
        const presence = state.membership.present.get(member.name);
        return presence?.logId === member.logId && (presence.lines.get(book) ?? 0) >= number;
      });
      expect(holders.length * 2).toBeGreaterThan(staying.length);
    }
  }
});
