import type { HammerResult } from './hammer.ts';

export type Report = (line: string) => void;

/** A line of figures: how many a second, and how long each took. */
export function row(what: string, { perSecond, p50Ms, p99Ms, refused }: HammerResult): string {
  const failed = Object.entries(refused).map(([status, count]) => `${count} answered ${status}`);
  const figures = `${perSecond.toFixed(0).padStart(7)}/s   p50 ${p50Ms.toFixed(1)} ms   p99 ${p99Ms.toFixed(1)} ms`;
  return [`${what.padEnd(44)} ${figures}`, ...failed].join('   ');
}
