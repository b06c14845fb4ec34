// Which processes make up the system, what each is told by its environment, and in which order they come and go. Pure.
import { join } from 'node:path';
import type { Settings } from './settings.js';

export type ServiceKind = 'coordinator' | 'participant' | 'chat' | 'gateway';
export type ProcessKind = 'broker' | ServiceKind;

/** The address that everything binds to. */
export const HOST = '127.0.0.1';

/** Each stage is started when all of the stages before it are ready; the kinds of a stage need nothing of each other. */
export const START_ORDER: readonly (readonly ProcessKind[])[] = [
  ['broker'],
  ['coordinator'],
  ['participant', 'chat'],
  ['gateway'],
];

/** Each kind is stopped when all of the kinds before it have ended: no request is taken that could not be finished. */
export const STOP_ORDER: readonly ProcessKind[] = ['gateway', 'coordinator', 'participant', 'chat', 'broker'];

/** A process of the system other than the broker. */
export interface Service {
  readonly kind: ServiceKind;
  readonly name: string;
  /** What it is told in addition to the launcher's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Names of the participants, `participant-1` to `participant-N`. */
export const participantNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `participant-${index + 1}`);

const chatNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `chat-${index + 1}`);

/** The first has no number: mostly it is the only one. */
const gatewayNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? 'gateway' : `gateway-${index + 1}`));

/** The port of each gateway; 0 for one that the kernel chooses. */
export const gatewayPorts = ({ gateways, port }: Settings): number[] =>
  Array.from({ length: gateways }, (_, index) => (port === 0 ? 0 : port + index));

/** Where the operator's token is, which the gateways make. */
export const operatorTokenFile = (settings: Settings, environment: NodeJS.ProcessEnv): string =>
  environment['OPERATOR_TOKEN_FILE'] || join(settings.dataFolder, 'operator.token');

/** A participant's ledger of a book. */
export const ledgerFile = (settings: Settings, participant: string, book: string): string =>
  join(settings.dataFolder, participant, 'ledger', `${book}.txt`);

/** All services of a system, in no order that matters. */
export const servicesOf = (settings: Settings, environment: NodeJS.ProcessEnv): Service[] => {
  const all = {
    PARLEY_DATA: settings.dataFolder,
    ...(settings.faults && { PARLEY_FAULTS: '1' }),
    ...(settings.verbose && { PARLEY_VERBOSE: '1' }),
  };
  const participants = String(settings.participants);
  return [
    { kind: 'coordinator', name: 'coordinator', environment: { ...all, PARTICIPANTS: participants } },
    ...participantNames(settings.participants).map((name): Service => {
      // Said to each, because one PARTICIPANT_DATA inherited by all would have them share a folder.
      const folder = join(settings.dataFolder, name);
      return {
        kind: 'participant',
        name,
        environment: { ...all, PARTICIPANTS: participants, PARTICIPANT_NAME: name, PARTICIPANT_DATA: folder },
      };
    }),
    ...chatNames(settings.chatReplicas).map((name): Service => ({
      kind: 'chat',
      name,
      environment: { ...all, CHAT_NAME: name },
    })),
    ...gatewayNames(settings.gateways).map((name, index): Service => ({
      kind: 'gateway',
      name,
      environment: {
        ...all,
        PARTICIPANTS: participants,
        CHAT_REPLICAS: String(settings.chatReplicas),
        HOST,
        PORT: String(gatewayPorts(settings)[index]),
        OPERATOR_TOKEN_FILE: operatorTokenFile(settings, environment),
      },
    })),
  ];
};
