import { linkParams, linkTargets, type LinkKind, type LinkOptions } from '../../faults/link-request.ts';
import { showDuration } from '../../faults/quantities.ts';
import { collectLinks } from '../../status/collect.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, requireTwin } from '../control-client.ts';
import { UsageFailure } from '../failure.ts';
import type { FaultOptions } from '../faults.ts';
import { showLinks } from '../links.ts';
import { print, printJson } from '../screen.ts';

/** Puts a fault on the links that names mean, and shows them as they are then. */
export async function breakLinks(
  config: CliConfig,
  kind: LinkKind,
  names: readonly string[],
  options: FaultOptions & LinkOptions & { readonly direction?: string },
): Promise<void> {
  const { targets, params } = requestOf(kind, names, options);
  const { supervisor } = await requireTwin(config.paths);
  await askSupervisor(supervisor, 'POST', '/faults', { kind, targets, forMs: options.for ?? null, params });
  const found = await collectLinks(await fetchState(supervisor));
  const broken = Object.fromEntries(Object.entries(found).filter(([name]) => targets.includes(name)));
  if (options.json === true) return printJson(broken);
  print(showLinks(broken));
  if (options.for !== undefined) print(`Heals in ${showDuration(options.for)}.`);
}

function requestOf(kind: LinkKind, names: readonly string[], options: LinkOptions & { readonly direction?: string }) {
  try {
    return { targets: linkTargets(names, options.direction, options.preset), params: linkParams(kind, options) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageFailure(error.message, `npm run sim -- fault ${kind} --help\nnpm run sim -- fault list`);
  }
}
