import { describe, expect, it } from '@jest/globals';
import { Outbox } from './outbox.js';
import { recordedLog } from './testing/recorded-log.js';

describe('the outbox', () => {
  const filled = (count: number, options: { bytes: number; forMs: number }) => {
    const log = recordedLog();
    const outbox = new Outbox(log.logger);
    const sent: number[] = [];
    for (let index = 0; index < count; index++) {
      outbox.hold(() => sent.push(index), options);
    }
    return { log, outbox, sent };
  };

  it('sends in order, and once', () => {
    const { outbox, sent, log } = filled(3, { bytes: 10, forMs: 1_000 });
    outbox.flush();
    outbox.flush();
    expect(sent).toEqual([0, 1, 2]);
    expect(log.lines).toEqual([]);
  });

  it('lets the oldest go past a thousand messages, and says how many', () => {
    const { outbox, sent, log } = filled(1_005, { bytes: 10, forMs: 1_000 });
    outbox.flush();
    expect(sent).toHaveLength(1_000);
    expect(sent[0]).toBe(5);
    expect(log.lines).toMatchObject([{ dropped: 5, msg: 'messages were dropped while there was no broker' }]);
  });

  it('lets the oldest go past eight megabytes', () => {
    const { outbox, sent } = filled(10, { bytes: 1024 * 1024, forMs: 1_000 });
    outbox.flush();
    expect(sent).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('does not send what is no longer of use', () => {
    const { outbox, sent, log } = filled(2, { bytes: 10, forMs: -1 });
    outbox.flush();
    expect(sent).toEqual([]);
    expect(log.lines).toMatchObject([{ dropped: 2 }]);
  });

  it('sends the others when one cannot be sent', () => {
    const { outbox, sent, log } = filled(1, { bytes: 10, forMs: 1_000 });
    const refuse = (): void => {
      throw new Error('too large by now');
    };
    outbox.hold(refuse, { bytes: 10, forMs: 1_000 });
    outbox.hold(() => sent.push(7), { bytes: 10, forMs: 1_000 });
    outbox.flush();
    expect(sent).toEqual([0, 7]);
    expect(log.said('a message could not be sent after the reconnection')).toHaveLength(1);
  });
});
