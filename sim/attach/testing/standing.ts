import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readFileSync } from 'node:fs';
import { readProxies } from '../../faults/proxy-view.ts';
import { withClient } from '../../postgres/provision.ts';
import { attachedSqsDepth, mnsDepth } from '../../status/queue-depth.ts';
import { awsRegion } from '../../topology/environment.ts';
import type { Brought } from './brought.ts';

/** What is there of the user's, asked past the twin and with the user's own keys. */
export interface Standing {
  readonly products: readonly string[];
  readonly worldSecrets: readonly string[];
  readonly chinaSecrets: string;
  readonly proxies: readonly string[];
}

/** Throws where something of it is gone altogether: a table, a queue. */
export async function standingOf(brought: Brought): Promise<Standing> {
  const { database, localStackUrl, worldKey, worldQueueUrl, chinaQueueUrl, chinaKey } = brought;
  const secrets = new SecretsManagerClient({ endpoint: localStackUrl, region: awsRegion, credentials: worldKey });
  const [products, listed, proxies] = await Promise.all([
    withClient(database.url, (client) => client.query<{ sku: string }>('SELECT sku FROM catalog.product ORDER BY sku')),
    secrets.send(new ListSecretsCommand({ MaxResults: 100 })),
    readProxies(brought.toxiproxyUrl),
    attachedSqsDepth(worldQueueUrl, worldKey),
    mnsDepth(chinaQueueUrl, chinaKey),
  ]);
  secrets.destroy();
  return {
    products: products.rows.map(({ sku }) => sku),
    worldSecrets: (listed.SecretList ?? []).map(({ Name = '' }) => Name).toSorted(),
    chinaSecrets: readFileSync(brought.chinaSecretsFile, 'utf8'),
    proxies: Object.keys(proxies),
  };
}
