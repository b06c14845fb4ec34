// The disk under a node's journal, and who is told of what becomes of its records.
import type { CommitRecord } from '@parley/commit';
import type { Member } from '@parley/contracts';
import { Disk } from './disk.js';
import { tellRecord } from './story.js';
import type { Surroundings } from './surroundings.js';

/** A new disk: whatever it loses was this member's. */
export const diskOf = (self: Member, world: Surroundings): Disk<CommitRecord> =>
  new Disk({
    random: world.random,
    after: (delayMs, action) => void world.agenda.after(delayMs, action),
    events: {
      survived: () => (world.counts.writesSurvived += 1),
      torn: () => (world.counts.writesTorn += 1),
    },
    durable: (record) => {
      if (record.kind === 'begun') world.history.durable(record);
    },
    lost: (record) => {
      world.counts.recordsLost += 1;
      world.note(self.name, () => `has lost: ${tellRecord(record)}`);
      world.history.lost(self, record);
    },
    lies: world.variant.lies ?? (() => false),
  });
