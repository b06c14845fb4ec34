// What a gateway tells the chat of its connections, and its users of who is there. The chat is scripted.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chatFacts,
  closeCodes,
  gatewayFacts,
  nodes as nodesIn,
  openedSession,
  readiness,
  ticket,
  type Fact,
  type ListedNode,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import supertest from 'supertest';
import type { z } from 'zod';
import type { Gateway } from './gateway.js';
import { digestOf } from './chat/sessions.js';
import { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

describe('who is there', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let chatBus: Bus;
  let gateway: Gateway;
  let operator: Operator;
  let token: string;
  const clients: SocketClient[] = [];

  beforeAll(async () => {
    stage = await Stage.set();
    chatBus = await stage.bus('chat-1');
    chat = new ScriptedChat(chatBus);
    await chat.start();
    stage.onClear(() => chat.stop());
    ({ gateway, operator } = await stage.gateway());
    const answer = await supertest(gateway.address)
      .post('/api/v1/sessions')
      .send({ name: 'Jo', password: 'correct horse' });
    ({ token } = openedSession.parse(answer.body));
  });
  afterAll(() => stage.clear());
  afterEach(() => clients.splice(0).forEach((client) => client.close()));

  const asJo = (method: 'get' | 'post', path: string) =>
    supertest(gateway.address)[method](path).set('authorization', `Bearer ${token}`);

  const greeted = async (): Promise<SocketClient> => {
    const shown = ticket.parse((await asJo('post', '/api/v1/ws-tickets')).body).ticket;
    const client = await SocketClient.open(gateway.address);
    clients.push(client);
    client.send({ id: 'hello', op: 'hello', d: { ticket: shown } });
    await client.caughtUp();
    return client;
  };

  /** The next time that a fact is told. */
  const next = async <F extends Fact>(fact: F): Promise<z.output<F['body']>> => {
    const told = new Promise<z.output<F['body']>>((resolve) => {
      const hearing = chatBus.listen(fact, (body) => {
        hearing.stop();
        resolve(body);
      });
    });
    await chatBus.flush();
    return told;
  };

  it('is told to the chat when somebody connects and when somebody has gone, with a number each', async () => {
    const connected = next(gatewayFacts.connected);
    const client = await greeted();
    const { serial, connection, nonce } = await connected;
    expect(connection).toMatchObject({ user: { name: 'Jo', kind: 'account', session: digestOf(token) } });
    const disconnected = next(gatewayFacts.disconnected);
    client.close();
    expect(await disconnected).toEqual({ gateway: 'gateway-1', nonce, serial: serial + 1, id: connection.id });
  });

  it('is told as a whole to a replica that asks', async () => {
    await greeted();
    await greeted();
    const listed = next(gatewayFacts.listed);
    chatBus.publish(chatFacts.connectionsWanted, { from: 'chat-1' });
    const { connections, part, isLast } = await listed;
    expect({ names: connections.map(({ user }) => user.name), part, isLast }).toEqual({
      names: ['Jo', 'Jo'],
      part: 0,
      isLast: true,
    });
  });

  it('is nobody whose session is over: the connections of that session are closed, and no others', async () => {
    const client = await greeted();
    chatBus.publish(chatFacts.sessionEnded, { session: digestOf('another') });
    chatBus.publish(chatFacts.sessionEnded, { session: digestOf(token) });
    expect(await client.closed).toBe(closeCodes.sessionOver);
  });

  it('is asked of the chat for users, where addresses are for the operator only', async () => {
    chat.asked.length = 0;
    await asJo('get', '/api/v1/users?online=true').expect(200);
    await operator.get('/api/v1/users?limit=2&after=Jo').expect(200);
    const asked = chat.asked.filter((request) => Object.hasOwn(request as object, 'addresses'));
    expect(asked).toEqual([
      { online: true, limit: 100, addresses: false },
      { online: false, after: 'Jo', limit: 2, addresses: true },
    ]);
    await supertest(gateway.address).get('/api/v1/users').expect(401);
  });

  it('is told of nodes as they were heard of, with the connections of gateways', async () => {
    await greeted();
    await next(gatewayFacts.alive);
    chatBus.publish(chatFacts.alive, { node: 'chat-1' });
    const nodes = async (ask: () => supertest.Test): Promise<ListedNode[]> => nodesIn.parse((await ask()).body).nodes;
    let seen = await nodes(() => operator.get('/api/v1/nodes'));
    while (seen.length < 2) seen = await nodes(() => operator.get('/api/v1/nodes'));
    expect(seen).toEqual([
      {
        id: 'chat-1',
        service: 'chat',
        seenAt: expect.any(String),
        live: true,
        leader: null,
        term: 0,
        connections: null,
      },
      {
        ...{ id: 'gateway-1', service: 'gateway', seenAt: expect.any(String), live: true, leader: null, term: 0 },
        ...{ connections: expect.any(Number), address: gateway.address },
      },
    ]);
    const [, asSeenByJo] = await nodes(() => asJo('get', '/api/v1/nodes'));
    expect(asSeenByJo).not.toHaveProperty('address');
  });

  it('is no chat until a replica announces itself: the system is not ready, and it is said why', async () => {
    const { gateway: fresh } = await stage.gateway(undefined, undefined, { chatReplicas: 2 });
    const missing = async (): Promise<string[]> => {
      const answer = await supertest(fresh.address).get('/health/ready');
      expect(answer.status).toBe(503);
      return readiness.parse(answer.body).missing;
    };
    expect(await missing()).toEqual(['coordinator', 'chat']);
    chatBus.publish(chatFacts.alive, { node: 'chat-1' });
    let left = await missing();
    while (left.length > 1) left = await missing();
    expect(left).toEqual(['coordinator']);
  });
});
