import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

import { ConfigError } from '../errors.ts';
import { parseCountries, toCountries } from './countries.ts';
import type { SmsSender } from './sms.ts';

const HttpUrl = Type.String({ pattern: '^https?://' });

/** Where text messages go. The AWS SDK reads what it needs besides (AWS_REGION, credentials) from the environment by itself. */
export const SmsConfig = Type.Object({
  /** Without it there are no text messages. */
  SMS_PROVIDER: Type.Optional(Type.Union([Type.Literal('sns'), Type.Literal('dysms')])),
  /** Calling codes, or longer beginnings of numbers, to which messages may be sent: `86,44`. To all others none is. */
  SMS_COUNTRIES: Type.String({ default: '' }),
  /** Who writes: the approved signature of Dysms, which wants one; the SenderID of SNS. */
  SMS_SIGN_NAME: Type.Optional(Type.String({ minLength: 1 })),
  /** For Dysms: `{"order-shipped.zh":"SMS_123456789"}`, the vendor's code of each of our templates. */
  SMS_TEMPLATES: Type.Optional(Type.String({ minLength: 2 })),
  AWS_ENDPOINT_URL_SNS: Type.Optional(HttpUrl),
  DYSMS_ENDPOINT: Type.String({ pattern: '^https?://', default: 'https://dysmsapi.aliyuncs.com' }),
  ALIBABA_CLOUD_CREDENTIALS_URI: Type.Optional(HttpUrl),
});
export type SmsConfig = Static<typeof SmsConfig>;

const Templates = Type.Record(Type.String(), Type.String({ minLength: 1 }));
/** AWS: up to eleven letters and digits, of which one is a letter. */
const SENDER_ID = /^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/;

/**
 * The sender of the vendor that the configuration names; undefined where it names none. Throws ConfigError. The vendor's SDK is loaded when the first message is sent:
 * services that send few must not start later for it.
 */
export function openSms(config: SmsConfig): SmsSender | undefined {
  const provider = config.SMS_PROVIDER;
  if (provider === undefined) return undefined;
  const countries = parseCountries(config.SMS_COUNTRIES);
  if (countries === undefined) throw new ConfigError(['SMS_COUNTRIES must be calling codes, such as 86,44']);
  return toCountries(countries, whenNeeded(provider === 'sns' ? snsOf(config) : dysmsOf(config)));
}

type Open = () => Promise<SmsSender>;

function snsOf({ AWS_ENDPOINT_URL_SNS: endpoint, SMS_SIGN_NAME: signName }: SmsConfig): Open {
  if (signName !== undefined && !SENDER_ID.test(signName)) throw new ConfigError(['SMS_SIGN_NAME must be a SenderID']);
  return async () => (await import('./sns.ts')).openSnsSender({ endpoint, signName });
}

function dysmsOf(config: SmsConfig): Open {
  const { SMS_SIGN_NAME: signName, SMS_TEMPLATES: text, DYSMS_ENDPOINT: endpoint, ALIBABA_CLOUD_CREDENTIALS_URI: credentialsUri } = config;
  if (signName === undefined) throw new ConfigError(['SMS_SIGN_NAME is missing']);
  if (text === undefined) throw new ConfigError(['SMS_TEMPLATES is missing']);
  const templates = new Map(Object.entries(templatesIn(text)));
  return async () => (await import('./dysms.ts')).openDysmsSender({ endpoint, signName, templates, credentialsUri });
}

function templatesIn(text: string): Static<typeof Templates> {
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(Templates, value)) return value;
  } catch {
    // Said below: a parser quotes what it reads.
  }
  throw new ConfigError(['SMS_TEMPLATES must be a JSON object of texts']);
}

function whenNeeded(open: Open): SmsSender {
  let opening: Promise<SmsSender> | undefined;
  return {
    send: async (sms) => (await (opening ??= open())).send(sms),
    // What could not be opened has nothing to close; its error went to whoever sent.
    close: () => void opening?.then((opened) => opened.close()).catch(() => undefined),
  };
}
