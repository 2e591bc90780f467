import { Type } from 'typebox';
import { applyCloudFault } from './cloud-fault.ts';
import { regionOf } from './fault-region.ts';
import { faultKind, type FaultKind } from './kind.ts';
import { showDuration } from './quantities.ts';

export const queueActions = ['duplicate', 'delay', 'drop'] as const;
export type QueueAction = (typeof queueActions)[number];

const Params = Type.Object({
  share: Type.Number({ minimum: 0, maximum: 1 }),
  seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
  delaySeconds: Type.Integer({ minimum: 0, maximum: 900 }),
});

const words = {
  drop: { now: 'drops', did: 'dropped' },
  delay: { now: 'delays', did: 'delayed' },
  duplicate: { now: 'duplicates', did: 'duplicated' },
} as const;

/**
 * A fault of a region's queue, below the services and above the queue server. In the world the link is led by way of what stands in front of the server, in
 * China the gateway's own calls are wrapped.
 */
function queueFault(action: QueueAction): FaultKind {
  return faultKind(Params, async (target, fault, context) => {
    const { share, seed, delaySeconds } = fault;
    const { now, did } = words[action];
    const by = action === 'delay' ? ` by ${showDuration(delaySeconds * 1000)}` : '';
    const what = `${now} ${Number((share * 100).toFixed(2))} % of what is sent${by}`;
    const applied = await applyCloudFault(context, {
      target,
      fault: action,
      body: { fault },
      isLed: regionOf(target) === 'world',
      summaryOf: ({ seen, struck }) => `${what}: ${did} ${struck} of ${seen} (seed ${seed})`,
    });
    return { kind: `queue-${action}`, target, ...applied };
  });
}

/** Each a kind of its own: a queue may lose and duplicate at once, and each heals by itself. */
export const queueKinds: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  queueActions.map((action) => [`queue-${action}`, queueFault(action)]),
);
