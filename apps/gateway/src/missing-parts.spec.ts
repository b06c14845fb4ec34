// What is told to whoever asks whether the system is ready.
import { describe, expect, it } from '@jest/globals';
import { MissingParts, type HeardOf } from './missing-parts.js';
import { Nodes } from './nodes.js';
import { LIVE_MS } from './presence.js';

const missing = (now: number, { absent = [] as string[], ...heardOf }: Partial<HeardOf> & { absent?: string[] }) =>
  new MissingParts({
    ...{ bus: { connected: true }, presence: { missing: () => absent }, nodes: new Nodes(), hasChat: true },
    ...heardOf,
  }).at(now);

describe('what is missing', () => {
  it('is nothing while everybody announces himself', () => {
    const nodes = new Nodes();
    nodes.heard('chat-1', 'chat', 1_000);
    expect(missing(1_000, { nodes })).toEqual([]);
  });

  it('is the chat before any replica was heard of, and when the last has been silent for three seconds', () => {
    const nodes = new Nodes();
    nodes.heard('gateway-1', 'gateway', 1_000);
    expect(missing(1_000, { nodes })).toEqual(['chat']);
    nodes.heard('chat-1', 'chat', 1_000);
    nodes.heard('chat-2', 'chat', 2_000);
    expect(missing(2_000 + LIVE_MS - 1, { nodes })).toEqual([]);
    expect(missing(2_000 + LIVE_MS, { nodes })).toEqual(['chat']);
    nodes.heard('chat-2', 'chat', 9_000);
    expect(missing(9_000, { nodes })).toEqual([]);
  });

  it('is no chat where there is to be none', () => {
    expect(missing(1_000, { hasChat: false })).toEqual([]);
  });

  it('is everything else too, the broker first', () => {
    expect(missing(1_000, { bus: { connected: false }, absent: ['coordinator'] })).toEqual([
      'broker',
      'coordinator',
      'chat',
    ]);
  });
});
