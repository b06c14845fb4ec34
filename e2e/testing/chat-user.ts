// Somebody who uses the chat over HTTP.
import { openedSession, type Session } from '@parley/contracts';

interface Told {
  readonly status: number;
  readonly body: unknown;
}

/** Any request of the edge, with a token or without; takes whatever the answer is. */
export async function ask(
  address: string,
  [method, path]: readonly [method: string, path: string],
  { token, body }: { token?: string; body?: object } = {},
): Promise<Told> {
  const response = await fetch(`${address}/api/v1${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
}

export class ChatUser {
  private constructor(
    readonly address: string,
    readonly token: string,
    readonly session: Session,
  ) {}

  /** Signs in; without a password as a guest. Rejects with what was answered when that is refused. */
  static async signIn(address: string, name: string, password?: string): Promise<ChatUser> {
    const told = await ask(address, ['POST', '/sessions'], { body: { name, password } });
    if (told.status !== 201) throw new Error(`${name} was not signed in: ${JSON.stringify(told)}`);
    const { token, ...session } = openedSession.parse(told.body);
    return new ChatUser(address, token, session);
  }

  /** The same user at another gateway, or at the same one after it was started again. */
  at(address: string): ChatUser {
    return new ChatUser(address, this.token, this.session);
  }

  /** A text, such as a log. */
  async read(path: string): Promise<string> {
    const authorization = `Bearer ${this.token}`;
    return (await fetch(`${this.address}/api/v1${path}`, { headers: { authorization } })).text();
  }

  request(method: string, path: string, body?: object): Promise<Told> {
    return ask(this.address, [method, path], { token: this.token, ...(body && { body }) });
  }
}
