// What travels between nodes in an exploration. Once sent, a message may be delivered at any time, any number of times, or
// never: that is loss, delay, duplication and reordering at once. So messages form a set that only grows.
//
// A decision is sent without its evidence and without its sender: nobody's next step depends on either, and decisions that
// differ in nothing else are one message then. Of its ballot only whether it is an abort of ballot 1 is kept.
import { FIRST_BALLOT, compareBallots, type ParticipantInput } from '@parley/commit';
import type { Announced, CommitRecord } from '@parley/commit';
import type { Ballot, DatedDecision, DecidedTransaction, NumberRange, ProtocolReply } from '@parley/contracts';

type Request<Type extends ParticipantInput['type']> = Omit<Extract<ParticipantInput, { type: Type }>, 'reply'>;

export type Content =
  | { readonly kind: 'vote-request'; readonly request: Request<'vote-requested'> }
  | { readonly kind: 'state-request'; readonly request: Request<'states-asked'> }
  | { readonly kind: 'proposal'; readonly request: Request<'proposed'> }
  | { readonly kind: 'reply'; readonly reply: ProtocolReply }
  | { readonly kind: 'decision'; readonly transactions: readonly Announced[] }
  | { readonly kind: 'fetch-request'; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'fetched'; readonly transactions: readonly DecidedTransaction[] }
  | { readonly kind: 'recorded'; readonly book: string; readonly lines: number };

export type Message = Content & {
  /** The asking node, to which replies go; empty when nobody replies. */
  readonly from: string;
  /** To whom it may be delivered. */
  readonly to: readonly string[];
};

/** Any recovery ballot will do: only an abort's ballot is ever looked at, and compared with ballot 1. */
const LATER_BALLOT: Ballot = { counter: 2, node: '' };

const withoutEvidence = ({ outcome, ballot }: Pick<DatedDecision, 'outcome' | 'ballot'>): DatedDecision => ({
  outcome,
  rule: outcome === 'committed' ? 'recovery-found-committed' : 'recovery-found-aborted',
  decidedBy: '',
  ballot: outcome === 'aborted' && compareBallots(ballot, FIRST_BALLOT) === 0 ? FIRST_BALLOT : LATER_BALLOT,
  quorum: 0,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt: 0,
});

/** A decision as it is told: of what, and nothing else that its teller's journal may have beside it. */
export const toldWithoutEvidence = ({ subject, decision }: Announced): Announced => {
  const { book, number, list, protocol, digest } = subject;
  return { subject: { book, number, list, protocol, digest }, decision: withoutEvidence(decision) };
};

/** A record as it is kept here: decisions without their evidence. Only the coordinator tells the ballot again. */
export function recordWithoutEvidence<Kept extends CommitRecord>(record: Kept, isCoordinator: boolean): Kept {
  if (record.kind !== 'decided' && record.kind !== 'learned') return record;
  const decision = withoutEvidence(record.decision);
  return { ...record, decision: isCoordinator ? decision : { ...decision, ballot: LATER_BALLOT } };
}
