// To which subjects the gateway must not publish: all that the commit protocol, its members and its events are made of, and
// what others keep in the key-value store. It is the process that the world speaks to, and has no part in the protocol: with its credential
// nobody can ask for a vote, run a ballot, tell a decision or a heartbeat, or say who has started (docs/commit-protocol.md, Bad input).
//
// It may make streams, since it makes its own when it is the first to need them. Who knows JetStream well could have one publish
// in its stead; so this keeps out mistakes and most intruders, and is no wall.
import {
  buckets,
  chatFacts,
  clockStream,
  directStream,
  eventStream,
  facts,
  faultOperations,
  participantOperations,
  roomStream,
} from '@parley/contracts';

const { vote, elect, propose, keep } = participantOperations;
/** Facts that gateways tell. */
const { called: _, seated: __, ...told } = facts;

/** What the gateway keeps no values in. */
const { seats: ___, ...others } = buckets;

const storeSubjects = (bucket: string): string[] => [
  `$KV.${bucket}.>`,
  ...['STREAM.*', 'STREAM.MSG.*', 'DIRECT.*'].map((verbs) => `$JS.API.${verbs}.KV_${bucket}`),
  ...['CONSUMER.*', 'CONSUMER.DURABLE.*', 'DIRECT.*'].map((verbs) => `$JS.API.${verbs}.KV_${bucket}.>`),
];

export const gatewayMustNotPublish: readonly string[] = [
  ...[vote, elect, propose, keep, ...Object.values(told)].map(({ subject }) => subject),
  faultOperations.arm.subjectOf('*'),
  eventStream.subjectOf('*'),
  roomStream.subjectOf('*'),
  clockStream.subjectOf('*'),
  directStream.subjectOf('*'),
  ...Object.values(chatFacts).map(({ subject }) => subject),
  ...Object.values(others).flatMap(({ name }) => storeSubjects(name)),
];
