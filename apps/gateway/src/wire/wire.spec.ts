// What the log of a gateway tells of the wire, and what it never does.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openedSession, ticket } from '@parley/contracts';
import supertest from 'supertest';
import { SocketClient } from '../testing/socket-client.js';
import { Stage, TOKEN } from '../testing/stage.js';
import type { Gateway } from '../gateway.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const PASSWORD = 'correct horse';

describe('the log of the wire', () => {
  let stage: Stage;
  let gateway: Gateway;

  beforeAll(async () => {
    stage = await Stage.set();
    await stage.chat();
    ({ gateway } = await stage.gateway(undefined, undefined, { verbose: true }));
  });
  afterAll(() => stage.clear());

  it('tells requests, answers and frames, and no password, token or ticket', async () => {
    const at = supertest(gateway.address);
    const opened = await at.post('/api/v1/sessions').send({ name: 'Jo', password: PASSWORD });
    const { token } = openedSession.parse(opened.body);
    const issued = await at.post('/api/v1/ws-tickets').set('authorization', `Bearer ${token}`);
    const shownTicket = ticket.parse(issued.body).ticket;
    await at.post('/api/v1/sessions').send({ name: 'Jo', passwort: PASSWORD }).expect(400);
    await at.get('/api/v1/nodes').set('authorization', `Bearer ${TOKEN}`).expect(200);
    const client = await SocketClient.open(gateway.address);
    client.send({ id: '1', op: 'hello', d: { ticket: shownTicket } });
    await client.caughtUp();
    client.send({ id: '2', op: 'help', d: { ticket: shownTicket } });
    await client.reply('2');
    client.close();

    const wire = stage.logged.filter((line) => 'wire' in line);
    const told = wire.map(({ msg, body }) => [msg, ...(typeof body === 'string' ? [body] : [])].join(' '));
    expect(told).toEqual(
      expect.arrayContaining([
        '> POST /api/v1/sessions {"name":"Jo","password":"(hidden)"}',
        expect.stringMatching(/^< 201 to POST \/api\/v1\/sessions \{.*"token":"\(hidden\)"\}$/),
        expect.stringMatching(/^< 400 to POST \/api\/v1\/sessions \{.*"code":"unknown-field"/),
        '> {"id":"1","op":"hello","d":{"ticket":"(hidden)"}}',
        '< {"re":"1","ok":true,"d":{}}',
        '< {"ev":"caught_up"}',
        '> "(not shown: unknown)"',
        expect.stringMatching(/^< \{"re":"2","ok":false,"err":/),
      ]),
    );
    const all = JSON.stringify(stage.logged);
    for (const secret of [PASSWORD, token, shownTicket, TOKEN]) expect(all).not.toContain(secret);
  });
});
