import { Toxiproxy } from 'toxiproxy-node-client';
import { placeOf } from '../attach/attachments.ts';
import { nowhere } from '../faults/link-state.ts';
import { changeProxy } from '../faults/toxics.ts';
import { links } from '../topology/links.ts';
import { portTries, randomPort } from '../topology/ports.ts';
import type { Registry } from './registry.ts';

/** Makes every link's proxy on the server; those that had an address get it again, for their consumers hold it. */
export async function createProxies(registry: Registry, toxiproxyUrl: string): Promise<void> {
  const server = new Toxiproxy(toxiproxyUrl);
  const made = await Promise.all(
    links.map(async ({ name, upstream }) => {
      const url = registry.address(upstream);
      const upstreamAt = registry.state.detours[name] ?? (url === undefined ? nowhere : placeOf(url));
      return [name, await createProxy(server, name, upstreamAt, registry.state.links[name])] as const;
    }),
  );
  registry.update({ links: Object.fromEntries(made) });
  // Whatever announced itself in between found no proxy to point.
  const upstreams = [...new Set(links.map((link) => link.upstream))];
  await Promise.all(upstreams.map((upstream) => pointLinks(registry, upstream, registry.address(upstream) ?? '')));
}

/**
 * Answers where the proxy listens: at `known`, or where it was not known at a port that nobody else is given. A link that is cut gives its port up, and
 * has to get it again when it is healed.
 */
async function createProxy(server: Toxiproxy, name: string, upstream: string, known: string | undefined): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const listen = known ?? `127.0.0.1:${randomPort()}`;
    try {
      return (await server.createProxy({ name, listen, upstream, enabled: true })).listen;
    } catch (error) {
      if (known !== undefined || attempt === portTries) throw error;
    }
  }
}

/** Leads the links of an upstream to where it listens now, but for those that a fault leads elsewhere. A cut link stays cut, toxics stay. */
export async function pointLinks(registry: Registry, upstream: string, url: string): Promise<void> {
  const toxiproxyUrl = registry.address('toxiproxy');
  if (url === '' || toxiproxyUrl === undefined || Object.keys(registry.state.links).length === 0) return;
  const affected = links.filter((link) => link.upstream === upstream && registry.state.detours[link.name] === undefined);
  await Promise.all(affected.map(({ name }) => leadProxy(toxiproxyUrl, name, placeOf(url))));
}

async function leadProxy(toxiproxyUrl: string, name: string, upstream: string): Promise<void> {
  const proxy = await new Toxiproxy(toxiproxyUrl).get(name);
  if (proxy.upstream !== upstream) await changeProxy(toxiproxyUrl, name, { upstream });
}

/** Leads one link to `hostPort`, also when its upstream comes back elsewhere; null leads it to its upstream again. Throws RangeError for an unknown link. */
export async function detourLink(registry: Registry, name: string, hostPort: string | null): Promise<void> {
  const link = links.find((candidate) => candidate.name === name);
  const toxiproxyUrl = registry.address('toxiproxy');
  if (link === undefined || toxiproxyUrl === undefined) throw new RangeError(`there is no link ${name}`);
  const { [name]: _, ...others } = registry.state.detours;
  registry.update({ detours: hostPort === null ? others : { ...others, [name]: hostPort } });
  const url = registry.address(link.upstream);
  await leadProxy(toxiproxyUrl, name, hostPort ?? (url === undefined ? nowhere : placeOf(url)));
}
