import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startStandIn, type StandIn } from '../../testing/stand-in.ts';
import { systemClock } from '../clock.ts';
import { ConfigError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { createSecrets, type Secrets } from './index.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const Login = Type.Object({ username: Type.String(), password: Type.String() });
const name = 'madeinworld/database/catalog';
const secretOf = (password: string) => ({ [name]: JSON.stringify({ username: 'catalog', password }) });

const providers = [
  {
    provider: 'aws',
    standIn: 'world-cloud',
    environmentOf: (cloud: StandIn) => ({
      SECRETS_PROVIDER: 'aws',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: cloud.urlOf('world:secrets'),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${cloud.urlOf('world:secrets')}/credentials`,
    }),
  },
  {
    provider: 'alibaba',
    standIn: 'china-cloud',
    environmentOf: (cloud: StandIn) => ({
      SECRETS_PROVIDER: 'alibaba',
      KMS_ENDPOINT: cloud.urlOf('china:secrets'),
      ALIBABA_CLOUD_CREDENTIALS_URI: `${cloud.urlOf('china:secrets')}/credentials`,
    }),
  },
] as const;

describe.each(providers)('secrets of $provider', ({ standIn, environmentOf }) => {
  let cloud: StandIn;
  let environment: Record<string, string>;
  let secrets: Secrets;

  beforeAll(async () => {
    cloud = await startStandIn(standIn, secretOf('one'));
    environment = environmentOf(cloud);
    // The vendor's SDK reads the environment of the process by itself.
    Object.assign(process.env, environment);
    secrets = createSecrets({ env: environment, log, clock: systemClock });
  });
  afterAll(async () => {
    secrets.close();
    await cloud.stop();
    for (const variable of Object.keys(environment)) delete process.env[variable];
  });

  it('are read by their names, with credentials that the platform hands out', async () => {
    expect(await secrets.json(name, Login)).toEqual({ username: 'catalog', password: 'one' });
  });

  it('follow a rotation once they are invalidated', async () => {
    await cloud.rotate(secretOf('two'));
    expect(await secrets.json(name, Login)).toMatchObject({ password: 'one' });
    secrets.invalidate(name);
    await expect
      .poll(async () => {
        secrets.invalidate(name);
        return (await secrets.json(name, Login)).password;
      })
      .toBe('two');
  });

  it('that do not exist are named in the error', async () => {
    await expect(secrets.json('madeinworld/none', Login)).rejects.toThrow('secret madeinworld/none cannot be read');
  });
});

describe('the configuration of secrets', () => {
  it.each([{}, { SECRETS_PROVIDER: 'vault' }, { SECRETS_PROVIDER: 'alibaba' }])('%j is refused', (env) => {
    expect(() => createSecrets({ env, log, clock: systemClock })).toThrow(ConfigError);
  });
});
