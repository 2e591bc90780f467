import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const connectionHeaders =
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(' ');
const notFromClients = new Set([
  ...connectionHeaders,
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'x-correlation-id',
]);
const notToClients = new Set([...connectionHeaders, 'server', 'x-powered-by']);
const wellFormedId = /^([\da-f]{32}|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i;
const wellFormedTrace = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(-|$)/;

export type Headers = Record<string, string | string[]>;

export function correlationId(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && wellFormedId.test(given) ? given : randomUUID();
}

/** What every response carries. */
export function everyResponse(id: string): Headers {
  return { 'x-correlation-id': id, 'strict-transport-security': 'max-age=31536000; includeSubDomains' };
}

/** A client's headers as the services see them: nothing in them that only a gateway may say. */
export function toService(headers: IncomingHttpHeaders, client: { id: string; address: string; host: string }): Headers {
  const kept = copy(headers, (name, value) => {
    if (notFromClients.has(name) || /^(?:cf|x-internal|x-forwarded)-/.test(name)) return false;
    return name !== 'traceparent' || wellFormedTrace.test(String(value));
  });
  return {
    ...kept,
    'x-correlation-id': client.id,
    'x-forwarded-for': client.address,
    'x-forwarded-host': client.host,
    'x-forwarded-proto': 'http',
  };
}

/** A service's headers as clients see them. */
export function toClient(headers: IncomingHttpHeaders, id: string): Headers {
  return { ...copy(headers, (name) => !notToClients.has(name) && !/^(?:cf|x-internal)-/.test(name)), ...everyResponse(id) };
}

function copy(headers: IncomingHttpHeaders, keep: (name: string, value: string | string[]) => boolean): Headers {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !named.has(name) && keep(name, value)) kept[name] = value;
  }
  return kept;
}
