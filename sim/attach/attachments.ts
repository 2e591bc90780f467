import { regions } from '../topology/regions.ts';

/** A component that the user brings, instead of one that the twin starts. */
export interface Attachment {
  /** The variable that names it. */
  readonly variable: string;
  /** The address that it takes the place of, such as `world:postgres`. */
  readonly component: string;
  /** Where it is, without credentials. What its query says is for use alone, and is neither shown nor written down. */
  readonly url: string;
  /** The same for showing: that there were credentials and a query, and not which. */
  readonly shown: string;
  /** The same with its credentials. */
  readonly secretUrl: string;
}

export type Attachments = ReadonlyMap<string, Attachment>;

interface Attachable {
  readonly component: string;
  readonly schemes: readonly string[];
  /** Whether its credentials stand in its URL. */
  readonly credentialsInUrl: boolean;
}

/** The variables that attach something, each by its name in the environment of `sim up`. */
export const attachVariables: Readonly<Record<string, Attachable>> = {
  SIM_WORLD_DATABASE_URL: { component: 'world:postgres', schemes: ['postgres:', 'postgresql:'], credentialsInUrl: true },
  SIM_CHINA_DATABASE_URL: { component: 'china:postgres', schemes: ['postgres:', 'postgresql:'], credentialsInUrl: true },
  SIM_WORLD_QUEUE_URL: { component: 'world:queue', schemes: ['http:', 'https:'], credentialsInUrl: false },
  SIM_CHINA_QUEUE_URL: { component: 'china:queue', schemes: ['http:', 'https:'], credentialsInUrl: false },
  SIM_WORLD_SECRETS_URL: { component: 'world:secrets', schemes: ['http:', 'https:'], credentialsInUrl: false },
  SIM_CHINA_SECRETS_URL: { component: 'china:secrets', schemes: ['http:', 'https:'], credentialsInUrl: false },
  SIM_MAIL_URL: { component: 'mail:smtp', schemes: ['smtp:'], credentialsInUrl: false },
  SIM_TOXIPROXY_URL: { component: 'toxiproxy', schemes: ['http:'], credentialsInUrl: false },
};

/**
 * What the environment attaches. Throws RangeError that names the variable and what it must hold, never its value: there may be a password in it.
 */
export function readAttachments(environment: Readonly<Record<string, string | undefined>>): Attachments {
  const found = Object.entries(attachVariables).flatMap(([variable, attachable]) => {
    const text = environment[variable];
    return text === undefined || text === '' ? [] : [readOne(variable, attachable, text)];
  });
  refuseOnePlace(found);
  const attachments = new Map(found.map((attachment) => [attachment.component, attachment]));
  const [world, china] = ['world:postgres', 'china:postgres'].map((name) => attachments.get(name)?.url);
  if (world !== undefined && china !== undefined && new URL(world).host === new URL(china).host) {
    throw new RangeError(
      "SIM_WORLD_DATABASE_URL and SIM_CHINA_DATABASE_URL name one server: roles are a server's, so each region needs one of its own",
    );
  }
  return attachments;
}

/** A link is chosen by where a connection goes: what is to be broken by itself needs a place of its own. */
function refuseOnePlace(found: readonly Attachment[]): void {
  for (const region of regions) {
    const own = found.filter(({ component }) => component.startsWith(`${region}:`) || component === 'mail:smtp');
    for (const [index, { variable, url }] of own.entries()) {
      const other = own.slice(0, index).find((earlier) => placeOf(earlier.url) === placeOf(url));
      if (other === undefined) continue;
      throw new RangeError(
        `${other.variable} and ${variable} name one host and port, so a connection would not tell which link it is for: call the host by another name in one of them, such as localhost for 127.0.0.1`,
      );
    }
  }
}

function readOne(variable: string, { component, schemes, credentialsInUrl }: Attachable, text: string): Attachment {
  const form = credentialsInUrl ? `${schemes[0]}//USER:PASSWORD@HOST/DATABASE` : `${schemes.at(-1)}//HOST[:PORT]`;
  if (!URL.canParse(text)) throw new RangeError(`${variable} is no URL; it must be ${form}`);
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) throw new RangeError(`${variable} must be ${form}`);
  if (!credentialsInUrl && (url.username !== '' || url.password !== '')) {
    throw new RangeError(
      `${variable} holds credentials, and those are not taken from there: use the vendor's own variables, such as AWS_ACCESS_KEY_ID`,
    );
  }
  if (credentialsInUrl && (url.username === '' || url.pathname.length < 2)) throw new RangeError(`${variable} must be ${form}`);
  const clean = new URL(url);
  clean.username = '';
  clean.password = '';
  clean.hash = '';
  const named = hideQuery(trimmed(clean));
  // What is spoken to over HTTP has paths of its own, so a query is of no use there: who copies a signed URL has it in there.
  if (url.protocol.startsWith('http')) clean.search = '';
  // PostgreSQL's clients take these out of the query as well, and before those of a role.
  for (const name of ['user', 'password']) if (clean.searchParams.has(name)) clean.searchParams.delete(name);
  const shown = url.username === '' ? named : named.replace('//', '//***@');
  return { variable, component, url: trimmed(clean), shown, secretUrl: url.href };
}

const trimmed = ({ href }: URL): string => href.replace(/(?<!\/)\/$/, '');

/** A URL with the names in its query and none of the values: there may be a password or a token among them. */
export function hideQuery(text: string): string {
  if (!text.includes('?')) return text;
  const url = new URL(text);
  const names = [...url.searchParams].map(([name, value]) => (value === '' ? '***' : `${encodeURIComponent(name)}=***`));
  url.search = names.join('&');
  return url.href;
}

/** The `host:port` of a URL, with its scheme's own port where it names none. */
export function placeOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const usual: Readonly<Record<string, string>> = {
    'http:': '80',
    'https:': '443',
    'postgres:': '5432',
    'postgresql:': '5432',
    'smtp:': '25',
  };
  return `${hostname}:${port === '' ? (usual[protocol] ?? '') : port}`;
}

/** The queue that a queue's URL names, and where it is asked; the name is undefined where the URL is an endpoint's alone. */
export function queueOf(url: string): { readonly endpoint: string; readonly name: string | undefined } {
  const { origin, pathname } = new URL(url);
  return { endpoint: origin, name: pathname.split('/').findLast((part) => part !== '') };
}
