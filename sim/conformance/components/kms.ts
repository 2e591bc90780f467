import type { Run, Running } from '../drivers/run.ts';
import { accessKey, makeSecretsFile, startStandIn, type SecretsFile } from './stand-in.ts';

export interface KmsTarget extends Running {
  readonly url: string;
  /** What `ALIBABA_CLOUD_CREDENTIALS_URI` names. */
  readonly credentialsUrl: string;
  readonly accessKey: typeof accessKey;
  readonly file: SecretsFile;
}

/** Starts KMS and the credentials endpoint, with one secret `app/database`. The same program on both drivers: nobody else has one. */
export async function startKms(run: Run): Promise<KmsTarget> {
  const file = await makeSecretsFile(run, { 'app/database': '{"username":"app"}' });
  const cloud = await startStandIn('china-cloud', ['--secrets-file', file.path, '--sweep-interval', '0']);
  const url = cloud.urlOf('china:secrets');
  return { url, credentialsUrl: `${url}/credentials`, accessKey, file, stop: async () => void (await cloud.stop()) };
}
