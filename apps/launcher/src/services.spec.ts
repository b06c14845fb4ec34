import { describe, expect, it } from '@jest/globals';
import { START_ORDER, STOP_ORDER, servicesOf } from './services.js';

const settings = {
  ...{ participants: 2, chatReplicas: 2, gateways: 1, port: 7070 },
  ...{ dataFolder: '/data', faults: false, restart: true },
};

describe('the services of a system', () => {
  it('are a coordinator, N participants, two chat replicas and a gateway', () => {
    expect(servicesOf(settings, {}).map(({ name }) => name)).toEqual([
      'coordinator',
      'participant-1',
      'participant-2',
      'chat-1',
      'chat-2',
      'gateway',
    ]);
  });

  it('are as many gateways as are asked for, each at a port of its own', () => {
    const portsOf = (port: number) =>
      servicesOf({ ...settings, gateways: 3, port }, {}).flatMap(({ kind, name, environment }) =>
        kind === 'gateway' ? [[name, environment['PORT']]] : [],
      );
    expect(portsOf(7070)).toEqual([
      ['gateway', '7070'],
      ['gateway-2', '7071'],
      ['gateway-3', '7072'],
    ]);
    expect(portsOf(0).map(([, port]) => port)).toEqual(['0', '0', '0']);
  });

  it('are told by their environment what they are', () => {
    const [coordinator, first, , , chat, gateway] = servicesOf(settings, {});
    expect(chat?.environment).toEqual({ PARLEY_DATA: '/data', CHAT_NAME: 'chat-2' });
    expect(coordinator?.environment).toEqual({ PARLEY_DATA: '/data', PARTICIPANTS: '2' });
    expect(first?.environment).toEqual({
      PARLEY_DATA: '/data',
      PARTICIPANTS: '2',
      PARTICIPANT_NAME: 'participant-1',
      PARTICIPANT_DATA: '/data/participant-1',
    });
    expect(gateway?.environment).toEqual({
      PARLEY_DATA: '/data',
      PARTICIPANTS: '2',
      CHAT_REPLICAS: '2',
      HOST: '127.0.0.1',
      PORT: '7070',
      OPERATOR_TOKEN_FILE: '/data/operator.token',
    });
  });

  it('may arm failpoints when asked for faults, all of them', () => {
    const services = servicesOf({ ...settings, faults: true }, {});
    expect(services.map(({ environment }) => environment['PARLEY_FAULTS'])).toEqual(['1', '1', '1', '1', '1', '1']);
  });

  it('leave the operator’s token where the user wants it', () => {
    const gateway = servicesOf(settings, { OPERATOR_TOKEN_FILE: '/secrets/token' }).at(-1);
    expect(gateway?.environment['OPERATOR_TOKEN_FILE']).toBe('/secrets/token');
  });

  it('come after what they need, and go before it', () => {
    expect(START_ORDER).toEqual([['broker'], ['coordinator'], ['participant', 'chat'], ['gateway']]);
    expect(STOP_ORDER).toEqual(['gateway', 'coordinator', 'participant', 'chat', 'broker']);
  });
});
