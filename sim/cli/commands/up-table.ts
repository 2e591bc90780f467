import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import { attachedUrl, kindAndVersion } from '../../status/versions.ts';
import type { TwinState } from '../../supervisor/state.ts';
import { staffAddress } from '../../topology/environment.ts';
import { components } from '../../topology/processes.ts';
import { regions, services } from '../../topology/regions.ts';
import { shownUrl } from '../../status/collect.ts';
import { stateOf } from '../../status/process-states.ts';
import { layOut, paintState } from '../screen.ts';

/** What `up` ends with: where everything is, and what to do next. */
export function showUp(state: TwinState): string {
  const rows = [
    ...components
      .filter(({ name }) => isThere(state, name))
      .map(({ name, title }) => {
        const { kind, version } = kindAndVersion(name, state);
        return [
          name,
          pc.dim(`${title} (${kind}${version === '' ? '' : ` ${version}`})`),
          shownUrl(state, name) ?? '',
          paintState(stateOf(state, name)) + whyNot(state, name),
        ];
      }),
    ...state.regions.flatMap((region) =>
      services.map((service) => {
        const name = `${region}:${service}`;
        return [name, pc.dim('service'), state.addresses[name] ?? '', paintState(stateOf(state, name))];
      }),
    ),
  ];
  const headline = `The twin is up${state.readyAfterMs === null ? '' : ` (ready after ${showDuration(state.readyAfterMs)})`}.`;
  return [
    layOut(rows, ''),
    '',
    pc.bold(headline),
    showPlaces(state),
    ...showFilling(state),
    '',
    ...showSignIn(state),
    '',
    showNext(state),
  ].join('\n');
}

/** Why a part of the whole twin is not started in this one. */
function whyNot(state: TwinState, name: string): string {
  return name === 'dns' && state.regions.length < regions.length
    ? pc.dim(' (it tells the regions apart: npm run sim:up adds the other)')
    : '';
}

/** The twin reads the codes out of a sink of its own; what is attached delivers them. */
function showSignIn(state: TwinState): string[] {
  const as = `Sign in to the admin panel as ${pc.bold(staffAddress)}; the code`;
  const attached = attachedUrl(state, 'mail');
  if (attached !== undefined) return [`${as} is mailed through ${attached}.`];
  const more = state.secondFactor ? ['The panel then has you add a second factor, and asks for it from then on.'] : [];
  return [`${as} that is mailed is shown by`, `  npm run sim -- otp ${staffAddress}`, ...more];
}

/** What `up` says of a twin that is up: where to go, and what to do next. */
export function showUpAlready(state: TwinState): string {
  const flags = [
    state.mode === 'docker' ? '--docker' : '',
    state.image ? '--image' : '',
    state.split ? '--split' : '',
    state.secondFactor ? '--second-factor' : '',
  ].filter((flag) => flag !== '');
  const anew = pc.dim(`To start it anew: npm run sim:down && npm run sim:up${flags.length > 0 ? ` -- ${flags.join(' ')}` : ''}`);
  return [
    `${pc.bold('The twin is up')}${state.image ? ', from the image' : ''}, since ${state.startedAt}. ${anew}`,
    showPlaces(state),
    ...showAlone(state),
    '',
    showNext(state),
  ].join('\n');
}

/** Does this twin run what the name's region offers? What belongs to no region is always there. */
const isThere = (state: TwinState, name: string): boolean =>
  state.regions.some((region) => name.startsWith(`${region}:`)) || !regions.some((region) => name.startsWith(`${region}:`));

/** What a world alone lacks. */
function showAlone(state: TwinState): string[] {
  if (state.regions.length === regions.length) return [];
  return ['', `The world runs alone. ${pc.bold('npm run sim:up')}   adds China, and fills it from the world`];
}

/** What happens where China was just added. */
function showFilling(state: TwinState): string[] {
  if (state.regions.length < regions.length) return showAlone(state);
  const added = state.progress.includes('china-front') && !state.progress.includes('world-front');
  return added ? ['', 'China is being filled from the world, also while it is written to: npm run sim:status   shows how far'] : [];
}

/** Each place by an address that answers: a front has nothing at its root. */
function showPlaces(state: TwinState): string {
  const products = (front: string): string => {
    const url = state.addresses[front];
    return url === undefined ? '' : `${url}/v1/products`;
  };
  return layOut([
    ['world', products('world:front')],
    ...(state.regions.includes('china') ? [['China', products('china:front')]] : []),
    ['admin', `${shownUrl(state, 'admin') ?? ''}${state.adminPanel === 'built' ? '' : pc.dim('   (the panel is being built)')}`],
    ['mail', shownUrl(state, 'mail') ?? ''],
  ]);
}

function showNext(state: TwinState): string {
  const both = state.regions.length === regions.length;
  const commands = [
    both
      ? ['npm run sim -- import --sample', pc.dim('a small shop lives: customers, orders and returns in both regions')]
      : ['npm run sim -- import --sample --regions-map "*=world"', pc.dim('a small shop lives: customers, orders and returns')],
    ...(both ? [['npm run sim -- fault cut border --for 30s', pc.dim('nothing crosses for half a minute')]] : []),
    ['npm run sim:status', pc.dim('what runs, the links, and how far sync is')],
  ];
  return `To try next:\n${layOut(commands)}`;
}
