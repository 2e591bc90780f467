import { Counter, Registry } from 'prom-client';

import { createBoundedLabel } from './bounded-label.ts';

/** Where metrics come from: a registry, and what brings its gauges up to date before they are read. */
export interface MetricsSource {
  readonly registry: Registry;
  readonly refresh?: () => Promise<void>;
}

/** What one service of the process counts. Labels name kinds of things, never a person, an id or a URL. */
export interface Metrics {
  readonly service: string;
  /** The service's own, for gauges and histograms; every series of it has the label `service`. */
  readonly registry: Registry;
  readonly sources: readonly MetricsSource[];
  /** Shows `source` beside the service's own; their metrics must have other names. */
  add(source: MetricsSource): void;
  /** A business counter: `orders_total` is shown as `madeinworld_orders_total`. Throws for a name that is taken. */
  counter(name: CounterName, help: string): { add(count?: number): void };
  /** The same by labels. A label has at most 40 values, then comes `other`. */
  counterBy<const Label extends string>(
    name: CounterName,
    help: string,
    labels: readonly Label[],
  ): { add(labels: Readonly<Record<Label, string>>, count?: number): void };
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
}

type CounterName = `${string}_total`;

const PREFIX = 'madeinworld_';

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const sources: MetricsSource[] = [{ registry }];
  const register = <const Label extends string>(name: CounterName, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
  return {
    service,
    registry,
    sources,
    add: (source) => void sources.push(source),
    counter(name, help) {
      const counter = register(name, help, []);
      return { add: (count = 1) => counter.inc(count) };
    },
    counterBy(name, help, labels) {
      const counter = register(name, help, labels);
      const bounded = labels.map((label) => [label, createBoundedLabel()] as const);
      return {
        add(values, count = 1) {
          counter.labels(...bounded.map(([label, bound]) => bound(values[label]))).inc(count);
        },
      };
    },
    async text() {
      await refreshAll(sources);
      return (await Promise.all(sources.map((source) => source.registry.metrics()))).join('\n');
    },
  };
}

export async function refreshAll(sources: readonly MetricsSource[]): Promise<void> {
  await Promise.all(sources.flatMap(({ refresh }) => (refresh === undefined ? [] : [refresh()])));
}
