import { describe, expect, it } from '@jest/globals';
import { ReplicaClock } from './replica-clock.js';

describe('the clock of a replica', () => {
  it('stamps nothing before every record has told how far the replica had come', async () => {
    const clock = new ReplicaClock('chat-1');
    const [roomsAreRead, messagesAreRead] = [clock.awaits(), clock.awaits()];
    const stamp = clock.step();
    clock.receive({ lamport: 7, vector: { 'chat-1': 5, 'chat-2': 3 } });
    roomsAreRead();
    roomsAreRead();
    await new Promise((resolve) => setImmediate(resolve));
    clock.receive({ lamport: 9, vector: { 'chat-1': 8 } });
    messagesAreRead();
    const { lamport, vector } = await stamp;
    expect(lamport).toBeGreaterThan(9);
    expect(vector['chat-1']).toBeGreaterThan(8);
    expect(vector['chat-2']).toBe(3);
  });

  it('shows each event of the process at a time of its own', async () => {
    const clock = new ReplicaClock('chat-1');
    const [one, other] = [await clock.step(), await clock.step()];
    expect([other.lamport, other.vector['chat-1']]).toEqual([one.lamport + 1, one.vector['chat-1']! + 1]);
    expect(clock.shown).toEqual(other);
  });
});
