import pc from 'picocolors';
import { presetNamed, showPath, showRhythm } from '../../faults/preset.ts';
import { presets, type Preset } from '../../faults/presets.ts';
import { collectLinks } from '../../status/collect.ts';
import { selectAllLinks } from '../../topology/links.ts';
import type { CliConfig } from '../config.ts';
import { requireTwin } from '../control-client.ts';
import { UsageFailure } from '../failure.ts';
import { showFaults } from '../faults.ts';
import { healNames } from '../heal.ts';
import { showLinks } from '../links.ts';
import { layOut, print, printJson } from '../screen.ts';

export async function listFaults(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const { state } = await requireTwin(config.paths);
  const found = await collectLinks(state);
  if (options.json === true) return printJson({ faults: state.faults, links: found });
  print(showLinks(found));
  print(state.faults.length === 0 ? '\nNo fault is in force.' : `\n${pc.bold('In force')}\n${showFaults(state.faults)}`);
}

/** Takes faults away. Of links also what others put on them over Toxiproxy's own API. */
export async function heal(config: CliConfig, names: readonly string[], options: { readonly json?: true }): Promise<void> {
  const { faults, links } = await healNames(await requireTwin(config.paths), names);
  if (options.json === true) return printJson({ healed: faults, links });
  if (faults.length === 0 && links.length === 0)
    return print(names.length === 0 ? 'Nothing had a fault.' : `${names.join(', ')} had no fault.`);
  const foreign = links.map((link) => [link, 'what others put on it: healed']);
  print(layOut([...faults.map(({ target, summary }) => [target, `${summary}: healed`]), ...foreign]));
}

/** Shows what presets there are, or one of them. */
export function listPresets(name: string | undefined, options: { readonly json?: true }): void {
  const shown = name === undefined ? presets : [presetOf(name)];
  if (options.json === true) return printJson(shown.map((preset) => ({ ...preset, does: whatItDoes(preset), on: onLinks(preset.links) })));
  print(shown.map(showPreset).join('\n\n'));
}

function presetOf(name: string): Preset {
  try {
    return presetNamed(name);
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error), 'npm run sim -- fault presets');
  }
}

function showPreset(preset: Preset): string {
  const rows = [
    ['does', whatItDoes(preset).join('\n')],
    ['on', `${preset.links.join(', ')} where no link is named`],
    ['measured', preset.measured],
    ['derived', preset.derived],
    ...preset.sources.map((source, index) => [index === 0 ? 'sources' : '', source]),
  ].flatMap(([title = '', text = '']) => text.split('\n').map((line, index) => [pc.dim(index === 0 ? title : ''), line]));
  return `${pc.bold(preset.name)}  ${preset.about}\n${layOut(rows)}`;
}

/** What it does in words: once for all of its links where it does the same to them. */
function whatItDoes({ links, path, rhythm }: Preset): string[] {
  const rhythmWords = rhythm === undefined ? [] : [`${showRhythm(rhythm)}, by a seed`];
  if (path === undefined) return rhythmWords;
  const each = onLinks(links).map((link) => [link, [...showPath(path(link)), ...rhythmWords].join(', ')] as const);
  const alike = new Set(each.map(([, words]) => words));
  return alike.size === 1 ? [...alike] : each.map(([link, words]) => `${link}: ${words}`);
}

function onLinks(names: readonly string[]): string[] {
  return selectAllLinks(names).map((link) => link.name);
}
