// How a run is told to a person: one line per happening, in the words of docs/commit-protocol.md.
import type { CommitRecord } from '@parley/commit';
import type { Ballot, NumberRange, Place, ProtocolReply } from '@parley/contracts';
import { idOf } from './history.js';

export const tellPlaces = (places: readonly Place[]): string => places.map(idOf).join(', ');

export const tellBallot = ({ counter, node }: Ballot): string =>
  node === '' ? `ballot ${String(counter)}` : `ballot ${String(counter)} of ${node}`;

export const tellRanges = (ranges: readonly NumberRange[]): string =>
  ranges.map(({ book, first, last }) => `${book} ${String(first)} to ${String(last)}`).join(', ');

export function tellReply({ proposal, ballot, answers }: ProtocolReply): string {
  const told = answers.map(({ answer, state, lastAttempt, ...place }) => {
    const attempt = lastAttempt && lastAttempt.counter > 0 ? ` since ${tellBallot(lastAttempt)}` : '';
    return `${idOf(place)} ${answer}${state ? ` ${state}` : ''}${attempt}`;
  });
  return `answers ${proposal ? `${proposal}, ` : ''}${tellBallot(ballot)}: ${told.join(', ')}`;
}

export function tellRecord(record: CommitRecord): string {
  switch (record.kind) {
    case 'begun':
      return `begins ${idOf(record.begin)} "${record.begin.value}" for ${record.list.map(({ name }) => name).join(', ')}`;
    case 'voted-yes':
      return `records yes to ${idOf(record.begin)}`;
    case 'aborted-alone':
      return `records its own abort of ${idOf(record)}: ${record.reason}`;
    case 'elected':
      return `records its promise to ${tellBallot(record.ballot)} for ${idOf(record)}`;
    case 'accepted':
      return `records ${record.proposal} of ${tellBallot(record.ballot)} for ${idOf(record)}`;
    case 'decided':
      return `records ${idOf(record)} ${record.decision.outcome}: ${record.decision.rule} by ${record.decision.decidedBy}`;
    case 'learned':
      return `has fetched ${idOf(record)} ${record.decision.outcome}`;
    case 'counter':
      return `records counter ${String(record.counter)}`;
    case 'registered':
    case 'leaving':
    case 'left':
      return `records ${record.member.name} of ${record.member.logId} as ${record.kind}`;
    case 'written':
    case 'numbered':
    case 'chained':
    case 'used-key':
      return `records of its snapshot: ${record.kind}`;
    case 'start-nonces':
    case 'doubled':
      return `records who runs under its name: ${record.kind}`;
    case 'diverged':
      return `records that ${record.book} has diverged`;
    default:
      return record satisfies never;
  }
}
