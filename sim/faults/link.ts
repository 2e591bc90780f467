import type { AppliedFault } from './fault.ts';
import { faultKind, type FaultContext, type FaultKind } from './kind.ts';
import { CutParams, LimitParams, ResetParams, SliceParams, SlowParams } from './link-params.ts';
import { blackhole, limit, reset, slice, slowness, type LinkEffect } from './link-toxics.ts';
import { presetFault } from './preset.ts';
import { putToxics, takeToxics } from './toxics.ts';

const cut = faultKind(CutParams, async (target, params, context) => {
  if (params.how === 'blackhole') return byToxics('cut', target, blackhole(params), context);
  if (params.stream !== undefined || params.share !== undefined)
    throw new RangeError('one stream, or a share of the connections, can only be swallowed, not refused: add --blackhole');
  await context.linkSwitch.shut(target, 'cut');
  return {
    kind: 'cut',
    target,
    summary: 'connections are refused',
    heal: () => context.linkSwitch.release(target, 'cut'),
    restored: { on: ['toxiproxy'], again: () => context.linkSwitch.renew(target) },
  };
});

const slow = faultKind(SlowParams, (target, params, context) => {
  const effect = slowness(params);
  if (effect.toxics.length === 0) throw new RangeError('nothing to slow by: a round trip, a jitter or a rate is needed');
  return byToxics('slow', target, effect, context);
});

async function byToxics(kind: string, target: string, { toxics, summary }: LinkEffect, { address }: FaultContext): Promise<AppliedFault> {
  const put = (): Promise<void> => putToxics(address('toxiproxy'), target, kind, toxics);
  await put();
  return {
    kind,
    target,
    summary,
    heal: () => takeToxics(address('toxiproxy'), target, kind),
    restored: { on: ['toxiproxy'], again: put },
  };
}

/** The faults of links, each a kind of its own: a link may be slow and cut at once, and each heals by itself. */
export const linkKinds = {
  cut,
  slow,
  reset: faultKind(ResetParams, (target, params, context) => byToxics('reset', target, reset(params), context)),
  limit: faultKind(LimitParams, (target, params, context) => byToxics('limit', target, limit(params), context)),
  slice: faultKind(SliceParams, (target, params, context) => byToxics('slice', target, slice(params), context)),
  preset: presetFault,
} satisfies Readonly<Record<string, FaultKind>>;
