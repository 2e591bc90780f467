import { spawn } from 'node:child_process';
import { queueOf } from '../../attach/attachments.ts';
import { regionOf } from '../../attach/environment.ts';
import { inspectorUrl } from '../../status/collect.ts';
import { attachedUrl } from '../../status/versions.ts';
import { readCredentials } from '../../supervisor/secrets.ts';
import type { TwinPaths, TwinState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, requireTwin } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';

/** Runs a command with the twin in its environment, and ends as it ends. */
export async function exec(config: CliConfig, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  const { state } = await requireTwin(config.paths);
  const child = spawn(program, args, { stdio: 'inherit', env: { ...config.environment, ...twinEnvironment(config.paths, state) } });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? `the command ${program} was not found` : `${program} could not be run: ${cause.message}`;
      reject(new CommandFailure(why, undefined, { cause }));
    });
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}

/** The twin's endpoints under the vendors' own names, round the links. */
export function twinEnvironment(paths: TwinPaths, state: TwinState): Record<string, string> {
  const world = readCredentials(paths, 'world');
  const china = readCredentials(paths, 'china');
  // The clients want a service's endpoint, and what is attached may name a queue.
  const endpoint = (queue: string): string => queueOf(addressIn(state, queue)).endpoint;
  return {
    AWS_ENDPOINT_URL_SQS: endpoint('world:queue'),
    AWS_ENDPOINT_URL_SNS: addressIn(state, 'sms:sns'),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addressIn(state, 'world:secrets'),
    AWS_REGION: regionOf(addressIn(state, 'world:queue')),
    AWS_ACCESS_KEY_ID: world.accessKeyId,
    AWS_SECRET_ACCESS_KEY: world.secretAccessKey,
    ...(world.sessionToken && { AWS_SESSION_TOKEN: world.sessionToken }),
    ALIBABA_CLOUD_ACCESS_KEY_ID: china.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: china.secretAccessKey,
    ...(china.sessionToken && { ALIBABA_CLOUD_SECURITY_TOKEN: china.sessionToken }),
    MNS_ENDPOINT: endpoint('china:queue'),
    KMS_ENDPOINT: addressIn(state, 'china:secrets'),
    DYSMS_ENDPOINT: addressIn(state, 'sms:dysms'),
    TOXIPROXY_URL: addressIn(state, 'toxiproxy'),
    WORLD_DATABASE_URL: inspectorUrl(paths, state, 'world'),
    CHINA_DATABASE_URL: inspectorUrl(paths, state, 'china'),
    WORLD_API_URL: addressIn(state, 'world:front'),
    CHINA_API_URL: addressIn(state, 'china:front'),
    ...(attachedUrl(state, 'mail') === undefined && { MAIL_URL: addressIn(state, 'mail') }),
  };
}
