import { serviceRoles, type ServiceRole } from '../postgres/provision.ts';
import { databaseSecret, syncPeerKeys, syncSigningKey, tokenSigningKeys } from '../supervisor/secrets.ts';

/** A secret that can be rotated while everything runs, and what that means for it. */
export type Rotatable =
  | { readonly name: string; readonly of: 'database'; readonly role: ServiceRole }
  | { readonly name: string; readonly of: 'token-keys' }
  | { readonly name: string; readonly of: 'sync-keys' };

/** Not among them: the pepper (every stored hash is made with it), the staff (no secret), the peer's keys (they follow the peer's signing key). */
export const rotatables: readonly Rotatable[] = [
  ...serviceRoles.map((role): Rotatable => ({ name: databaseSecret(role), of: 'database', role })),
  { name: tokenSigningKeys, of: 'token-keys' },
  { name: syncSigningKey, of: 'sync-keys' },
];

const reasons: Readonly<Record<string, string>> = {
  [syncPeerKeys]: `it follows when ${syncSigningKey} of the other region is rotated`,
};

/** What a name means, with or without `madeinworld/`. Throws RangeError with the names there are. */
export function findRotatable(name: string): Rotatable {
  const full = name.startsWith('madeinworld/') ? name : `madeinworld/${name}`;
  const found = rotatables.find((candidate) => candidate.name === full);
  if (found !== undefined) return found;
  const why = reasons[full] ?? `there are ${rotatables.map((one) => one.name).join(', ')}`;
  throw new RangeError(`${name} cannot be rotated: ${why}`);
}
