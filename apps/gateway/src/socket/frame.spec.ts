// Whatever comes in a frame: it is a command that its schema allows, or it is refused with a problem of the client's. What is
// taken are the examples of the operations; the rest is made from them.
import { describe, expect, it } from '@jest/globals';
import { socketCommands, socketOperations, type SocketCommand } from '@parley/contracts';
import fc from 'fast-check';
import { commandIn, RefusedFrame } from './frame.js';

const frames = Object.entries(socketOperations).map(([op, { example }]) => ({
  ...{ id: 'x', op: op as SocketCommand['op'] },
  d: example.command,
}));

/** What becomes of a frame: the command, or the code of the problem. Anything else is a defect. */
function outcome(frame: unknown): { command: SocketCommand } | { code: string; re: string | null } {
  const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(JSON.stringify(frame));
  try {
    return { command: commandIn(bytes, false) };
  } catch (error) {
    if (!(error instanceof RefusedFrame)) throw error;
    expect(error.problem.status).toBe(400);
    return { code: error.problem.code, re: error.re };
  }
}

/** Every copy of a value in which one thing, however deep, is put in the place of another. */
function* replaced(value: unknown, wrong: unknown): Generator {
  yield wrong;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value))
    for (const other of replaced(part, wrong)) {
      const copy: unknown = structuredClone(value);
      (copy as Record<string, unknown>)[key] = other;
      yield copy;
    }
}

const wrongs = [null, true, 7, -1, 1.5, 1e300, '', 'x', '\u0000', 'x'.repeat(20_000), [], [null], {}, { __proto__: 7 }];

describe('a frame', () => {
  it.each(frames)('of $op is taken, and none that ends before it', (frame) => {
    expect(outcome(frame)).toMatchObject({ command: { id: 'x', op: frame.op } });
    const bytes = Buffer.from(JSON.stringify(frame));
    for (let end = 0; end < bytes.length; end += 1) {
      const cut = outcome(bytes.subarray(0, end));
      expect(cut).toMatchObject({ re: null, code: expect.stringMatching(/^invalid-(json|utf8)$/) });
    }
  });

  it.each(frames)('of $op with anything in the place of anything is what its schema says', (frame) => {
    let refused = 0;
    for (const wrong of wrongs)
      for (const d of replaced(frame.d, wrong)) {
        const other = { ...frame, d };
        const told = outcome(other);
        expect('command' in told).toBe(socketCommands[frame.op].safeParse(JSON.parse(JSON.stringify(other))).success);
        if ('command' in told) continue;
        refused += 1;
        expect(told.re).toBe('x');
      }
    expect(refused).toBeGreaterThanOrEqual(wrongs.length - 2);
  });

  it.each(frames)('of $op with a field more, or under a name that is none, is refused', (frame) => {
    expect(outcome({ ...frame, d: { ...frame.d, further: 1 } })).toMatchObject({ re: 'x', code: 'unknown-field' });
    expect(outcome({ ...frame, further: 1 })).toMatchObject({ re: 'x', code: 'unknown-field' });
    for (const op of [null, 7, '', 'HELLO', '__proto__', 'toString'])
      expect(outcome({ ...frame, op })).toMatchObject({ code: 'invalid-frame' });
    for (const wrong of [null, 7, '', 'x'.repeat(65), []])
      expect(outcome({ ...frame, id: wrong })).toMatchObject({ re: null, code: 'invalid-frame' });
  });

  it('of any bytes at all is refused, or a command', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const json = fc.json().map((text) => Buffer.from(text));
    const mangled = fc
      .tuple(fc.constantFrom(...frames), fc.nat({ max: 400 }), fc.integer({ min: 0, max: 255 }))
      .map(([frame, at, byte]) => {
        const whole = Buffer.from(JSON.stringify(frame));
        whole[at % whole.length] = byte;
        return whole;
      });
    fc.assert(
      fc.property(fc.oneof(bytes, json, mangled), (frame) => void outcome(frame)),
      { seed: 1984, numRuns: 2_000 },
    );
  });
});
