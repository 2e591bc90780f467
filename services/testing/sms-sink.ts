import { join } from 'node:path';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

import { standInCredentials, startStandIn } from './stand-in.ts';

const Text = Type.Object({ from: Type.String(), to: Type.Array(Type.String()), text: Type.String(), vendor: Type.String() });
const Listing = Type.Object({ messages: Type.Array(Text) });

/** Both vendors of text messages, as a process of its own. */
export interface SmsSink {
  /** The environment with which their SDKs and our configuration find them. */
  readonly environment: Readonly<Record<string, string>>;
  /** What has come for a number, the newest first. */
  textsTo(number: string): Promise<Static<typeof Text>[]>;
  /** Makes the vendors do otherwise than they do at first. */
  settings(settings: { readonly dysmsLimits: boolean; readonly optedOut: readonly string[] }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the sink; Dysms has approved these templates, contents by code, for the signature `madeinworld`. */
export async function startSmsSink(templates: Readonly<Record<string, string>> = {}): Promise<SmsSink> {
  const approved = Object.entries(templates).flatMap(([code, content]) => ['--dysms-template', `${code}=${content}`]);
  const sink = await startStandIn('mail', {}, (secretsFile, folder) => [
    '--no-smtp',
    '--dir',
    join(folder, 'messages'),
    '--world-secrets',
    secretsFile,
    '--china-secrets',
    secretsFile,
    ...approved,
  ]);
  const url = sink.urlOf('sms');
  return {
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
      AWS_ENDPOINT_URL_SNS: sink.urlOf('sms:sns'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: standInCredentials.secretAccessKey,
      DYSMS_ENDPOINT: sink.urlOf('sms:dysms'),
    },
    async textsTo(number) {
      const answer = await fetch(`${url}/messages?to=${encodeURIComponent(number)}`);
      return Value.Parse(Listing, await answer.json()).messages;
    },
    async settings(settings) {
      const answer = await fetch(`${url}/settings`, { method: 'PUT', body: JSON.stringify(settings) });
      if (!answer.ok) throw new Error(`the sink answered ${answer.status}`);
    },
    stop: () => sink.stop(),
  };
}
