// Which journal may be used under a name: the one whose start the key-value store has on record, and no copy of it.
import { describe, expect, it } from '@jest/globals';
import { applyIdentity, identityRecords, noIdentity, standingOf } from './identity.js';
import { newParticipant, replayParticipant, type ParticipantState } from './participant.js';
import type { ParticipantRecord } from './records.js';

const logId = 'a'.repeat(32);
const other = 'b'.repeat(32);

/** A journal of starts and the entry of its name in the store, each as it is after a crash at a chosen moment. */
class Node {
  private constructor(
    readonly records: ParticipantRecord[],
    readonly entry: { logId: string; nonce: string } | null,
  ) {}

  static new = (entry: Node['entry'] = null): Node => new Node([], entry);

  get nonces(): readonly string[] {
    const start: ParticipantState = newParticipant({ name: 'participant-1', logId }, 'commit');
    return replayParticipant(start, this.records, () => undefined).identity.nonces;
  }

  get standing() {
    return standingOf({ logId, nonces: this.nonces }, this.entry);
  }

  /** A start that is cut off: before the store has the nonce, before the journal knows that, or not at all. */
  start(nonce: string, until: 'journal' | 'store' | 'end' = 'end'): Node {
    const accepted = [nonce, ...(this.entry ? [this.entry.nonce] : []), ...this.nonces];
    const journal: ParticipantRecord[] = [...this.records, { kind: 'start-nonces', nonces: accepted }];
    if (until === 'journal') return new Node(journal, this.entry);
    const entry = { logId, nonce };
    return new Node(until === 'store' ? journal : [...journal, { kind: 'start-nonces', nonces: [nonce] }], entry);
  }

  /** The folder as it was in `past`, with the store as it is now. */
  restoredTo(past: Node): Node {
    return new Node(past.records, this.entry);
  }

  withEntry(entry: Node['entry']): Node {
    return new Node(this.records, entry);
  }
}

describe('a node may start', () => {
  it('under a name that nobody has', () => {
    expect(Node.new().standing).toBe('new-name');
  });

  it('when its journal has the nonce that the store has', () => {
    expect(Node.new().start('n1').standing).toBe('known');
    expect(Node.new().start('n1').start('n2').standing).toBe('known');
  });

  it('after a crash before or after the store took the nonce, however often', () => {
    const running = Node.new().start('n1');
    expect(running.start('n2', 'journal').standing).toBe('known');
    expect(running.start('n2', 'store').standing).toBe('known');
    expect(running.start('n2', 'journal').start('n3', 'journal').standing).toBe('known');
    expect(running.start('n2', 'store').start('n3', 'journal').start('n4', 'store').standing).toBe('known');
    expect(running.start('n2', 'journal').start('n3', 'store').start('n4').standing).toBe('known');
  });

  it('when the store has lost its entry, which is no sign of a copy', () => {
    expect(Node.new().start('n1').withEntry(null).standing).toBe('store-lost');
  });

  it('with an empty journal under a name that was another journal’s, also after a crash on the way', () => {
    const lost = Node.new({ logId: other, nonce: 'old' });
    expect(lost.standing).toBe('new-journal');
    expect(lost.start('n1', 'journal').standing).toBe('known');
    expect(lost.start('n1').standing).toBe('known');
  });
});

describe('a node may not start', () => {
  it('on a folder that was restored from before its last start', () => {
    const copied = Node.new().start('n1');
    expect(copied.start('n2').restoredTo(copied).standing).toBe('not-the-last');
    expect(copied.start('n2', 'store').restoredTo(copied).standing).toBe('not-the-last');
    expect(copied.start('n2').start('n3').restoredTo(copied.start('n2', 'journal')).standing).toBe('not-the-last');
  });

  it('on a folder that was copied before its first start', () => {
    expect(Node.new().start('n1').restoredTo(Node.new()).standing).toBe('not-the-last');
  });

  it('on a copy that is started while the other one starts: the store takes one of the two nonces', () => {
    const copied = Node.new().start('n1');
    const [one, two] = [copied.start('n2', 'store'), copied.start('n3', 'journal')];
    expect(one.standing).toBe('known');
    expect(one.restoredTo(two).standing).toBe('not-the-last');
  });

  it('when its name has become another journal’s', () => {
    expect(Node.new().start('n1').withEntry({ logId: other, nonce: 'new' }).standing).toBe('not-the-last');
  });
});

describe('a node remembers the starts before this one', () => {
  const started = (...starts: string[][]) =>
    starts.reduce((identity, nonces) => applyIdentity(identity, { kind: 'start-nonces', nonces }), noIdentity);

  it('the newest first, with the one that its own took the place of in the store', () => {
    const identity = started(['n1'], ['n2', 'n1'], ['n2'], ['n3', 'of another journal', 'n2'], ['n3']);
    expect(identity).toMatchObject({ nonces: ['n3'], earlier: ['of another journal', 'n2', 'n1'] });
  });

  it('when its journal is cut', () => {
    const identity = started(['n1'], ['n2', 'n1'], ['n2']);
    expect(identityRecords(identity).reduce(applyIdentity, noIdentity)).toEqual(identity);
  });

  it('but not more than a journal should carry', () => {
    const { earlier } = started(...Array.from({ length: 1_000 }, (_, index) => [`n${String(index)}`]));
    expect(earlier).toHaveLength(32);
    expect(earlier[0]).toBe('n998');
  });
});
