// The connections of all gateways, by gateway and by user.
import type { ClientConnection, UserKind } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';

/** Somebody who is, or was, connected: an account with all its sessions, or one session of a guest. */
export interface PresentUser {
  readonly name: string;
  readonly kind: UserKind;
  /** The digest of a guest's session: another guest of that name is somebody else. */
  readonly session: string | null;
}

interface Place {
  readonly gateway: string;
  readonly address: string;
}

interface Present {
  readonly user: PresentUser;
  readonly places: Map<string, Place>;
}

export const userOf = ({ user: { name, kind, session } }: ClientConnection): PresentUser => ({
  name,
  kind,
  session: kind === 'guest' ? session : null,
});

/** Who somebody is. No name has a space. */
export const identityOf = ({ name, session }: PresentUser): string => `${keyOf(name)} ${session ?? ''}`;

export class Connections {
  private readonly byGateway = new Map<string, Map<number, ClientConnection>>();
  private readonly byUser = new Map<string, Present>();
  /** Who has a name, by its key: two, while a guest follows another. */
  private readonly byName = new Map<string, Set<Present>>();

  of(gateway: string): ReadonlyMap<number, ClientConnection> {
    return this.byGateway.get(gateway) ?? new Map<number, ClientConnection>();
  }

  add(gateway: string, connection: ClientConnection): void {
    const ofGateway = this.byGateway.get(gateway) ?? new Map<number, ClientConnection>();
    this.byGateway.set(gateway, ofGateway.set(connection.id, connection));
    const user = userOf(connection);
    const identity = identityOf(user);
    const present: Present = this.byUser.get(identity) ?? { user, places: new Map() };
    this.byUser.set(identity, present);
    const key = keyOf(user.name);
    this.byName.set(key, (this.byName.get(key) ?? new Set()).add(present));
    present.places.set(placeKey(gateway, connection.id), { gateway, address: connection.address });
  }

  /** Removes a connection, if it is there. Returns its user if that was the last one. */
  remove(gateway: string, id: number): PresentUser | undefined {
    const ofGateway = this.byGateway.get(gateway);
    const connection = ofGateway?.get(id);
    if (ofGateway === undefined || connection === undefined) return undefined;
    ofGateway.delete(id);
    if (ofGateway.size === 0) this.byGateway.delete(gateway);
    const identity = identityOf(userOf(connection));
    const present = this.byUser.get(identity);
    present?.places.delete(placeKey(gateway, id));
    if (present === undefined || present.places.size > 0) return undefined;
    this.byUser.delete(identity);
    const key = keyOf(present.user.name);
    const namesakes = this.byName.get(key);
    namesakes?.delete(present);
    if (namesakes?.size === 0) this.byName.delete(key);
    return present.user;
  }

  has(user: PresentUser): boolean {
    return this.byUser.has(identityOf(user));
  }

  hasName(name: string): boolean {
    return this.byName.has(keyOf(name));
  }

  /** Where the users of a name are connected. */
  placesOf(name: string): Place[] {
    return [...(this.byName.get(keyOf(name)) ?? [])].flatMap(({ places }) => [...places.values()]);
  }
}

const placeKey = (gateway: string, id: number): string => `${gateway} ${String(id)}`;
