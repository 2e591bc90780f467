import { Toxiproxy } from 'toxiproxy-node-client';
import { readCredentials, readRolePasswords } from '../supervisor/secrets.ts';
import type { Registry } from '../supervisor/registry.ts';
import type { TwinPaths } from '../supervisor/state.ts';
import { links } from '../topology/links.ts';
import { peerOf, regions } from '../topology/regions.ts';
import type { Attachment, Attachments } from './attachments.ts';
import { adoptCredentials } from './credentials.ts';
import { provisionAttached } from './database.ts';
import { requireQueues } from './queues.ts';
import { adoptSecrets } from './secrets.ts';

export interface AttachOptions {
  readonly paths: TwinPaths;
  readonly registry: Registry;
  readonly attachments: Attachments;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Takes what the user has attached into use: keys and secrets first, for the databases' roles get their passwords from there. Throws Error that names the
 * component and what it lacks.
 */
export async function attachAll({ paths, registry, attachments, environment }: AttachOptions): Promise<void> {
  adoptCredentials(paths, attachments, environment);
  for (const region of regions) {
    const secrets = attachments.get(`${region}:secrets`);
    if (secrets === undefined) continue;
    const create = environment['SIM_WORLD_SECRETS_CREATE'] === '1';
    await naming(secrets, () =>
      adoptSecrets({ paths, region, url: secrets.url, create, trust: !attachments.has(`${peerOf(region)}:secrets`) }),
    );
  }
  for (const attachment of attachments.values()) {
    const { component, url, secretUrl } = attachment;
    if (component === 'toxiproxy') await naming(attachment, () => requireToxiproxy(url));
    const queuesOf = regions.find((candidate) => component === `${candidate}:queue`);
    if (queuesOf !== undefined) await naming(attachment, () => requireQueues(queuesOf, url, readCredentials(paths, queuesOf)));
    const region = regions.find((candidate) => component === `${candidate}:postgres`);
    if (region === undefined) {
      registry.setAddress(component, url);
      continue;
    }
    const version = await naming(attachment, () => provisionAttached(secretUrl, readRolePasswords(paths, region)));
    registry.setAddress(component, url, version);
  }
}

/** Throws where no Toxiproxy answers; its client's own errors do not say why. */
async function requireToxiproxy(url: string): Promise<void> {
  const { status } = await fetch(`${url}/version`, { signal: AbortSignal.timeout(5_000) });
  if (status !== 200) throw new Error(`/version is answered with ${status}, so this is no Toxiproxy`);
}

/** Takes the twin's proxies off an attached Toxiproxy. One that does not answer any more keeps them. */
export async function removeProxies(toxiproxyUrl: string): Promise<void> {
  const proxies = await new Toxiproxy(toxiproxyUrl).getAll().catch(() => undefined);
  for (const { name } of links) await proxies?.[name]?.remove();
}

/** What is shown of each attachment. */
export function shownAttachments(attachments: Attachments): Record<string, string> {
  return Object.fromEntries([...attachments.values()].map(({ component, shown }) => [component, shown]));
}

async function naming<Result>({ component, variable }: Attachment, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`the attached ${component} cannot be used (${variable}): ${reasonOf(cause)}`, { cause });
  }
}

/** What went wrong, where the outermost error does not say it: `fetch` says only that it failed. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError && error.cause !== undefined ? reasonOf(error.cause) : error.message;
}
