/** Where the components of a twin come from. */
export const drivers = ['embedded', 'docker'] as const;
export type Driver = (typeof drivers)[number];

/**
 * How near a behaviour is to the vendor's. `exact`: the vendor's own client sees what the vendor documents. `approximated`: it is there, but
 * differs in what the reason says. `absent`: it is refused, or missing, as the reason says.
 */
export type Fidelity =
  | 'exact'
  | { readonly approximated: string }
  /** `notShown` says why no test can see the refusal; without it there must be one that does. */
  | { readonly absent: string; readonly notShown?: string };

export interface Behaviour {
  /** One plain sentence. */
  readonly says: string;
  readonly fidelity: Readonly<Record<Driver, Fidelity>>;
}

/** What runs behind a component: an npm package, a service of compose.yaml, or a program of this repository. */
export type Engine =
  | { readonly npm: string; readonly title: string }
  | { readonly compose: string; readonly title: string }
  | { readonly own: string };

export interface Component<Id extends string = string> {
  /** Also the folder of its cases, and what `--only` takes. */
  readonly name: string;
  readonly title: string;
  /** The parts in front first. Both drivers the same list: the same program on both. */
  readonly engines: Readonly<Record<Driver, readonly Engine[]>>;
  readonly behaviours: Readonly<Record<Id, Behaviour>>;
}

/** A component with the names of its behaviours kept, so that a test can name none that is not there. */
export const component = <const Id extends string>(spec: Component<Id>): Component<Id> => spec;

/** A behaviour that is exact on both drivers. */
export const exact = (says: string): Behaviour => ({ says, fidelity: { embedded: 'exact', docker: 'exact' } });

/** A behaviour that differs on one driver or on both. */
export const differing = (says: string, fidelity: Readonly<Partial<Record<Driver, Fidelity>>>): Behaviour => ({
  says,
  fidelity: { embedded: 'exact', docker: 'exact', ...fidelity },
});

export const isAbsent = (fidelity: Fidelity): fidelity is Extract<Fidelity, { absent: string }> =>
  typeof fidelity === 'object' && 'absent' in fidelity;

/** The name of a behaviour among those of all components. */
export const behaviourId = (component: { readonly name: string }, id: string): string => `${component.name}.${id}`;
