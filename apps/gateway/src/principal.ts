// Who asks for something, where both the operator and users may: the operator, or a user who has signed in.
import type { RoomUser, SeatHolder } from '@parley/contracts';

export type Principal = { readonly kind: 'operator' } | { readonly kind: 'user'; readonly user: RoomUser };

/** No user can have this name: it is reserved. */
const OPERATOR = 'operator';

export const operator: Principal = { kind: 'operator' };

export const nameOf = (principal: Principal): string =>
  principal.kind === 'operator' ? OPERATOR : principal.user.name;

/** As whom the principal holds a seat: the next guest of a name is somebody else. */
export function holderOf(principal: Principal): SeatHolder {
  if (principal.kind === 'operator') return { name: OPERATOR, kind: 'operator', session: null };
  const { name, kind, session } = principal.user;
  return { name, kind, session: kind === 'guest' ? session : null };
}

export const isSameHolder = (a: SeatHolder, b: SeatHolder): boolean =>
  a.name === b.name && a.kind === b.kind && a.session === b.session;

/** What nobody else can be, for Idempotency-Keys: what one has used is another's to use. */
export function identityOf(principal: Principal): string {
  const { name, session } = holderOf(principal);
  return session ?? name;
}
