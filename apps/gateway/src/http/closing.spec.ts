import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { whenClosed } from './closing.js';

describe('a request is over', () => {
  let server: Server;
  let client: Socket;
  const responses: ServerResponse[] = [];
  const closed: string[] = [];

  beforeEach(async () => {
    responses.length = 0;
    closed.length = 0;
    server = createServer((request, response) => {
      responses.push(response);
      whenClosed(response, () => {
        closed.push(request.url ?? '');
        server.emit('over');
      });
      server.emit('received');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  const send = async (...urls: string[]): Promise<void> => {
    client.write(urls.map((url) => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    while (responses.length < urls.length) await once(server, 'received');
  };
  const over = async (count: number): Promise<void> => {
    while (closed.length < count) await once(server, 'over');
  };

  it('when its answer is sent, once', async () => {
    await send('/one');
    responses[0]?.end();
    await over(1);
    client.destroy();
    await once(server.close(), 'close');
    expect(closed).toEqual(['/one']);
  });

  it('when its client is gone, also where its answer waited behind others on the connection', async () => {
    await send('/one', '/two', '/three');
    client.destroy();
    await over(3);
    expect(closed.sort()).toEqual(['/one', '/three', '/two']);
  });
});
