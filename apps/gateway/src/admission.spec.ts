import { describe, expect, it } from '@jest/globals';
import { Admission, FairGate } from './admission.js';

const limits = { begins: 2, waits: 1, bytes: 100, reads: 1, ledgers: 1, streams: 1, users: 1, newcomers: 1, logs: 1 };

describe('admission', () => {
  it('takes so many proposals at once and no more', () => {
    const admission = new Admission(limits);
    const first = admission.propose(10);
    expect(admission.propose(10)).toBeDefined();
    expect(admission.propose(10)).toBeUndefined();
    first?.leave();
    expect(admission.propose(10)).toBeDefined();
  });

  it('takes so many bytes at once and no more, and a refusal holds nothing', () => {
    const admission = new Admission(limits);
    const large = admission.propose(90);
    expect(admission.propose(11)).toBeUndefined();
    expect(admission.propose(10)).toBeDefined();
    large?.leave();
    expect(admission.propose(90)).toBeDefined();
  });

  it('gives back the bytes that are not needed once a body is read', () => {
    const admission = new Admission(limits);
    const first = admission.propose(100);
    first?.shrink(5);
    const second = admission.propose(95);
    expect(second).toBeDefined();
    first?.leave();
    second?.leave();
    expect(admission.propose(100)).toBeDefined();
  });

  it('lets so many proposals wait, and frees the place of those that have begun', () => {
    const admission = new Admission(limits);
    const [first, second] = [admission.propose(1), admission.propose(1)];
    expect(first?.begun(true)).toBe(true);
    expect(second?.begun(true)).toBe(false);
    expect(admission.propose(1)).toBeDefined();
    first?.leave();
    const third = admission.propose(1);
    expect(third?.begun(true)).toBe(true);
  });

  it('counts a place that is left twice once', () => {
    const admission = new Admission(limits);
    const first = admission.propose(50);
    first?.begun(false);
    first?.leave();
    first?.leave();
    admission.propose(60);
    expect(admission.propose(60)).toBeUndefined();
  });
});

describe('a gate for many networks', () => {
  const enter = (gate: FairGate, network: string, times: number): number =>
    Array.from({ length: times }, () => gate.enter(network)).filter(Boolean).length;

  it('gives three quarters to one, and the rest to others', () => {
    const gate = new FairGate(8);
    expect(enter(gate, 'a', 100)).toBe(6);
    expect(gate.obstacle('a')).toBe('network');
    expect(enter(gate, 'b', 100)).toBe(2);
    expect(gate.obstacle('b')).toBe('full');
    expect(gate.obstacle('a')).toBe('network');
  });

  it('has a place for whoever comes when somebody has left, of that network or another', () => {
    const gate = new FairGate(4);
    enter(gate, 'a', 3);
    gate.leave('a');
    expect(enter(gate, 'a', 2)).toBe(1);
    expect(enter(gate, 'b', 2)).toBe(1);
    for (let n = 0; n < 3; n += 1) gate.leave('a');
    expect(enter(gate, 'b', 9)).toBe(2);
    expect(gate.obstacle('a')).toBeUndefined();
  });

  it('with one place lets in whoever comes first', () => {
    const gate = new FairGate(1);
    expect([gate.enter('a'), gate.enter('b')]).toEqual([true, false]);
  });
});
