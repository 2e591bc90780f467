import { grounds } from '#contracts/residency.ts';
import type { ColumnPolicy, EntityPolicy, MergeRule } from '#contracts/sync-policy.ts';

const code = (text: string): string => `\`${text}\``;

function columnRow(name: string, column: ColumnPolicy): string {
  return column.crosses ? `| ${code(name)} | crosses | ${column.ground} |` : `| ${code(name)} | stays home | ${column.why} |`;
}

const mergeRules: Readonly<Record<MergeRule['rule'], string>> = {
  row: 'the last writer wins the row',
  parts: 'the last writer wins each group of columns; states only move forward, and the furthest wins; counters add up',
  'home-region': 'only the home region of a row writes it',
};

function entitySection({ entity, key, columns, merge }: EntityPolicy): string {
  return [
    `## ${entity}`,
    '',
    `Merge: ${mergeRules[merge.rule]}.`,
    '',
    '| column | | ground, or why not |',
    '|---|---|---|',
    `| ${code(key)} | crosses as the key | names the row in items, queue messages, dead letters, journals and logs; must not be made from personal information |`,
    ...Object.entries(columns).map(([name, column]) => columnRow(name, column)),
    '',
  ].join('\n');
}

function groundsSection(policies: readonly EntityPolicy[]): string {
  const uses = policies.flatMap(({ columns }) => Object.values(columns)).flatMap((column) => (column.crosses ? [column.ground] : []));
  const rows = Object.entries(grounds).flatMap(([name, { meaning, conditions }]) => {
    const count = uses.filter((ground) => ground === name).length;
    return [`### ${name}`, '', meaning, '', ...conditions.map((condition) => `- ${condition}`), '', `Named by ${count} columns today.`, ''];
  });
  return ['## Grounds', '', 'The list is closed. What fits none of these stays home.', '', ...rows].join('\n');
}

const introduction = `# What crosses the border, and on what ground

Made from \`services/contracts/sync-policy.ts\` and \`services/contracts/residency.ts\` by \`node services/sync/residency/main.ts\`; \`npm run check\` fails where it is out of date. Engineering's reading, not
legal advice: whoever answers for the law signs off a new ground or column.

A column crosses only if its entity's policy says so and names a ground. What no policy names stays home: a column, a table, a schema (\`auth\` whole: accounts, sessions, codes). The stamp of a row
(version, origin, vector: when it was written, in which region, over what) crosses with it. How this is enforced stands in \`docs/security.md\`.
`;

/** The residency page, from the policies. Pure. */
export function residencyPage(policies: readonly EntityPolicy[]): string {
  return [introduction, ...policies.map(entitySection), groundsSection(policies)].join('\n');
}
