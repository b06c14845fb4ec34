// Who there is, as users and the operator see it.
import type { ListedUser, Users, UsersRequest } from '@parley/contracts';
import type { KnownName, KnownNames } from '../names/known-names.js';
import { keyOf } from '../names/skeleton.js';
import type { Attendance } from './attendance.js';
import type { Connections } from './connections.js';

/** Most addresses that are told of one user at one gateway. */
const MAX_ADDRESSES = 10;

export class UserList {
  constructor(
    private readonly names: Pick<KnownNames, 'all'>,
    private readonly attendance: Pick<Attendance, 'settled'>,
  ) {}

  /** @throws Refusal `broker-unreachable` */
  async list({ online, after, limit, addresses }: UsersRequest): Promise<Users> {
    const { connections } = await this.attendance.settled();
    const last = after === undefined ? '' : keyOf(after);
    const wanted = this.names.all().filter(({ name, key }) => key > last && (!online || connections.hasName(name)));
    const users = wanted.slice(0, limit);
    const next = wanted.length > limit ? (users.at(-1)?.name ?? null) : null;
    return { users: users.map((user) => listed(user, connections, addresses)), next };
  }
}

function listed({ name, kind }: KnownName, connections: Connections, withAddresses: boolean): ListedUser {
  const byGateway = new Map<string, string[]>();
  for (const { gateway, address } of connections.placesOf(name))
    byGateway.set(gateway, [...(byGateway.get(gateway) ?? []), address]);
  return {
    name,
    kind,
    online: byGateway.size > 0,
    // In one order, so that all replicas answer alike: each has heard of the gateways in its own.
    connections: [...byGateway]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([gateway, of]) => ({
        gateway,
        count: of.length,
        ...(withAddresses && { addresses: [...new Set(of)].sort().slice(0, MAX_ADDRESSES) }),
      })),
  };
}
