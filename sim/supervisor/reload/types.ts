import { join } from 'node:path';

import { checkoutDir } from '../../paths.ts';
import { runGroup } from './process-group.ts';

/**
 * What the type checker complains of, a line each; none where all is well. Node runs what does not type-check, so this is told and keeps nothing back.
 *
 * Not by `tsc -b`: that takes a file for checked where its time of change is before that of the last check's record, and so never sees what was saved while a check
 * was under way. By project, every file is compared by its content. The record is its own, so that a check by hand meanwhile writes another.
 */
export async function checkTypes(signal: AbortSignal): Promise<string[]> {
  const tsc = join(checkoutDir, 'node_modules/.bin/tsc');
  const args = ['-n', '10', tsc, '-p', 'tsconfig.node.json', '--tsBuildInfoFile', '.cache/tsc/reload.tsbuildinfo', '--pretty', 'false'];
  const { end, stdout } = await runGroup('nice', args, checkoutDir, signal);
  if (end === 0) return [];
  const complaints = stdout.split('\n').filter((line) => line.includes('error TS'));
  return complaints.length > 0 ? complaints : [`the type checker could not be run: it ended with ${end}`];
}
