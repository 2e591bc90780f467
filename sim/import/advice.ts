import type { LifeReport } from './life/report.ts';
import { answeredItems, type Report } from './report.ts';

/** What to do about an import that failed: each line a next step that fits whose fault it was. */
export function adviceOn(report: Report): string {
  const steps: string[] = [];
  if (report.problem?.fault === 'unavailable') steps.push('npm run sim:status   shows what is not running');
  if (answeredItems(report) > 0) {
    const again = report.problem?.fault === 'file' ? 'the mended file' : 'the same file';
    steps.push(`What was imported before is consistent; importing ${again} again writes only what is missing.`);
  } else if (report.problem?.fault === 'file') {
    steps.push('No price was written. npm run sim -- import --help   says what a file must hold; --sample takes one that fits.');
  }
  return steps.join('\n');
}

/** The same of a shop's life. */
export function lifeAdviceOn({ problem, orders }: LifeReport): string {
  const steps: string[] = [];
  if (problem?.fault === 'unavailable') steps.push('npm run sim:status   shows what is not running');
  if (orders.ordersRecorded + orders.ordersKnown > 0) steps.push('What was recorded stays; the same command goes on with what is missing.');
  else if (problem?.fault === 'file')
    steps.push('No order was recorded. npm run sim -- import --help   says what a file must hold; --sample takes one that fits.');
  return steps.join('\n');
}
