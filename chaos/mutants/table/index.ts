import type { Mutant } from '../mutant.ts';
import { applyMutants } from './apply.ts';
import { borderMutants } from './border.ts';
import { captureMutants } from './capture.ts';
import { homeMutants } from './home.ts';
import { mergeMutants } from './merge.ts';
import { operateMutants } from './operate.ts';
import { parentMutants } from './parents.ts';
import { collectMutants } from './collect.ts';
import { collisionMutants } from './collisions.ts';
import { proofMutants } from './proof.ts';
import { publishMutants } from './publish.ts';
import { reconcileMutants } from './reconcile.ts';
import { residencyMutants } from './residency.ts';
import { stockMovedMutants } from './stock-moved.ts';
import { stockRegionsMutants } from './stock-regions.ts';
import { stockReservedMutants } from './stock-reserved.ts';
import { stockToldMutants } from './stock-told.ts';
import { workerMutants } from './worker.ts';

/** Every planted bug. What a promise of the SPEC rests on, or of docs/domain.md about stock, stands here with the test that notices when it is broken. */
export const mutants: readonly Mutant[] = [
  ...captureMutants,
  ...collectMutants,
  ...collisionMutants,
  ...applyMutants,
  ...parentMutants,
  ...publishMutants,
  ...borderMutants,
  ...reconcileMutants,
  ...residencyMutants,
  ...operateMutants,
  ...workerMutants,
  ...mergeMutants,
  ...homeMutants,
  ...proofMutants,
  ...stockReservedMutants,
  ...stockMovedMutants,
  ...stockRegionsMutants,
  ...stockToldMutants,
];
