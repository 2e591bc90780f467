import { borderLink, links } from './links.ts';
import { smsCountries, smsSignName, smsTemplates } from './sms.ts';
import { frontUpstreams, listeners, peerOf, services, type Region } from './regions.ts';

/** The queue of pointers, which cross the border, and that of events, which stay in their region. */
export const queueName = 'madeinworld-sync';
export const eventQueueName = 'madeinworld-events';
export const queueNames = [queueName, eventQueueName] as const;
export const staffAddress = 'ada@madeinworld.example';
export const awsRegion = 'eu-west-1';

/** The `host:port` on which each link listens. */
export type LinkAddresses = Readonly<Record<string, string>>;

/** The ports that services listened on before a restart, so that they come back where they were. */
export type ServicePorts = Readonly<Record<string, number>>;

/**
 * The environment of a region's services process: every endpoint is a link's, nothing in it is secret.
 * Throws RangeError when a link that the region needs has no address.
 */
export function servicesEnvironment(region: Region, addresses: LinkAddresses, ports: ServicePorts = {}): Record<string, string> {
  const at = (link: string): string => addressOf(addresses, link);
  const peer = peerOf(region);
  const ownPorts = Object.entries(listeners).map(([name, variable]) => [variable, String(ports[name] ?? 0)]);
  return {
    REGION: region,
    SERVICES: services.join(','),
    LISTEN_HOST: '127.0.0.1',
    ...Object.fromEntries(ownPorts),
    LOG_LEVEL: 'info',
    // All that comes to a twin comes from one address: imports, load tests, faults.
    RATE_LIMIT_PER_MINUTE: '1000000',
    PENDING_ORDERS_PER_CLIENT: '0',
    PENDING_UNITS_PER_CLIENT: '0',
    DATABASE_URL: `postgres://${at(`${region}:postgres`)}/madeinworld`,
    ...signInEnvironment(false, undefined),
    // Tests, imports and the panel share one address.
    AUTH_CODES_PER_ADDRESS: '200',
    AUTH_URL: `http://${at(`${region}:auth`)}`,
    MAIL_URL: `smtp://${at(`${region}:mail`)}`,
    MAIL_FROM: 'no-reply@madeinworld.example',
    SMS_COUNTRIES: smsCountries,
    SMS_SIGN_NAME: smsSignName,
    PAYMENT_URL: `http://${at(`${region}:payments`)}`,
    PEER_REGION: peer,
    PEER_URL: `http://${at(borderLink(region))}`,
    QUEUE_NAME: queueName,
    EVENT_QUEUE_NAME: eventQueueName,
    ...cloudEnvironment(region, `http://${at(`${region}:queue`)}`, `http://${at(`${region}:secrets`)}`, `http://${at(`${region}:sms`)}`),
  };
}

/**
 * Where a browser finds the panel that listens at `address`. Passkeys are for a domain (WebAuthn, section 5.1.2), which an IP address is none; every browser takes
 * `localhost` for this machine, and for safe.
 */
export function panelUrlOf(address: string): string {
  return address.replace('//127.0.0.1:', '//localhost:');
}

/** What a region's services are told of how people sign in: whether staff needs a second factor, as in production, and whose passkeys are taken. */
export function signInEnvironment(secondFactor: boolean, panelUrl: string | undefined): Record<string, string> {
  return {
    // Whoever works here - scripts, load, the panel - signs in as staff by a mailed code alone, unless the twin was asked for more.
    AUTH_STAFF_SECOND_FACTOR: secondFactor ? 'required' : 'optional',
    ...(panelUrl === undefined ? {} : { AUTH_PASSKEY_RP_ID: new URL(panelUrl).hostname, AUTH_PASSKEY_ORIGINS: new URL(panelUrl).origin }),
  };
}

/** What the payment sandbox of a region is told besides what its services are: where it calls back. */
export function paymentsEnvironment(region: Region, addresses: LinkAddresses, port: number): Record<string, string> {
  return {
    PAYMENT_SANDBOX_PORT: String(port),
    PAYMENT_CALLBACK_URL: `http://${addressOf(addresses, `${region}:order`)}/v1/payments/callbacks`,
  };
}

function cloudEnvironment(region: Region, queueUrl: string, secretsUrl: string, smsUrl: string): Record<string, string> {
  if (region === 'world') {
    return {
      AWS_REGION: awsRegion,
      AWS_ENDPOINT_URL_SQS: queueUrl,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${secretsUrl}/credentials`,
      AWS_ENDPOINT_URL_SNS: smsUrl,
      QUEUE_PROVIDER: 'sqs',
      SECRETS_PROVIDER: 'aws',
      SMS_PROVIDER: 'sns',
    };
  }
  return {
    ALIBABA_CLOUD_CREDENTIALS_URI: `${secretsUrl}/credentials`,
    MNS_ENDPOINT: queueUrl,
    KMS_ENDPOINT: secretsUrl,
    DYSMS_ENDPOINT: smsUrl,
    QUEUE_PROVIDER: 'mns',
    SECRETS_PROVIDER: 'alibaba',
    SMS_PROVIDER: 'dysms',
    SMS_TEMPLATES: JSON.stringify(Object.fromEntries(smsTemplates.map(({ name, code }) => [name, code]))),
  };
}

/** What a front needs to know: its region's services, over their links. */
export function frontArguments(region: Region, addresses: LinkAddresses): string[] {
  return frontUpstreams.flatMap(({ option, listener }) => [option, `http://${addressOf(addresses, `${region}:${listener}`)}`]);
}

function addressOf(addresses: LinkAddresses, name: string): string {
  const address = addresses[name];
  if (address !== undefined) return address;
  const known = links.some((link) => link.name === name);
  throw new RangeError(known ? `the link ${name} has no address yet` : `there is no link ${name}`);
}
