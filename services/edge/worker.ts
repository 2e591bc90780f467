import { readBody } from './body.ts';
import { correlationIdOf, requestHeaders, responseHeaders } from './headers.ts';
import { networkOf } from './network.ts';
import { problemResponse, Refusal } from './problems.ts';
import { allowedMethods, routeOf, type OriginName } from './routes.ts';

/** The bindings and variables of the Worker. */
export interface Env extends Readonly<Record<OriginName, string>> {
  /** Counts per address (of IPv6 per /64) and per Cloudflare location, so the authoritative limits are the services' own. */
  readonly RATE_LIMITER: RateLimit;
  readonly RATE_LIMIT_PERIOD_SECONDS: string;
  readonly TIMEOUT_MS?: string;
  readonly BULK_TIMEOUT_MS?: string;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_BULK_TIMEOUT_MS = 30_000;
/** Where an instance takes another one's place nobody listens for a moment: at once again, a read would find the same. */
const PAUSES_MS = [50, 200];
const BODILESS = new Set([101, 204, 205, 304]);

/**
 * The thin proxy in front of the world's services. It sets the correlation id, HSTS and a rate limit, bounds bodies and times, and forwards;
 * what it cannot forward it answers as problem+json. It knows nothing of what it carries.
 */
const worker = {
  async fetch(request, env) {
    const correlationId = correlationIdOf(request.headers);
    const answered = await answer(request, env, correlationId).catch((error: unknown) => {
      if (error instanceof Refusal) return problemResponse(error, correlationId);
      console.error(JSON.stringify({ level: 'error', message: 'The edge failed', correlationId, error: String(error) }));
      return problemResponse(new Refusal('internal'), correlationId);
    });
    return new Response(BODILESS.has(answered.status) ? null : answered.body, {
      status: answered.status,
      headers: responseHeaders(answered.headers, correlationId),
    });
  },
} satisfies ExportedHandler<Env>;

export default worker;

async function answer(request: Request, env: Env, correlationId: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (!allowedMethods.includes(request.method)) throw new Refusal('method_not_allowed', { allow: allowedMethods.join(', ') });
  if (pathname === '/healthz') return Response.json({ status: 'ok' }, { headers: { 'cache-control': 'no-store' } });

  const address = request.headers.get('cf-connecting-ip') ?? 'unknown';
  const { success } = await env.RATE_LIMITER.limit({ key: networkOf(address) });
  if (!success) throw new Refusal('too_many_requests', { 'retry-after': env.RATE_LIMIT_PERIOD_SECONDS });

  const route = routeOf(pathname);
  if (route === undefined) throw new Refusal('not_found');
  const body = await readBody(request, route.bodyLimitBytes);
  const timeoutMs =
    route.patience === 'bulk' ? Number(env.BULK_TIMEOUT_MS ?? DEFAULT_BULK_TIMEOUT_MS) : Number(env.TIMEOUT_MS ?? DEFAULT_TIMEOUT_MS);
  const told = (error: string): void =>
    console.warn(JSON.stringify({ level: 'warn', message: 'The origin did not answer', correlationId, origin: route.origin, error }));
  return forward(
    new URL(pathname + search, env[route.origin]),
    {
      method: request.method,
      headers: requestHeaders(request, { address, correlationId }),
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    },
    told,
  );
}

/** Sends the request; a read that finds no origin is tried again, twice within the same time, a write never. `log` is told why: not the path, which may name a person. */
async function forward(
  url: URL,
  init: RequestInit & { method: string; signal: AbortSignal },
  log: (error: string) => void,
): Promise<Response> {
  const pauses = init.method === 'GET' || init.method === 'HEAD' ? [...PAUSES_MS] : [];
  for (;;) {
    try {
      return await fetch(url, init);
    } catch (cause) {
      if (init.signal.aborted) throw new Refusal('upstream_timeout');
      const pauseMs = pauses.shift();
      if (pauseMs === undefined) {
        log(String(cause));
        throw new Refusal('upstream_failed');
      }
      await spread(pauseMs);
    }
  }
}

/** Half of the time at least: those whose connections broke at one moment do not come back at one. */
const spread = (mostMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, (mostMs * (1 + Math.random())) / 2));
