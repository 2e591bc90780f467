import { awsRegion, queueName, type LinkAddresses } from '../topology/environment.ts';
import { links } from '../topology/links.ts';
import type { Region } from '../topology/regions.ts';
import { placeOf, queueOf } from './attachments.ts';

/** What is attached, by component, without credentials. */
export type AttachedUrls = Readonly<Record<string, string>>;

/**
 * What a region's services are told of what is attached: its own addresses in place of the links', for certificates and signatures go by these. The bytes take
 * the links all the same, see `attachedRoutes`.
 */
export function attachedEnvironment(region: Region, attached: AttachedUrls): Record<string, string> {
  const told: Record<string, string> = {};
  const database = attached[`${region}:postgres`];
  if (database !== undefined) told['DATABASE_URL'] = database;
  const mail = attached['mail:smtp'];
  if (mail !== undefined) told['MAIL_URL'] = mail;
  const queue = attached[`${region}:queue`];
  if (queue !== undefined) {
    const { endpoint, name } = queueOf(queue);
    told[region === 'world' ? 'AWS_ENDPOINT_URL_SQS' : 'MNS_ENDPOINT'] = endpoint;
    told['QUEUE_NAME'] = name ?? queueName;
  }
  const secrets = attached[`${region}:secrets`];
  if (secrets !== undefined) told[region === 'world' ? 'AWS_ENDPOINT_URL_SECRETS_MANAGER' : 'KMS_ENDPOINT'] = secrets;
  if (region === 'world' && (queue ?? secrets) !== undefined) told['AWS_REGION'] = regionOf(queue ?? secrets ?? '');
  return told;
}

/** The region in the host name of an endpoint of AWS (`sqs.eu-west-1.amazonaws.com`); the twin's where it names none. */
export function regionOf(url: string): string {
  return /^[a-z]+\.([a-z]{2}-[a-z]+-\d)\.amazonaws\.com/.exec(new URL(url).hostname)?.[1] ?? awsRegion;
}

/** For each place outside, the link that the services of a region reach it over. */
export function attachedRoutes(region: Region, attached: AttachedUrls, addresses: LinkAddresses): Record<string, string> {
  const own = links.filter((link) => link.region === region && link.consumers.includes(`${region}-services`));
  const routes = own.flatMap(({ name, upstream }) => {
    const url = attached[upstream];
    const address = addresses[name];
    return url === undefined || address === undefined ? [] : [[placeOf(url), address] as const];
  });
  return Object.fromEntries(routes);
}
