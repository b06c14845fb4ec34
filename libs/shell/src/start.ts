// A node's start: it shows by its nonce that its journal is the one that started last under its name, and puts a new
// nonce in its place. See docs/decisions/0011-start-nonce.md, and identity.ts of the core for what is judged.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { standingOf, type Standing } from '@parley/commit';
import { buckets, type Member } from '@parley/contracts';
import { BusError, KeyValue, type Bus } from '@parley/messaging';

const RETRY_MS = 500;

/** The part of a pino logger that is needed. */
interface Log {
  warn(fields: object, message: string): void;
}

export interface StartOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly self: Member;
  /** Nonces in the journal of which the store may hold one. */
  readonly nonces: readonly string[];
  /** Whether an empty journal may take a name that was another journal's. */
  readonly mayStartAnew: boolean;
  /** Puts into the journal that the store holds one of these nonces; resolves once that is forced. */
  readonly record: (nonces: readonly string[]) => Promise<void>;
  /** Ends the waiting for the store. */
  readonly signal?: AbortSignal | undefined;
}

/** The journal is not the one that started last under this name. */
class NotTheLast extends Error {
  readonly code = 'not-the-last-journal';
}

/**
 * Resolves with the nonce of this start when the store holds it, waiting for the store for as long as it takes. Rejects
 * with NotTheLast when this journal must not be used.
 */
export async function startUnderNonce(options: StartOptions): Promise<string> {
  const { log, signal } = options;
  const nonce = randomBytes(16).toString('hex');
  let told = '';
  for (;;) {
    try {
      if (await claim(options, nonce)) return nonce;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (error.message !== told) log.warn({ reason: error.message }, 'waiting for the key-value store of the broker');
      told = error.message;
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/** One attempt. False when somebody else changed the entry in between: it has to be judged again. */
async function claim({ bus, log, self, nonces, mayStartAnew, record }: StartOptions, nonce: string): Promise<boolean> {
  const { name, logId } = self;
  const nodes = await KeyValue.open(bus, buckets.nodes);
  const { value: stored, revision } = await nodes.get(name);
  // The answer to an earlier attempt was lost.
  if (stored?.nonce === nonce) return true;
  const standing = standingOf({ logId, nonces }, stored);
  if (standing === 'not-the-last' || (standing === 'new-journal' && !mayStartAnew)) throw refusal(self, standing);
  if (standing === 'store-lost')
    log.warn({ name }, 'the broker has no start of this node on record: its store was lost, or it is another broker');
  // What the store holds now stays acceptable until it is known that the new nonce has taken its place.
  await record([...new Set([nonce, ...(stored ? [stored.nonce] : []), ...nonces])]);
  if ((await nodes.compareAndSet(name, revision, { logId, nonce })) === undefined) return false;
  await record([nonce]);
  return true;
}

function refusal({ name }: Member, standing: Standing): NotTheLast {
  const entry = `remove the entry ${name} from the key-value bucket ${buckets.nodes.name} (nats kv del ${buckets.nodes.name} ${name})`;
  return standing === 'new-journal'
    ? new NotTheLast(
        `the journal of ${name} is empty, but a ${name} with another journal has started before. Bring back its folder as it was ` +
          `last: one that numbers anew would give numbers twice. If nothing was ever begun, ${entry}.`,
      )
    : new NotTheLast(
        `this folder is not the one that ${name} was last started on: it is a copy, or it was restored from one, and has forgotten what ` +
          `the other has promised. Start ${name} on its own folder; a participant whose folder is lost starts with an empty one, as a new member. If the broker's store was restored from an older copy instead, ${entry}.`,
      );
}
