import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import { createPolicies } from '#contracts/sync-policy.ts';
import { systemClock, type Clock } from '#platform/clock.ts';

import type { Shape } from '../reconcile/compare.ts';
import { createReconciler, type ReconcileOptions, type Reconciler } from '../reconcile/reconciler.ts';
import type { Run } from '../reconcile/runs.repository.ts';
import type { Peer } from '../worker/post.ts';
import { connectSigned, type SignedConnection } from '../worker/signed.ts';
import { chinaKey, keysOf, log, openBorder, worldKey, type Border } from './border.ts';
import { deliverAll } from './delivery.ts';
import { type TestRegion, testedPolicies } from './regions.ts';

const policies = createPolicies(testedPolicies);

/** Ranges small enough that a handful of rows makes several, and is drilled into. */
export const smallShape: Shape = { rows: 8, ranges: 4, leafKeys: 4, pieces: 8 };

/** Two regions that deliver to each other, and the world's reconciler, whose waits are under the test's control. */
export interface Reconciling {
  readonly border: Border;
  readonly world: TestRegion;
  readonly china: TestRegion;
  readonly toChina: Peer;
  readonly toWorld: Peer;
  readonly connection: SignedConnection;
  readonly reconciler: Reconciler;
  /** What happens while the reconciler waits for what is under way. */
  onWait: () => Promise<void>;
  /** What is asked of the peer passes through here. */
  onAsk: (path: string) => Promise<void>;
  /** What the peer answers passes through here, where there is one. */
  onAnswer: ((text: string) => string) | undefined;
  /** Runs to its end; answers how it ended. */
  reconcile(options?: ReconcileOptions): Promise<Run>;
  /** Delivers both ways until nothing is left. */
  deliver(): Promise<void>;
  another(options?: { shape?: Shape }): Reconciler;
  close(): Promise<void>;
}

export async function openReconciling(options: { mostBacklog?: number; shape?: Shape } = {}): Promise<Reconciling> {
  const border = await openBorder(options.mostBacklog);
  const worldUrl = await border.openWorldIngest();
  const { world, china } = border;
  const toChina = border.peerAt(border.ingestUrl);
  const toWorld = border.peerAt(worldUrl, keysOf(chinaKey, [worldKey]));
  const connection = connectSigned({ url: border.ingestUrl, keys: keysOf(worldKey, [chinaKey]), clock: systemClock, timeoutMs: 20_000 });
  const clock: Clock = {
    now: () => Date.now(),
    wait: async () => opened.onWait(),
  };
  const asking: Pick<SignedConnection, 'post'> = {
    async post(path, ...rest) {
      await opened.onAsk(path);
      const answer = await connection.post(path, ...rest);
      if (opened.onAnswer === undefined) return answer;
      return { ...answer, body: zstdCompressSync(Buffer.from(opened.onAnswer(zstdDecompressSync(answer.body).toString()))) };
    },
  };
  const build = ({ shape = options.shape ?? smallShape }: { shape?: Shape } = {}): Reconciler =>
    createReconciler({
      pool: world.sync,
      policies,
      own: border.sides.world,
      connection: asking,
      peerRegion: 'china',
      clock,
      log,
      shape,
    });
  const reconciler = build();
  const opened: Reconciling = {
    border,
    world,
    china,
    toChina,
    toWorld,
    connection,
    reconciler,
    onWait: async () => undefined,
    onAsk: async () => undefined,
    onAnswer: undefined,
    async reconcile(run) {
      const id = await reconciler.startReconcile(run);
      await reconciler.idle();
      const found = (await reconciler.runs()).find((one) => one.id === id);
      if (found === undefined) throw new Error('the run is not kept');
      return found;
    },
    async deliver() {
      for (let left = 1; left > 0;) left = (await deliverAll(world, toChina)) + (await deliverAll(china, toWorld));
    },
    another: build,
    async close() {
      await reconciler.close();
      await connection.close();
      await border.close();
    },
  };
  return opened;
}
