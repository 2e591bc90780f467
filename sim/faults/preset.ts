import { randomInt } from 'node:crypto';
import { nearest } from '../topology/nearest.ts';
import type { AppliedFault } from './fault.ts';
import { faultKind, type FaultContext } from './kind.ts';
import { PresetParams, type Way } from './link-params.ts';
import { blackhole, kilobytesPerSecond, showStreamRate } from './link-toxics.ts';
import { presets, type Leg, type Path, type Preset } from './presets.ts';
import { showDuration } from './quantities.ts';
import { beatsOf, startRhythm, type Rhythm, type RhythmDeps } from './rhythm.ts';
import { putToxics, takeToxics, type Stream, type ToxicSettings } from './toxics.ts';

/** The most that a seed can be. */
export const seedLimit = 2 ** 32;

/** A preset by its name. Throws RangeError with the name that may have been meant, or those there are. */
export function presetNamed(name: string): Preset {
  const found = presets.find((preset) => preset.name === name);
  if (found !== undefined) return found;
  const names = presets.map((preset) => preset.name);
  const meant = nearest(name, names);
  throw new RangeError(`no preset is called ${name}; ${meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`}`);
}

/** A preset on a link: its toxics, and what comes and goes, which runs here until it is healed. */
export const presetFault = faultKind(PresetParams, async (target, { name, seed, stream }, context): Promise<AppliedFault> => {
  const preset = presetNamed(name);
  const { address } = context;
  const path = preset.path?.(target);
  const putPath = async (): Promise<void> => {
    if (path !== undefined) await putToxics(address('toxiproxy'), target, 'preset', toxicsOf(path, stream));
  };
  await putPath();
  const used = seed ?? randomInt(seedLimit);
  const rhythm = preset.rhythm === undefined ? undefined : startRhythm(beatsOf(preset.rhythm, used), gateOf(target, stream, context));
  return {
    kind: 'preset',
    target,
    summary: summaryOf(preset, path, stream, used),
    async heal() {
      await rhythm?.end();
      await takeToxics(address('toxiproxy'), target, 'preset');
    },
    restored: {
      on: ['toxiproxy'],
      async again() {
        await putPath();
        // What swallows one stream comes again with the next beat.
        await context.linkSwitch.renew(target);
      },
    },
  };
});

/** How a link is shut and opened: as a whole, or by swallowing one stream. */
function gateOf(link: string, stream: Way | undefined, { address, linkSwitch }: FaultContext): RhythmDeps {
  if (stream === undefined) return { shut: () => linkSwitch.shut(link, 'preset'), open: () => linkSwitch.release(link, 'preset') };
  return {
    shut: () => putToxics(address('toxiproxy'), link, 'rhythm', blackhole({ stream }).toxics),
    open: () => takeToxics(address('toxiproxy'), link, 'rhythm'),
  };
}

function toxicsOf(path: Path, stream: Way | undefined): ToxicSettings[] {
  return [...(stream === 'down' ? [] : legToxics(path.up, 'upstream')), ...(stream === 'up' ? [] : legToxics(path.down, 'downstream'))];
}

function legToxics({ delayMs, rateBitsPerSecond }: Leg, stream: Stream): ToxicSettings[] {
  const latency: ToxicSettings = { type: 'latency', stream, attributes: { latency: delayMs, jitter: 0 } };
  if (rateBitsPerSecond === undefined) return [latency];
  return [latency, { type: 'bandwidth', stream, attributes: { rate: kilobytesPerSecond(rateBitsPerSecond) } }];
}

function summaryOf(preset: Preset, path: Path | undefined, stream: Way | undefined, seed: number): string {
  const parts = [
    ...(path === undefined ? [] : showPath(path, stream)),
    ...(preset.rhythm === undefined ? [] : [showRhythm(preset.rhythm), `seed ${seed}`]),
  ];
  return `${preset.name}: ${parts.join(', ')}${stream === undefined ? '' : ` (${stream} alone)`}`;
}

/** A path in words: `200 ms a round trip, 3 Mbit/s up, 25 Mbit/s down`. */
export function showPath({ up, down }: Path, stream?: Way): string[] {
  const delayMs = (stream === 'down' ? 0 : up.delayMs) + (stream === 'up' ? 0 : down.delayMs);
  const [upRate, downRate] = [stream === 'down' ? undefined : up.rateBitsPerSecond, stream === 'up' ? undefined : down.rateBitsPerSecond];
  const rates =
    upRate === downRate && upRate !== undefined
      ? [showStreamRate(upRate)]
      : [
          ...(upRate === undefined ? [] : [`${showStreamRate(upRate)} up`]),
          ...(downRate === undefined ? [] : [`${showStreamRate(downRate)} down`]),
        ];
  return [`${showDuration(delayMs)} a round trip`, ...rates];
}

/** A rhythm in words. */
export function showRhythm({ openMs, shutMs }: Rhythm): string {
  const range = ([least, most]: readonly [number, number]): string => `${least / 1000}-${most / 1000} s`;
  return shutMs[1] === 0 ? `connections break every ${range(openMs)}` : `open for ${range(openMs)}, shut for ${range(shutMs)}`;
}
