import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

export interface SkewedClock {
  setSkew(skewMs: number): void;
}

const shared = 'sim.clock';

/**
 * Shifts the wall clock of JavaScript: `Date.now()`, `new Date()` and `Date()`. What counts time that has passed - performance, hrtime, timers - is left
 * alone. The skew lies in memory that the process's worker threads see, so that they are never told late. Throws RangeError when `text` is no whole number.
 */
export function installClock(text: string): SkewedClock {
  const skew = sharedSkew(text);
  const RealDate = Date;
  const realNow = Date.now;
  const now = (): number => realNow() + (skew[0] ?? 0);
  RealDate.now = now;
  // A proxy is its target in all but these: `instanceof`, subclasses and what hangs on the constructor stay as they are.
  const Skewed = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget): object => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: Skewed, writable: true, configurable: true });
  globalThis.Date = Skewed;
  return {
    setSkew: (skewMs) => {
      skew[0] = skewMs;
    },
  };
}

function sharedSkew(text: string): Float64Array {
  const known = isMainThread ? undefined : getEnvironmentData(shared);
  if (known instanceof SharedArrayBuffer) return new Float64Array(known);
  if (!/^-?\d{1,15}$/.test(text)) throw new RangeError(`SIM_CLOCK_SKEW_MS must be a whole number of milliseconds, not "${text}"`);
  const memory = new SharedArrayBuffer(8);
  // The types know nothing of it, but shared memory is what a worker is given as it is.
  Reflect.apply(setEnvironmentData, undefined, [shared, memory]);
  const skew = new Float64Array(memory);
  skew[0] = Number(text);
  return skew;
}
