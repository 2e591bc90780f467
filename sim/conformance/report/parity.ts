import { drivers, isAbsent, type Component, type Engine, type Fidelity } from '../behaviours/behaviour.ts';

const introduction = `# Parity: what the twin is faithful to, and what not

Made from \`sim/conformance/behaviours\` by \`npm run conformance -- --write\`, which writes it only when every behaviour below was shown on both drivers; a unit test fails where
this page is not what that table says.

- **exact**: the vendor's own client, and the one that production uses, see what the vendor documents.
- **approximated**: it is there, and differs in what is said.
- **absent**: it is refused with a clear error that a test has seen, or, where that is impossible, for the reason in brackets.

Every behaviour is one that a test names; what stands nowhere on this page was not looked at. No test here has asked a real cloud: "exact" is the documentation and the vendor's client, not
the service. Run it: \`npm run conformance\`, one component alone with \`-- --only NAME\`.
`;

/** The page \`docs/parity.md\` for these components; \`textOf\` names an engine with its version. */
export function parityPage(components: readonly Component[], textOf: (engine: Engine) => string): string {
  const shown = components.filter(({ behaviours }) => Object.keys(behaviours).length > 0);
  return [introduction, overview(shown), ...shown.map((component) => section(component, textOf))].join('\n');
}

const kinds = ['exact', 'approximated', 'absent'] as const;
const kindOf = (fidelity: Fidelity): (typeof kinds)[number] =>
  fidelity === 'exact' ? 'exact' : isAbsent(fidelity) ? 'absent' : 'approximated';

function overview(components: readonly Component[]): string {
  const rows = components.map((component) => {
    const counts = drivers.map((driver) => {
      const own = Object.values(component.behaviours).map(({ fidelity }) => kindOf(fidelity[driver]));
      return kinds.map((kind) => own.filter((candidate) => candidate === kind).length).join(' / ');
    });
    return `| [${component.title}](#${anchor(component.title)}) | ${counts.join(' | ')} |`;
  });
  return [`| exact / approximated / absent | ${drivers.join(' | ')} |`, '|---|---|---|', ...rows, ''].join('\n');
}

/** As GitHub makes an anchor of a heading. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

function section(component: Component, textOf: (engine: Engine) => string): string {
  const [embedded = '', docker = ''] = drivers.map((driver) => component.engines[driver].map(textOf).join(', in front of '));
  const engines =
    embedded === docker ? [`The same program on both drivers: ${embedded}.`] : [`- embedded: ${embedded}`, `- docker: ${docker}`];
  const rows = Object.values(component.behaviours).map(
    ({ says, fidelity }) => `| ${says} | ${drivers.map((driver) => cell(fidelity[driver])).join(' | ')} |`,
  );
  return [`## ${component.title}`, '', ...engines, '', `| | ${drivers.join(' | ')} |`, '|---|---|---|', ...rows, ''].join('\n');
}

function cell(fidelity: Fidelity): string {
  if (fidelity === 'exact') return 'exact';
  if (!isAbsent(fidelity)) return `**approximated**: ${fidelity.approximated}`;
  return `**absent**: ${fidelity.absent}${fidelity.notShown === undefined ? '' : ` (${fidelity.notShown})`}`;
}
