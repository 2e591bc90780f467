/** A UUID, or a trace id of W3C's form. Other text may name a person, and what is taken is logged. */
const CORRELATION_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Belong to one connection and are not passed on (RFC 9110, 7.6.1); the content length is set anew with the body. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const OWN_REQUEST_HEADERS = new Set(['host', 'content-length', 'expect', 'forwarded', 'x-real-ip', 'true-client-ip', 'x-correlation-id']);
const TRUSTED_PREFIXES = ['cf-', 'x-internal-', 'x-forwarded-'];
const OWN_RESPONSE_HEADERS = new Set(['server', 'x-powered-by', 'x-correlation-id', 'strict-transport-security']);
const INTERNAL_PREFIXES = ['cf-', 'x-internal-'];

const STRICT_TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains';

/** The client's correlation id where it is well formed, else a new one. */
export function correlationIdOf(headers: Headers): string {
  const given = headers.get('x-correlation-id');
  return given !== null && CORRELATION_ID.test(given) ? given : crypto.randomUUID();
}

/** The headers for the origin: the client's without those that only a gateway may say, and the gateway's own. */
export function requestHeaders(request: Request, client: { address: string; correlationId: string }): Headers {
  const url = new URL(request.url);
  const dropped = namedByConnection(request.headers);
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    if (HOP_BY_HOP.has(name) || OWN_REQUEST_HEADERS.has(name) || dropped.has(name)) continue;
    if (TRUSTED_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    if (name === 'traceparent' && !TRACEPARENT.test(value)) continue;
    headers.append(name, value);
  }
  headers.set('x-correlation-id', client.correlationId);
  headers.set('x-forwarded-for', client.address);
  headers.set('x-forwarded-host', url.host);
  headers.set('x-forwarded-proto', url.protocol.slice(0, -1));
  return headers;
}

/** The headers for the client: the origin's without what is its own business, and what every response carries. */
export function responseHeaders(origin: Headers, correlationId: string): Headers {
  const dropped = namedByConnection(origin);
  const headers = new Headers();
  for (const [name, value] of origin) {
    if (HOP_BY_HOP.has(name) || OWN_RESPONSE_HEADERS.has(name) || dropped.has(name)) continue;
    if (INTERNAL_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    headers.append(name, value);
  }
  headers.set('x-correlation-id', correlationId);
  headers.set('strict-transport-security', STRICT_TRANSPORT_SECURITY);
  return headers;
}

function namedByConnection(headers: Headers): Set<string> {
  const named = headers.get('connection') ?? '';
  return new Set(named.split(',').map((name) => name.trim().toLowerCase()));
}
