/**
 * How much a random or exhaustive test takes on. `npm test` tries enough to notice what broke; `npm test -- --full`, which CI runs, tries all that the
 * SPEC promises to try. A number in the test's own variable goes before both.
 */
export interface Effort {
  readonly usual: number;
  readonly full: number;
}

export const isFull = (env: NodeJS.ProcessEnv): boolean => env['CHAOS_EFFORT'] === 'full';

export function casesOf(env: NodeJS.ProcessEnv, variable: string, { usual, full }: Effort): number {
  const asked = Number(env[variable] ?? '');
  return Number.isInteger(asked) && asked > 0 ? asked : isFull(env) ? full : usual;
}
