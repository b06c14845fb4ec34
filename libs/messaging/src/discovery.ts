// The answers to `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, so that standard tooling (`nats micro list`) sees every
// service. Format: NATS architecture decision record 32, https://github.com/nats-io/nats-architecture-and-design.
import { randomUUID } from 'node:crypto';
import type { Refused } from './complaints.js';
import type { Endpoint } from './endpoint.js';

/** Version of the subjects and their contracts: the `v1` in each subject. */
const version = '1.0.0';

export interface DiscoveryOptions {
  readonly service: string;
  readonly node: string;
  /** Read at each answer. */
  readonly endpoints: readonly Endpoint[];
  /** What was refused since the start: stands beside the endpoints, for not all of it was sent to one. */
  readonly refused: () => readonly Refused[];
}

export interface DiscoveryAnswer {
  readonly subject: string;
  readonly body: () => object;
}

/** `parley.v1.participant.ledger.participant-1` is shown as `participant-ledger-participant-1`. */
const endpointName = (subject: string): string => subject.replace(/^parley\.v1\./, '').replaceAll('.', '-');

/** Which subjects to answer, and with what. */
export function discoveryAnswers({ service, node, endpoints, refused }: DiscoveryOptions): DiscoveryAnswer[] {
  const id = randomUUID();
  const started = new Date().toISOString();
  const identity = { name: service, id, version, metadata: { node } };
  const served = (): readonly Endpoint[] => endpoints.filter(({ answers }) => answers);

  const bodies = {
    PING: () => ({ type: 'io.nats.micro.v1.ping_response', ...identity }),
    INFO: () => ({
      type: 'io.nats.micro.v1.info_response',
      ...identity,
      description: `${service} of Parley`,
      endpoints: served().map(described),
    }),
    STATS: () => ({
      type: 'io.nats.micro.v1.stats_response',
      ...identity,
      started,
      endpoints: served().map(measured),
      refused: refused(),
    }),
  };
  return Object.entries(bodies).flatMap(([verb, body]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${service}`, `$SRV.${verb}.${service}.${id}`].map((subject) => ({ subject, body })),
  );
}

const described = ({ subject, queue }: Endpoint): object => ({
  name: endpointName(subject),
  subject,
  queue_group: queue ?? '',
  metadata: {},
});

const measured = ({ subject, queue, requests, errors, lastError, processingNs }: Endpoint): object => ({
  name: endpointName(subject),
  subject,
  queue_group: queue ?? '',
  num_requests: requests,
  num_errors: errors,
  last_error: lastError,
  processing_time: Math.round(processingNs),
  average_processing_time: requests === 0 ? 0 : Math.round(processingNs / requests),
});
