import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { checkoutDir } from '../../paths.ts';

/** What the type checker complains of, a line each; none where all is well. Node runs what does not type-check, so this is told and keeps nothing back. */
export function checkTypes(signal: AbortSignal): Promise<string[]> {
  const args = ['-n', '10', join(checkoutDir, 'node_modules/.bin/tsc'), '-b', 'tsconfig.node.json', '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile('nice', args, { cwd: checkoutDir, signal, maxBuffer: 4_000_000 }, (error, stdout) => {
      if (error === null) return resolve([]);
      const complaints = stdout.split('\n').filter((line) => line.includes('error TS'));
      resolve(complaints.length > 0 ? complaints : [`the type checker could not be run: ${error.message.split('\n')[0]}`]);
    });
  });
}
