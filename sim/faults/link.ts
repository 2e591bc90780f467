import { Type } from 'typebox';
import { cutLinks, healCut, healSlowness, slowLinks } from './faults.ts';
import { showDuration } from './quantities.ts';
import { faultKind, type FaultKind } from './kind.ts';

const Cut = Type.Object({ how: Type.Enum(['refuse', 'blackhole']) });
const Slow = Type.Object({
  rttMs: Type.Optional(Type.Number({ minimum: 0 })),
  jitterMs: Type.Optional(Type.Number({ minimum: 0 })),
  rateBitsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
});

const cut = faultKind(Cut, async (target, { how }, { address }) => {
  await cutLinks(address('toxiproxy'), [target], how);
  const summary = how === 'refuse' ? 'cut: connections are refused' : 'cut: everything is swallowed';
  return { kind: 'cut', target, summary, heal: () => healCut(address('toxiproxy'), target, how) };
});

const slow = faultKind(Slow, async (target, slowness, { address }) => {
  await slowLinks(address('toxiproxy'), [target], slowness);
  const { rttMs, jitterMs, rateBitsPerSecond } = slowness;
  const parts = [
    rttMs === undefined ? [] : `${showDuration(rttMs)} a round trip`,
    jitterMs === undefined ? [] : `jitter ${showDuration(jitterMs)}`,
    rateBitsPerSecond === undefined ? [] : `${rateBitsPerSecond / 1e6} Mbit/s`,
  ].flat();
  return { kind: 'slow', target, summary: `slow: ${parts.join(', ')}`, heal: () => healSlowness(address('toxiproxy'), target) };
});

/** The faults of links, each a kind of its own: a link may be slow and cut at once, and each heals by itself. */
export const linkKinds: Readonly<Record<string, FaultKind>> = { cut, slow };
