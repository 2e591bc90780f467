import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { databaseName, provision } from '../postgres/provision.ts';
import { readCredentials, readRolePasswords, readSecrets } from '../supervisor/secrets.ts';
import type { TwinPaths } from '../supervisor/state.ts';
import { containers } from '../topology/containers.ts';
import type { Region } from '../topology/regions.ts';
import { fillLocalStack } from './localstack.ts';
import { untilToxiproxy } from './toxiproxy-ready.ts';

const run = promisify(execFile);
const answerWithinMs = 60_000;

/** What a container of compose.yaml is for the twin. */
export interface Offer {
  /** The names under which the twin knows what it offers. */
  readonly components: readonly string[];
  /** Fills it with what the twin needs of it and announces where it listens now. May be repeated. */
  offer(): Promise<void>;
}

export interface OfferContext {
  readonly paths: TwinPaths;
  readonly project: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly announce: (name: string, url: string) => void;
}

/** The offers of all containers, by the names of compose.yaml. */
export function createOffers({ paths, project, environment, announce }: OfferContext): Readonly<Record<string, Offer>> {
  const addressOf = (service: string, port: number): Promise<string> => publishedAddress(`${project}-${service}-1`, port);
  const postgres = (region: Region): Offer => ({
    components: containers[`${region}-postgres`],
    async offer() {
      const address = await addressOf(`${region}-postgres`, 5432);
      await provision(`postgres://postgres:${environment['POSTGRES_PASSWORD']}@${address}/postgres`, readRolePasswords(paths, region));
      announce(`${region}:postgres`, `postgres://${address}/${databaseName}`);
    },
  });
  return {
    'world-postgres': postgres('world'),
    'china-postgres': postgres('china'),
    localstack: {
      components: containers.localstack,
      async offer() {
        const endpoint = `http://${await addressOf('localstack', 4566)}`;
        await fillLocalStack({ endpoint, credentials: readCredentials(paths, 'world'), secrets: readSecrets(paths, 'world') });
        announce('world:queue', endpoint);
        announce('world:secrets', endpoint);
      },
    },
    elasticmq: {
      components: containers.elasticmq,
      async offer() {
        const url = `http://${await addressOf('elasticmq', 9324)}`;
        await untilAnswered(url);
        announce('china:queue-backend', url);
      },
    },
    toxiproxy: {
      components: containers.toxiproxy,
      async offer() {
        const url = `http://127.0.0.1:${environment['TOXIPROXY_PORT']}`;
        await untilToxiproxy(url);
        announce('toxiproxy', url);
      },
    },
  };
}

/** The `host:port` at which a container's port is published now: it is another one after each start. */
async function publishedAddress(container: string, port: number): Promise<string> {
  const { stdout } = await run('docker', ['port', container, `${port}/tcp`]);
  const [address = ''] = stdout.trim().split('\n');
  return address;
}

/** Any answer will do. Throws the last error when there is none within a minute. */
async function untilAnswered(url: string): Promise<void> {
  for (const startMs = Date.now(); ; await sleep(100)) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      return;
    } catch (error) {
      if (Date.now() - startMs > answerWithinMs) throw error;
    }
  }
}
