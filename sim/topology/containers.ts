import { processesIn, type Layout } from './processes.ts';

/** The containers of the Docker driver, as compose.yaml names them, with what each offers. */
export const containers = {
  'world-postgres': ['world:postgres'],
  'china-postgres': ['china:postgres'],
  localstack: ['world:queue', 'world:secrets'],
  elasticmq: ['china:queue-backend'],
  toxiproxy: ['toxiproxy'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A container of a twin, known by the name of what runs in it. */
export interface ContainerSpec {
  readonly name: string;
  /** What Compose or the launcher adds to the project's name. */
  readonly suffix: string;
  readonly offers: readonly string[];
}

/** The containers of a twin of this layout: none of what is attached, and the services' where they run from the image. */
export function containersIn(layout: Layout & { readonly image: boolean }): readonly ContainerSpec[] {
  if (layout.mode !== 'docker') return [];
  const own = Object.entries(containers)
    .filter(([, offers]) => !offers.every((component) => layout.attached[component] !== undefined))
    .map(([name, offers]) => ({ name, suffix: `${name}-1`, offers }));
  if (!layout.image) return own;
  const serving = processesIn(layout).filter((spec) => spec.serves !== undefined);
  return [...own, ...serving.map(({ name, announces }) => ({ name, suffix: name, offers: announces }))];
}

/** The containers that a name means: its own, or that of something which it offers. */
export function containersMeant(layout: Parameters<typeof containersIn>[0], name: string): readonly ContainerSpec[] {
  return containersIn(layout).filter((container) => container.name === name || container.offers.includes(name));
}
