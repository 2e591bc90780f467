import { Type } from 'typebox';
import { applyCloudFault } from './cloud-fault.ts';
import { regionOf } from './fault-region.ts';
import { faultKind, type FaultKind } from './kind.ts';

/** The names of secrets; all of them, where none is named. */
const Params = Type.Object({ names: Type.Array(Type.String({ minLength: 1 })) });

/**
 * The store refuses to be read, as it does where a role lacks the permission. Our own stand-ins refuse by themselves; to LocalStack the link is led by way of
 * what refuses in its place.
 */
const deny = faultKind(Params, async (target, { names }, context) => {
  const denied = names.length === 0 ? 'every secret' : names.join(', ');
  const applied = await applyCloudFault(context, {
    target,
    fault: 'deny',
    body: { names },
    isLed: regionOf(target) === 'world' && context.state().mode === 'docker',
    summaryOf: ({ seen, struck }) => `denies ${denied}: refused ${struck} of ${seen} reads`,
  });
  return { kind: 'secret-deny', target, ...applied };
});

export const secretKinds: Readonly<Record<string, FaultKind>> = { 'secret-deny': deny };
