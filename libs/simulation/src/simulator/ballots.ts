// A node's requests on the simulated bus, in their scatter-gather form, as libs/shell and libs/messaging make them: one
// message is published to all, each replies to the asker, and the request ends when all have replied or at its time-out.
import { answersWithinMs, votesEndAt, type ParticipantInput } from '@parley/commit';
import type { Begin, Place, ProtocolReply } from '@parley/contracts';
import type { SimulatedProcess } from './process.js';
import { tellBallot, tellPlaces, tellReply } from './story.js';
import type { Hearer, Of, Request, Surroundings } from './surroundings.js';

/** What follows from a request: replies, and its end. */
export type Followup = Extract<ParticipantInput, { type: 'replied' | 'ask-ended' }>;

interface Gather<Reply> {
  readonly to: readonly Hearer[];
  readonly about: () => string;
  readonly ask: (node: Hearer, respond: (reply: Reply) => void) => void;
  readonly timeoutMs: number;
  /** Names of the nodes that are waited for, or how many are when it may be any. */
  readonly expected: readonly string[] | number;
  readonly tell: (reply: Reply) => string;
  readonly onReply: (reply: Reply) => void;
  readonly onEnd: () => void;
}

export class Ballots {
  constructor(
    private readonly process: SimulatedProcess,
    private readonly world: Surroundings,
    private readonly begun: (place: Place) => Begin | undefined,
    private readonly submit: (followup: Followup) => void,
  ) {}

  askVotes({ list, protocol, transactions, open }: Of<'ask-votes'>): void {
    for (const batch of this.batches(transactions)) {
      const deadline = votesEndAt(batch);
      const terms = { list, protocol };
      const request: Request = {
        type: 'vote-requested',
        epoch: 1,
        ...terms,
        deadline,
        transactions: batch,
        open: [...open],
      };
      const about = (): string => `asks for votes on ${tellPlaces(batch)}`;
      this.ask(request, about, deadline - this.process.clock.now(), () => undefined);
    }
  }

  askStates({ ballot, list, protocol, transactions }: Of<'ask-states'>): void {
    for (const batch of this.batches(transactions)) {
      const request: Request = { type: 'states-asked', list, protocol, ballot, transactions: batch };
      const about = (): string => `asks for the states of ${tellPlaces(batch)} in ${tellBallot(ballot)}`;
      const ended: Followup = { type: 'ask-ended', ballot, places: batch };
      this.ask(request, about, this.within('states', batch), () => this.submit(ended));
    }
  }

  propose({ ballot, proposal, list, protocol, transactions }: Of<'propose'>): void {
    for (const batch of this.batches(transactions)) {
      const timeoutMs = this.within('proposal', batch);
      const deadline = this.process.clock.now() + timeoutMs;
      const request: Request = { type: 'proposed', list, protocol, ballot, proposal, deadline, transactions: batch };
      const about = (): string => `proposes ${proposal} of ${tellPlaces(batch)} in ${tellBallot(ballot)}`;
      const ended: Followup = { type: 'ask-ended', ballot, proposal, places: batch };
      this.ask(request, about, timeoutMs, () => this.submit(ended));
    }
  }

  announce({ transactions }: Of<'announce'>): void {
    const about = (): string =>
      `tells ${transactions.map(({ subject, decision }) => `${tellPlaces([subject])} is ${decision.outcome}`).join(', ')}`;
    this.publish(this.world.everybody, about, (node) => node.hearDecisions(transactions));
  }

  /** Tells a fact to all of these. */
  publish(to: readonly Hearer[], about: () => string, hear: (node: Hearer) => void): void {
    const { name: from } = this.process;
    for (const node of to)
      this.world.network.send({ from, to: node.name, about, arrive: () => node.receive(() => hear(node)) });
  }

  /** One request to many. Replies are passed on until the time-out, also after the end. */
  gather<Reply>({ to, about, ask, timeoutMs, expected, tell, onReply, onEnd }: Gather<Reply>): void {
    const { process, world } = this;
    const isAlive = process.lifeline();
    const heard = new Set<string>();
    const isComplete = (): boolean =>
      typeof expected === 'number' ? heard.size >= expected : expected.every((name) => heard.has(name));
    let phase: 'waiting' | 'ended' | 'closed' = 'waiting';
    const end = (): void => {
      if (phase !== 'waiting') return;
      phase = 'ended';
      onEnd();
    };
    process.after(Math.max(1, timeoutMs), () => {
      end();
      phase = 'closed';
    });
    const hear = (from: string, reply: Reply): void => {
      const isCurrent = isAlive() && phase !== 'closed';
      if (!isCurrent && !world.lateReplies) return;
      if (!isCurrent) world.counts.repliesLate += 1;
      onReply(reply);
      heard.add(from);
      if (isCurrent && isComplete()) process.after(0, end);
    };
    const respond = (node: Hearer, reply: Reply): void =>
      world.network.send({
        from: node.name,
        to: process.name,
        about: () => tell(reply),
        arrive: () => process.receive(() => hear(node.name, reply)),
      });
    this.publish(to, about, (node) => ask(node, (reply) => respond(node, reply)));
  }

  private ask(request: Request, about: () => string, timeoutMs: number, onEnd: () => void): void {
    this.gather<ProtocolReply>({
      to: this.world.participants,
      about,
      ask: (node, respond) => node.hearRequest(request, respond),
      timeoutMs,
      // Who is not listed answers that at once: it must not stand for one that still writes.
      expected: request.list.map(({ name }) => name),
      tell: tellReply,
      onReply: (reply) => this.submit({ type: 'replied', reply }),
      onEnd,
    });
  }

  /** A person answers for one transaction at a time, so what people are asked about travels alone. */
  private batches<T extends Place>(transactions: readonly T[]): T[][] {
    const isManual = (it: T): boolean => ('votes' in it ? it.votes : this.begun(it)?.votes) === 'manual';
    const together = transactions.filter((it) => !isManual(it));
    return [...(together.length > 0 ? [together] : []), ...transactions.filter(isManual).map((it) => [it])];
  }

  private within(asked: 'states' | 'proposal', places: readonly Place[]): number {
    return answersWithinMs(
      asked,
      places.map((place) => ({ begun: this.begun(place), standard: this.world.timeouts })),
    );
  }
}
