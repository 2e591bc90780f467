import type { Traffic } from '../connection.ts';
import type { ProxySettings } from '../proxy.ts';

/** Bytes through each proxy, counted when a connection ends. */
export interface Metrics {
  count(proxy: ProxySettings, traffic: readonly Traffic[]): void;
  /** In Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string;
}

const HANDLER_LINES = [
  '# HELP promhttp_metric_handler_errors_total Total number of internal errors encountered by the promhttp metric handler.',
  '# TYPE promhttp_metric_handler_errors_total counter',
  'promhttp_metric_handler_errors_total{cause="encoding"} 0',
  'promhttp_metric_handler_errors_total{cause="gathering"} 0',
];

const escaped = (label: string) => label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function lines(name: string, samples: ReadonlyMap<string, number>): string[] {
  if (samples.size === 0) return [];
  const sorted = [...samples].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [`# HELP ${name} `, `# TYPE ${name} counter`, ...sorted.map(([labels, value]) => `${name}{${labels}} ${value}`)];
}

export function createMetrics(): Metrics {
  const received = new Map<string, number>();
  const sent = new Map<string, number>();
  const add = (samples: Map<string, number>, labels: string, bytes: number) => samples.set(labels, (samples.get(labels) ?? 0) + bytes);
  return {
    count({ name, listen, upstream }, traffic) {
      for (const { direction, receivedBytes, sentBytes } of traffic) {
        const labels = `direction="${direction}",listener="${escaped(listen)}",proxy="${escaped(name)}",upstream="${escaped(upstream)}"`;
        add(received, labels, receivedBytes);
        add(sent, labels, sentBytes);
      }
    },
    text: () =>
      `${[...HANDLER_LINES, ...lines('toxiproxy_proxy_received_bytes_total', received), ...lines('toxiproxy_proxy_sent_bytes_total', sent)].join('\n')}\n`,
  };
}
