import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import type { TwinStatus } from '../../status/collect.ts';

/** The last change of the services' files, and what became of it. */
export function showReload(reload: TwinStatus['reload'], processes: TwinStatus['processes']): string[] {
  if (reload === null) return [];
  const files = `${reload.files.slice(0, 3).join(', ')}${reload.files.length > 3 ? ` and ${reload.files.length - 3} more` : ''}`;
  const down = reload.processes.filter((name) => processes[name]?.state === 'exited' || processes[name]?.state === 'stopped');
  const others = down.length === 0 ? 'the old ones serve on' : `${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not run`;
  const words = {
    reloading: pc.yellow('being started anew'),
    reloaded: pc.green(`served since ${reload.at}${reload.tookMs === null ? '' : `, after ${showDuration(reload.tookMs)}`}`),
    failed: pc.red(`not served: ${others}`),
  };
  const bar = (lines: readonly string[]): string[] => lines.map((line) => `  | ${line}`);
  const types = reload.typeErrors ?? [];
  return [
    '',
    pc.bold('Last change'),
    `  ${files}  ${words[reload.state]}`,
    ...bar(reload.error?.split('\n') ?? []),
    ...(reload.typeErrors === null && reload.state !== 'reloading' ? [pc.dim('  its types are being checked')] : []),
    ...(types.length === 0 ? [] : [`  ${pc.yellow('The type checker says')}`, ...bar(types.slice(0, 10))]),
  ];
}
