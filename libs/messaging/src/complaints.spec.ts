import { describe, expect, it } from '@jest/globals';
import { Complaints } from './complaints.js';
import { recordedLog } from './testing/recorded-log.js';

describe('complaints about messages', () => {
  const log = recordedLog();
  let now = 0;
  const complaints = new Complaints(log.logger, () => now);
  const complain = (reason: string): void => complaints.add('a.subject', reason, { trace: 't' }, 'refused');

  it('are logged once per reason, and after a minute again with how many were not shown', () => {
    for (let count = 0; count < 1_000; count++) {
      complain('too short');
    }
    complain('too long');
    expect(log.lines.map(({ reason }) => reason)).toEqual(['too short', 'too long']);
    now = 60_000;
    complain('too short');
    expect(log.lines.at(-1)).toMatchObject({ reason: 'too short', unshown: 999 });
  });

  it('fill neither the log nor the memory when each gives another reason', () => {
    for (let count = 0; count < 10_000; count++) {
      complain(`made up ${String(count)}`);
    }
    expect(log.lines.length).toBeLessThan(300);
  });

  it('are all counted, by their reasons as long as there are not too many', () => {
    expect(complaints.count).toBe(11_002);
    expect(complaints.kinds[0]).toEqual({ subject: 'a.subject', reason: 'too short', count: 1_001 });
    expect(complaints.kinds.reduce((sum, { count }) => sum + count, 0)).toBe(11_002);
    expect(complaints.kinds.length).toBeLessThan(300);
  });
});
