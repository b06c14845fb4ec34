// Very many clients at once, each on a connection of its own, as cheap as they can be had.
import { connect } from 'node:net';

export interface Told {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly code: string | undefined;
}

/** Sends this request on so many connections at once. Gives what each was answered; a connection that breaks rejects. */
export function crowd(address: string, size: number, head: string, body: Buffer): Promise<Told[]> {
  const { hostname, port } = new URL(address);
  return Promise.all(Array.from({ length: size }, () => one({ host: hostname, port: Number(port) }, head, body)));
}

function one(to: { host: string; port: number }, head: string, body: Buffer): Promise<Told> {
  return new Promise((resolve, reject) => {
    const socket = connect(to);
    let answer = '';
    socket.on('connect', () => {
      socket.write(head);
      socket.write(body);
    });
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
      const told = parse(answer);
      if (!told) return;
      resolve(told);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
  });
}

/** The answer, once it is complete. */
function parse(answer: string): Told | undefined {
  const [head = '', body] = answer.split('\r\n\r\n', 2);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  if (body === undefined || Buffer.byteLength(body) < length) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    retryAfter: /^retry-after: (.*)$/im.exec(head)?.[1],
    code: (JSON.parse(body) as { code?: string }).code,
  };
}
