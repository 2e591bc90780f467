import { Type } from 'typebox';
import { faultKind } from './kind.ts';
import { MOST_SKEW_MS, showDuration } from './quantities.ts';

/** A service's wall clock, ahead of the machine's or behind it. What measures time that has passed is right all the same, and so is the database's clock. */
export const clockFault = faultKind(
  Type.Object({ skewMs: Type.Integer({ minimum: -MOST_SKEW_MS, maximum: MOST_SKEW_MS }) }),
  async (target, { skewMs }, context) => {
    const still = context.state().faults.find((fault) => fault.kind === 'process' && fault.target === target);
    if (still !== undefined)
      throw new RangeError(
        `${target} cannot be told of a clock, for it is ${still.summary} (${still.id}): npm run sim -- fault heal ${still.id}`,
      );
    await context.setClock(target, skewMs);
    const summary = `its clock is ${showDuration(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead'}`;
    return { kind: 'clock', target, summary, heal: () => context.setClock(target, 0) };
  },
);
