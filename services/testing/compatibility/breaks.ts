import type { Surface } from './surface.ts';

const tableOf = (column: string): string => column.slice(0, column.lastIndexOf('.'));

/**
 * What somebody who was written for `before` may stumble over after it has become `after`: what is gone or means something else, what must be given that nobody gives,
 * and what is refused that was taken. Empty where a service of the release before works on. Pure.
 */
export function breaksOf(before: Surface, after: Surface): string[] {
  const tables = new Set([...before.columns.keys()].map(tableOf));
  return [
    ...[...before.columns].flatMap(([name, { type, notNull, filled }]) => {
      const now = after.columns.get(name);
      if (now === undefined) return [`${name} is gone`];
      return [
        ...(now.type === type ? [] : [`${name} was ${type} and is ${now.type}`]),
        ...(now.notNull && !notNull ? [`${name} must not be null any more`] : []),
        ...(filled && !now.filled && now.notNull ? [`${name} is not filled by itself any more`] : []),
      ];
    }),
    ...[...after.columns]
      .filter(([name, { notNull, filled }]) => notNull && !filled && tables.has(tableOf(name)) && !before.columns.has(name))
      .map(([name]) => `${name} is new and must be given`),
    ...[...before.functions].flatMap(([name, result]) => {
      const now = after.functions.get(name);
      if (now === undefined) return [`${name} is gone`];
      return now === result ? [] : [`${name} answered ${result} and answers ${now}`];
    }),
    ...[...before.grants].filter((promise) => !after.grants.has(promise) && isThere(promise, after)).map((promise) => `${promise} no more`),
    ...[...after.rules]
      .filter(([rule, columns]) => !before.rules.has(rule) && concernsOld(rule, columns, before))
      .map(([rule]) => `new rule on ${rule}`),
  ];
}

/** What is gone altogether has been told already. */
function isThere(promise: string, after: Surface): boolean {
  const what = promise.replace(/^\S+ may \S+ /, '');
  return after.functions.has(what) || [...after.columns.keys()].some((column) => column.startsWith(`${what}.`));
}

/** Whether a rule may refuse what was written for `before`: it looks at no column that nobody then knew. */
function concernsOld(rule: string, columns: readonly string[], before: Surface): boolean {
  const table = rule.slice(0, rule.indexOf(': '));
  const known = [...before.columns.keys()].some((column) => tableOf(column) === table);
  return known && columns.every((column) => before.columns.has(`${table}.${column}`));
}
