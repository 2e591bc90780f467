import type { SyncPolicies } from '#contracts/sync-policy.ts';

import { isDeletion } from '../protocol/body.ts';
import { carriesAny, namesOf, type Carries } from './names.ts';
import { restrictedNames } from './restricted.ts';

/** Something was about to leave that must not. Names entity and columns, never a value. Nothing was sent: the pointers stay queued. */
export class ResidencyViolation extends Error {
  /** A code of the worker's `reasons.ts`. */
  readonly reasonCode = 'residency';
  constructor(entity: string, names: readonly string[]) {
    super(`residency: ${entity} would send ${names.join(', ')}`);
    this.name = 'ResidencyViolation';
  }
}

/** What an item says besides columns: key, version, origin, vector, parts, and whether it is a deletion. */
const protocolNames = new Set(['$k', '$v', '$o', '$w', '$p', '$d']);

interface Leaving {
  readonly entity: string;
  readonly item: string;
}

/**
 * Looks at what is about to leave, whatever generated function read it. The first row and the first deletion of each entity must hold nothing but
 * what the migrations of the database `declared` as crossing (one function reads them all, so they are alike); no item may hold a name that the
 * policy of this process keeps home. Throws ResidencyViolation.
 */
export function checkEgress(policies: SyncPolicies, declared: ReadonlyMap<string, ReadonlySet<string>>, leaving: readonly Leaving[]): void {
  const shapes = new Map<string, Leaving>();
  const carriers = new Map<string, Carries>();
  for (const one of leaving) {
    const shape = `${one.entity} ${isDeletion(one.item)}`;
    if (!shapes.has(shape)) shapes.set(shape, one);
    const carries = carriers.get(one.entity) ?? carriesAny(restrictedNames(policies, one.entity));
    carriers.set(one.entity, carries);
    if (carries(one.item) === 'none') continue;
    const names = [...restrictedNames(policies, one.entity)].filter((name) => carriesAny([name])(one.item) !== 'none');
    throw new ResidencyViolation(one.entity, names);
  }
  for (const { entity, item } of shapes.values()) {
    const undeclared = namesOf(item)?.filter((name) => !protocolNames.has(name) && declared.get(entity)?.has(name) !== true) ?? [
      'what is no item',
    ];
    if (undeclared.length > 0) throw new ResidencyViolation(entity, undeclared);
  }
}
