// Who has a name now. A guest's is his until his session is over.
import { personOf, type Party } from '@parley/contracts';
import type { Sessions } from '../accounts/sessions.js';
import type { Names } from '../names/names.js';
import type { Attendance } from '../presence/attendance.js';
import type { Recipients } from './commands.js';

export class Directory {
  constructor(
    private readonly names: Pick<Names, 'ownerOf'>,
    private readonly sessions: Pick<Sessions, 'isOver'>,
    private readonly attendance: Pick<Attendance, 'presentOf'>,
  ) {}

  /** @throws Refusal `broker-unreachable` */
  async find(names: readonly string[], mode: 'persistent' | 'sync'): Promise<Recipients> {
    const found = await Promise.all(names.map(async (name) => ({ name, party: await this.partyOf(name) })));
    const known = new Map(found.flatMap(({ party }) => (party ? [[personOf(party), party]] : [])));
    const parties = [...known.values()];
    const called = parties.map(({ name }) => name);
    const present = mode === 'sync' ? await this.attendance.presentOf(called) : new Set(called);
    return {
      parties,
      unknown: found.flatMap(({ name, party }) => (party ? [] : [name])),
      absent: called.filter((name) => !present.has(name)),
    };
  }

  private async partyOf(typed: string): Promise<Party | undefined> {
    const record = await this.names.ownerOf(typed);
    if (record === undefined) return undefined;
    const { name, owner } = record;
    if (owner.kind === 'account') return { name, kind: 'account', session: null };
    return (await this.sessions.isOver(owner.session)) ? undefined : { name, kind: 'guest', session: owner.session };
  }
}
