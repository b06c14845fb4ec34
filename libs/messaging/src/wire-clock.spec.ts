import { describe, expect, it } from '@jest/globals';
import { newClock, receive, step, type ProcessClock, type Stamp } from '@parley/clocks';
import fc from 'fast-check';
import { WireClock } from './wire-clock.js';

const processes = ['b', 'a-10', 'a-2', undefined];

/** What a process does next: something of its own, a message sent, or any message that was sent received. */
const acts = fc.array(
  fc.record({
    process: fc.nat({ max: processes.length - 1 }),
    kind: fc.constantFrom('local', 'send', 'receive'),
    pick: fc.nat({ max: 1_000 }),
  }),
  { minLength: 200, maxLength: 300 },
);

const stampOf = (text: string): Stamp => {
  const space = text.indexOf(' ');
  return {
    lamport: Number(text.slice(0, space)),
    vector: JSON.parse(text.slice(space + 1)) as Stamp['vector'],
  };
};

describe('the clocks as messages carry them', () => {
  it('show in every execution what the clocks of libs/clocks show, and mostly without a second look', () => {
    const takenUp = { asUsual: 0, otherwise: 0 };
    const property = fc.property(acts, fc.nat({ max: 2_000 }), (execution, from) => {
      const exact: ProcessClock[] = processes.map((process) => newClock(process, from));
      const clocks = processes.map((process) => new WireClock(process, from));
      const sent: string[] = [];
      for (const { process, kind, pick } of execution) {
        const clock = clocks[process]!;
        const text = kind === 'receive' ? sent[pick % sent.length] : undefined;
        if (text === undefined) {
          exact[process] = step(exact[process]!);
          clock.step();
        } else {
          exact[process] = receive(exact[process]!, stampOf(text));
          const isUsual = clock.receiveText(text, Infinity);
          takenUp[isUsual ? 'asUsual' : 'otherwise'] += 1;
          if (!isUsual) clock.receive(stampOf(text));
        }
        const { lamport, vector } = exact[process];
        expect(stampOf(clock.text)).toEqual({ lamport, vector });
        expect([clock.lamport, clock.size]).toEqual([lamport, Object.keys(vector).length]);
        expect(clock.entry).toBe(vector[processes[process] ?? ''] ?? lamport);
        if (kind === 'send') sent.push(clock.text);
      }
    });
    fc.assert(property, { seed: 1978, numRuns: 40 });
    expect(takenUp.asUsual).toBeGreaterThan(takenUp.otherwise);
  });

  const known = (): WireClock => {
    const clock = new WireClock('b', 50);
    clock.receive({ lamport: 60, vector: { a: 7, c: 0 } });
    return clock;
  };

  it('have their names in order, whichever came first', () => {
    expect(known().text).toBe('61 {"a":7,"b":51,"c":0}');
  });

  it('are taken up when only some of the names are there', () => {
    const clock = known();
    expect(clock.receiveText('5 {"c":12}', 100)).toBe(true);
    expect(clock.text).toBe('62 {"a":7,"b":52,"c":12}');
  });

  it.each([
    ['an entry that goes on', '5 {"a":70}', { a: 70, b: 52, c: 0 }],
    ['an entry of its own, from long ago', '5 {"b":51}', { a: 7, b: 52, c: 0 }],
    ['an entry of its own that it has not shown', '5 {"b":99}', { a: 7, b: 100, c: 0 }],
    ['the greatest number that is allowed', '100 {"a":100}', { a: 100, b: 52, c: 0 }],
  ])('are taken up with %s', (_, text, vector) => {
    const clock = known();
    expect(clock.receiveText(text, 100)).toBe(true);
    expect(JSON.parse(clock.vector)).toEqual(vector);
  });

  it.each([
    ['no names', '5 {}'],
    ['a name that is not known', '5 {"a":8,"d":1}'],
    ['names in another order', '5 {"c":1,"a":8}'],
    ['a name twice', '5 {"a":8,"a":9}'],
    ['a number that is too great', '5 {"a":101}'],
    ['a Lamport time that is too great', '101 {"a":8}'],
    ['a number with a sign', '5 {"a":-8}'],
    ['a number with a fraction', '5 {"a":8.5}'],
    ['a number with an exponent', '5 {"a":8e1}'],
    ['a number with a leading zero', '5 {"a":08}'],
    ['a number of too many digits', '5 {"a":00000000000000008}'],
    ['a number in quotes', '5 {"a":"8"}'],
    ['spaces', '5 {"a": 8}'],
    ['two spaces', '5  {"a":8}'],
    ['no end', '5 {"a":8'],
    ['something after the end', '5 {"a":8}}'],
    ['a comma at the end', '5 {"a":8,}'],
    ['no comma', '5 {"a":8"b":9}'],
    ['no Lamport time', '{"a":8}'],
    ['nothing', ''],
  ])('are left alone whole when they have %s', (_, text) => {
    const clock = known();
    expect(clock.receiveText(text, 100)).toBe(false);
    expect(clock.text).toBe('61 {"a":7,"b":51,"c":0}');
  });
});
