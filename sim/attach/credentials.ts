import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Value } from 'typebox/value';
import { newCredentials, SecretsFile, type Credentials } from '../supervisor/secrets.ts';
import { writeWhole, type TwinPaths } from '../supervisor/state.ts';
import { regions, type Region } from '../topology/regions.ts';
import type { Attachments } from './attachments.ts';

/** The vendors' own variables for a key of each cloud. */
const variables = {
  world: { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY', token: 'AWS_SESSION_TOKEN' },
  china: { id: 'ALIBABA_CLOUD_ACCESS_KEY_ID', secret: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', token: 'ALIBABA_CLOUD_SECURITY_TOKEN' },
} as const;

/**
 * Puts the user's key for each cloud of which something is attached where the twin's services fetch theirs; where nothing is, a key of the user's from an
 * earlier run is replaced. Throws RangeError naming the variables that are missing.
 */
export function adoptCredentials(paths: TwinPaths, attachments: Attachments, environment: NodeJS.ProcessEnv): void {
  for (const region of regions) {
    const needed = [`${region}:queue`, `${region}:secrets`].some((name) => attachments.has(name));
    const mark = `${paths.secrets(region)}.adopted`;
    if (needed) {
      writeCredentials(paths, region, fromEnvironment(region, environment));
      writeWhole(mark, true, 0o600);
    } else if (existsSync(mark)) {
      writeCredentials(paths, region, newCredentials());
      rmSync(mark);
    }
  }
}

function fromEnvironment(region: Region, environment: NodeJS.ProcessEnv): Credentials {
  const { id, secret, token } = variables[region];
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [environment[id], environment[secret], environment[token]];
  const cloud = region === 'world' ? "the world's cloud" : "China's cloud";
  if (accessKeyId === '' || secretAccessKey === '')
    throw new RangeError(`something of ${cloud} is attached, so ${id} and ${secret} must be set`);
  if (region === 'china' && sessionToken === '') {
    throw new RangeError(
      `something of ${cloud} is attached, so ${token} must be set: the vendor's library takes credentials from an address only with an STS token`,
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function writeCredentials(paths: TwinPaths, region: Region, credentials: Credentials): void {
  const file = Value.Parse(SecretsFile, JSON.parse(readFileSync(paths.secrets(region), 'utf8')));
  writeWhole(paths.secrets(region), { ...file, __credentials: credentials }, 0o600);
}
