import { Toxiproxy } from 'toxiproxy-node-client';
import { links } from '../topology/links.ts';
import type { Registry } from './registry.ts';

/** Where a link leads while its upstream is not there yet: connections are refused, as they are in life. */
const nowhere = '127.0.0.1:1';

/** Makes every link's proxy on the server; those that had an address get it again, for their consumers hold it. */
export async function createProxies(registry: Registry, toxiproxyUrl: string): Promise<void> {
  const server = new Toxiproxy(toxiproxyUrl);
  const made = await Promise.all(
    links.map(async ({ name, upstream }) => {
      const url = registry.address(upstream);
      const listen = registry.state.links[name] ?? '127.0.0.1:0';
      const proxy = await server.createProxy({ name, listen, upstream: url === undefined ? nowhere : hostOf(url), enabled: true });
      return [name, proxy.listen] as const;
    }),
  );
  registry.update({ links: Object.fromEntries(made) });
  // Whatever announced itself in between found no proxy to point.
  const upstreams = [...new Set(links.map((link) => link.upstream))];
  await Promise.all(upstreams.map((upstream) => pointLinks(registry, upstream, registry.address(upstream) ?? '')));
}

/** Leads the links of an upstream to where it listens now. A cut link stays cut, toxics stay. */
export async function pointLinks(registry: Registry, upstream: string, url: string): Promise<void> {
  const toxiproxyUrl = registry.address('toxiproxy');
  if (url === '' || toxiproxyUrl === undefined || Object.keys(registry.state.links).length === 0) return;
  const server = new Toxiproxy(toxiproxyUrl);
  const affected = links.filter((link) => link.upstream === upstream);
  await Promise.all(
    affected.map(async ({ name }) => {
      const proxy = await server.get(name);
      const wanted = hostOf(url);
      if (proxy.upstream === wanted) return;
      await proxy.update({ enabled: proxy.enabled, listen: proxy.listen, upstream: wanted });
    }),
  );
}

/** The `host:port` of a URL of any scheme. */
export function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port}`;
}
