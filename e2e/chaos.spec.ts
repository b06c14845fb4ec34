// `npm run chaos`, as its user runs it: a short run of a fixed seed, in which faults do happen; and what the seed decides.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './chaos/arguments.js';
import { Dice } from './chaos/dice.js';
import { KINDS, NODES, scheduleOf } from './chaos/schedule.js';
import { WORKSPACE } from './testing/launcher.js';

const RUN_MS = 180_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function chaos(...parameters: string[]): Promise<Ended> {
  const program = ['bin/from-sources.js', 'e2e/chaos/main.ts', ...parameters];
  return promisify(execFile)(process.execPath, program, { cwd: WORKSPACE }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ended,
  );
}

describe('a run', () => {
  it(
    'injects faults, and reports how transactions were decided and that all is well',
    async () => {
      const { code, stdout } = await chaos('--minutes', '0.2', '--seed', '6', '--story');
      expect({ code, stdout }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(/^seed 6, 0\.2 minutes, e3pc$/m);
      expect(stdout).toMatch(/^round 1: [1-9]\d+ faults, [1-9]\d* transactions, [1-9]\d* committed, .* all is well$/m);
      expect(stdout).toMatch(/^injected .*kill.*$/m);
      expect(stdout).toMatch(/^answered .*committed [1-9]/m);
      expect(stdout).toMatch(/^decided .*quorum-acknowledged by coordinator [1-9].*(recovery|deadline)/m);
      expect(stdout).toMatch(/^verdict {3}the ledgers are equal/m);
    },
    RUN_MS,
  );

  it.each([
    [['--minutes', '0'], '--minutes is a number above 0'],
    [['--seed', 'x'], '--seed is a whole number'],
    [['--protocol', '4pc'], '--protocol is one of'],
    [['--fast'], "Unknown option '--fast'"],
  ])('is refused with wrong arguments: %j', (given, complaint) => {
    expect((parseArguments(given) as Error).message).toContain(complaint);
  });
});

describe('a schedule', () => {
  const schedule = (seed: string) => scheduleOf(new Dice(seed), 30_000);

  it('is decided by its seed', () => {
    expect(schedule('7')).toEqual(schedule('7'));
    expect(schedule('7')).not.toEqual(schedule('8'));
  });

  it('has all kinds of faults, each over before the next one of the same thing, and before the end of the round', () => {
    const lanes = Array.from({ length: 50 }, (_, seed) => schedule(String(seed))).flat();
    expect(new Set(lanes.flat().map(({ fault }) => fault.kind))).toEqual(new Set(KINDS));
    const killed = lanes.flat().flatMap(({ fault }) => (fault.kind === 'kill-at' ? [fault.node] : []));
    expect(new Set(killed)).toEqual(new Set(NODES));
    for (const lane of lanes) {
      const times = lane.flatMap(({ atMs, forMs }) => [atMs, atMs + forMs]);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.at(-1)).toBeLessThanOrEqual(30_000);
    }
  });
});
