// What users do with messages to chosen people. Each command is decided on what is known of the post (commands.ts) and made to
// happen by an append that fails if the same person has done something else meanwhile (record.ts); what needs no append is
// decided on a state that the store has confirmed. So it does not matter which replica is asked, or dies.
import {
  directMessageOf,
  personOf,
  type AcknowledgeRequest,
  type Correspondence,
  type CorrespondenceRequest,
  type Party,
  type PlacedMessage,
  type ReadInboxReply,
  type ReadInboxRequest,
  type ReceiptsReply,
  type ReceiptsRequest,
  type RoomUser,
  type SendReply,
  type SendRequest,
} from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import { Attempts, type AttemptLimit } from '../accounts/attempts.js';
import type { Now } from '../clock.js';
import { fitting } from '../fitting.js';
import { Turns } from '../rooms/turns.js';
import { acknowledge, send, type Verdict } from './commands.js';
import type { Post } from './post.js';
import type { Directory } from './recipients.js';
import type { DirectRecord, Placed } from './record.js';
import { UnderWay } from './under-way.js';

/** How often a command is decided anew because other replicas came first. */
const MAX_ATTEMPTS = 100;

/** The turn of what needs to be alone. No name has a space. */
const ALONE = 'all inboxes';

/** How long receipts are waited for, from when the message was stored, in milliseconds. */
const RECEIPTS_MS = 5_000;

/** How long one question for receipts waits, in milliseconds: less than whoever asks waits for an answer. */
const ASK_MS = 1_000;

type Happens = Extract<Verdict, { kind: 'happens' }>;
type Sent = Placed & { readonly event: { readonly type: 'sent' } };

export class DirectMessages {
  private readonly turns = new Turns();
  private readonly underWay = new UnderWay();
  private readonly sends: Attempts;

  constructor(
    private readonly record: DirectRecord,
    private readonly directory: Directory,
    private readonly now: Now,
    pace: AttemptLimit,
  ) {
    this.sends = new Attempts(pace);
  }

  /** @throws Refusal `unknown-recipient`, `recipient-absent`, `inbox-full`, `too-many-messages` */
  async send({ user, id, to, text, mode }: SendRequest): Promise<SendReply> {
    const from = partyOf(user);
    if (this.sends.take(personOf(from), performance.now()) > 0)
      throw new Refusal('too-many-messages', `${from.name} sends too much at once`);
    const { placed, sequence } = await this.carryOut(from, async (post) => {
      const isSent = post.sentAt(from, id) !== undefined;
      const recipients = isSent ? { parties: [], unknown: [], absent: [] } : await this.directory.find(to, mode);
      return (at) => send(post, from, { id, text, recipients }, at, (party) => this.underWay.to(party));
    });
    const sent = placed ? sentOf(placed) : await this.sentAt(sequence);
    const missing = mode === 'sync' ? this.missing(sent) : [];
    return { message: directMessageOf(sent.event), offset: sent.sequence, missing, repeated: placed === undefined };
  }

  /** Waits for a while until nobody is missing. */
  async receipts({ user, offset }: ReceiptsRequest): Promise<ReceiptsReply> {
    const sent = await this.sentAt(offset);
    if (sent.event.from.name !== user.name) throw new Refusal('unknown-message', `${user.name} has not sent it`);
    const left = Math.max(0, sent.event.at + RECEIPTS_MS - this.now());
    const isAll = (): boolean => this.missing(sent).length === 0;
    await this.record.progress.within(Math.min(left, ASK_MS), isAll);
    return { missing: this.missing(sent), isOver: isAll() || left <= ASK_MS };
  }

  async inbox({ user, after, limit }: ReadInboxRequest): Promise<ReadInboxReply> {
    await this.current();
    const { post, last, epoch } = this.record;
    const waiting = post.waiting(partyOf(user));
    const beyond = waiting.filter((sequence) => sequence > after);
    const told = fitting(await this.read(beyond.slice(0, limit)));
    return { epoch, last, count: waiting.length, waiting: told, more: told.length < beyond.length };
  }

  async acknowledge({ user, upTo }: AcknowledgeRequest): Promise<void> {
    await this.carryOut(partyOf(user), (post) => {
      // Of another record nothing waits.
      const offset = upTo.epoch === this.record.epoch ? upTo.offset : 0;
      return Promise.resolve(() => acknowledge(post, partyOf(user), offset));
    });
  }

  async correspondence({ user, with: name, after, before, limit }: CorrespondenceRequest): Promise<Correspondence> {
    await this.current();
    const between = this.record.post
      .letters(partyOf(user), name)
      .filter((sequence) => sequence > (after ?? 0) && sequence < (before ?? Infinity));
    if (after !== undefined) return { items: fitting(await this.read(between.slice(0, limit))) };
    return { items: fitting((await this.read(between.slice(-limit))).reverse()).reverse() };
  }

  private missing({ event, sequence }: Sent): string[] {
    return this.record.post.missing(event, sequence).map(({ name }) => name);
  }

  private async read(sequences: readonly number[]): Promise<PlacedMessage[]> {
    const { epoch } = this.record;
    return (await this.record.at(sequences)).map((placed) => {
      const { event, sequence } = sentOf(placed);
      return { position: { epoch, offset: sequence }, message: directMessageOf(event) };
    });
  }

  private async sentAt(sequence: number | undefined): Promise<Sent> {
    const [placed] = sequence === undefined ? [] : await this.record.at([sequence]);
    if (placed === undefined) throw new Error(`nothing was sent at ${String(sequence)}`);
    return sentOf(placed);
  }

  /** What needs to be alone is stored one after the other: within a replica nobody is overtaken for nothing. */
  private store(actor: Party, { event, alone = false }: Happens, at: number): Promise<Placed | undefined> {
    const recipients = event.type === 'sent' ? event.to : [];
    const { last } = this.record;
    return this.underWay.during(recipients, () => {
      if (!alone) return this.record.append(actor, event, at);
      return this.turns.take(ALONE, undefined, async () =>
        this.record.last === last ? this.record.append(actor, event, at, true) : undefined,
      );
    });
  }

  private current(): Promise<void> {
    return this.underWay.known(this.record.current());
  }

  /** Carries out a command of somebody, after those that he gave before. `prepare` finds out what the decision needs. */
  private carryOut(
    actor: Party,
    prepare: (post: Post) => Promise<(at: number) => Verdict>,
  ): Promise<{ placed?: Placed; sequence?: number | undefined }> {
    return this.turns.take(actor.name, undefined, async () => {
      const { post } = this.record;
      let isConfirmed = false;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const decide = await prepare(post);
        const at = Math.max(this.now(), post.last(actor).at);
        const verdict = decide(at);
        if (verdict.kind === 'happens') {
          const placed = await this.store(actor, verdict, at);
          if (placed) return { placed };
        } else if (!isConfirmed) {
          await this.current();
          isConfirmed = true;
        } else if (verdict.kind === 'done') return { sequence: verdict.sequence };
        else throw new Refusal(verdict.code, verdict.detail);
      }
      throw new Refusal('overloaded', `${actor.name} does too much at once`);
    });
  }
}

const partyOf = ({ name, kind, session }: RoomUser): Party => ({
  name,
  kind,
  session: kind === 'guest' ? session : null,
});

function sentOf({ event, sequence }: Placed): Sent {
  if (event.type !== 'sent') throw new Error(`nothing was sent at ${String(sequence)}`);
  return { event, sequence };
}
