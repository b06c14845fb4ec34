import { describe, expect, it } from '@jest/globals';
import { endedLine, readyLine, shownPath, welcome } from './terminal-text.js';

describe('what the user reads', () => {
  it('is one line per process', () => {
    expect(readyLine('participant-2', 1234, '.parley/log/participant-2.log')).toBe(
      'participant-2    ready    pid 1234     log .parley/log/participant-2.log',
    );
  });

  it('says how a process died, when it is restarted and where its log is', () => {
    expect(endedLine('gateway', { code: null, signal: 'SIGKILL' }, 250, 'g.log')).toBe(
      'gateway          died     signal SIGKILL  restarting in 0.25 s  log g.log',
    );
    expect(endedLine('gateway', { code: 7, signal: null, detail: 'Because.' }, undefined, 'g.log')).toBe(
      'gateway          died     exit code 7  not restarted  log g.log\nBecause.',
    );
  });

  it('has paths as short as the place of the shell allows, ready to be pasted', () => {
    expect(shownPath('/home/ada/.parley/x', '/home/ada')).toBe('.parley/x');
    expect(shownPath('/data/x', '/home/ada')).toBe('/data/x');
    expect(shownPath('/home/ada/x', undefined)).toBe('/home/ada/x');
    expect(shownPath("/data/Ada's files/x", '/home/ada')).toBe("'/data/Ada'\\''s files/x'");
  });

  it('names every ledger, or the first and last of many', () => {
    const ledgers = Array.from({ length: 7 }, (_, index) => `p${index + 1}`);
    const told = { address: 'http://127.0.0.1:7070', others: [], tokenFile: 't', faults: false };
    expect(welcome({ ...told, ledgers: ledgers.slice(0, 3) })).toContain('  p1\n  p2\n  p3\n');
    expect(welcome({ ...told, ledgers })).toContain('  p1\n  p2\n  …\n  p7\n');
  });

  it('names every gateway', () => {
    const told = { address: 'http://a', tokenFile: 't', faults: false, ledgers: [] };
    expect(welcome({ ...told, others: [] })).toContain('Parley is ready at http://a\nOperator');
    expect(welcome({ ...told, others: ['http://b', 'http://c'] })).toContain(
      'Parley is ready at http://a\nAnother gateway:  http://b\nAnother gateway:  http://c\nOperator',
    );
  });
});
