import { meets, type Figure, type Target } from './case.ts';

/** Three significant digits, and thousands in groups. */
export function figureText(value: number | null): string {
  if (value === null) return '-';
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function targetText(target: Target | null, unit: string): string {
  if (target === null) return '';
  const bounds = [
    ...(target.atLeast === undefined ? [] : [`>= ${figureText(target.atLeast)}`]),
    ...(target.atMost === undefined ? [] : [`<= ${figureText(target.atMost)}`]),
  ].join(', ');
  return target.of === 'ratio' ? `${bounds}x` : `${bounds} ${unit}`;
}

function verdictText(figure: Figure): string {
  const met = meets(figure);
  return met === undefined ? '' : met ? 'met' : 'MISSED';
}

const HEADINGS = ['case', 'what', 'ours', 'beside', 'unit', 'ratio', 'target', 'verdict'] as const;
/** Columns of numbers, set to the right. */
const NUMERIC = new Set(['ours', 'beside', 'ratio']);

/** The figures as lines of a table. */
export function tableOf(figures: readonly Figure[]): string[] {
  const rows = figures.map((figure) => [
    figure.case,
    figure.what,
    figureText(figure.ours),
    `${figureText(figure.reference)}${figure.beside === undefined ? '' : ` (${figure.beside})`}`,
    figure.unit,
    figure.ratio === null ? '' : `${figureText(figure.ratio)}x`,
    targetText(figure.target, figure.unit),
    verdictText(figure),
  ]);
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (NUMERIC.has(HEADINGS[column] ?? '') ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(HEADINGS), ...rows.map(line)];
}

/** The figures as JSON, each with its verdict. */
export const jsonOf = (figures: readonly Figure[]): string =>
  JSON.stringify({ figures: figures.map((figure) => ({ ...figure, met: meets(figure) ?? null })) }, null, 2);
