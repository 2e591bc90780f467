/** The part of k6's end-of-test data that is shown. */
export interface SummaryData {
  readonly metrics: Record<string, Metric | undefined>;
}

interface Metric {
  readonly values: Record<string, number | undefined>;
  readonly thresholds?: Record<string, { readonly ok: boolean }>;
}

/** The result on one screen: what was done, how long it took, and how each threshold stands. */
export function summaryText({ metrics }: SummaryData): string {
  const number = (name: string, value: string): number => metrics[name]?.values[value] ?? 0;
  const times = ['read', 'write'].map((kind) => {
    const name = `http_req_duration{kind:${kind}}`;
    const shown = ['med', 'p(95)', 'p(99)', 'max'].map((value) => `${value} ${number(name, value).toFixed(0)} ms`).join('   ');
    return `  ${kind.padEnd(7)}${shown}`;
  });
  const thresholds = Object.entries(metrics).flatMap(([name, metric]) =>
    Object.entries(metric?.thresholds ?? {}).map(([condition, { ok }]) => `  ${ok ? 'ok    ' : 'FAILED'} ${name} ${condition}`),
  );
  const done = [
    `${number('http_reqs', 'count')} requests (${number('http_reqs', 'rate').toFixed(0)}/s)`,
    `${(number('http_req_failed', 'rate') * 100).toFixed(2)} % failed`,
    `${(number('checks', 'rate') * 100).toFixed(2)} % of checks passed`,
    `${number('dropped_iterations', 'count')} dropped`,
  ].join(', ');
  // k6 passes the thresholds of what was never measured.
  if (number('iterations', 'count') === 0) return ['', `  ${done}`, '  FAILED nothing was measured', ''].join('\n');
  return ['', `  ${done}`, ...times, '', ...thresholds, ''].join('\n');
}
