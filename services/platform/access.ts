import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { AccountRole } from '#contracts/auth.ts';

import { AppError } from './errors.ts';

export const Role = AccountRole;
export type Role = AccountRole;

/** Who calls, as the access token says. */
export interface Caller {
  readonly accountId: string;
  readonly role: Role;
  /** The session that the token belongs to, where it says so. */
  readonly sessionId?: string;
  /** When the person last proved who they are (`auth_time`), where the token says so: a refresh does not move it. */
  readonly signedInAtMs?: number;
}

export interface Access {
  /** The caller, or undefined where no token is sent. Throws AppError `unauthenticated` for a token that is not valid here. */
  callerOf(request: FastifyRequest): Promise<Caller | undefined>;
  /** The caller, who has one of `roles`. Throws AppError `unauthenticated` or `forbidden`. */
  requireRole(request: FastifyRequest, roles: readonly Role[]): Promise<Caller>;
}

const Claims = Compile(
  Type.Object({
    sub: Type.String({ minLength: 1 }),
    role: Role,
    sid: Type.Optional(Type.String({ minLength: 1 })),
    auth_time: Type.Optional(Type.Integer({ minimum: 0 })),
    exp: Type.Number(),
  }),
);

/** A token that was found good is believed for so long, or until it expires, without another look at its signature. The keys themselves are kept for minutes. */
const BELIEVED_MS = 30_000;
const MOST_BELIEVED = 1_000;
const CLOCK_TOLERANCE_SECONDS = 5;

/** Issuer and audience of a region's access tokens. */
export const tokenIssuerOf = (region: string): string => `madeinworld/${region}`;
export const TOKEN_AUDIENCE = 'madeinworld';
/** `typ` of an access token (RFC 9068), so that no other token of ours passes for one. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Checks access tokens against the keys that the region's auth service publishes; keys are cached, an unknown `kid` fetches them again. */
export function createAccess(options: { region: string; authUrl: string }): Access {
  const keys = createRemoteJWKSet(new URL('/v1/auth/jwks.json', options.authUrl), { cooldownDuration: 5_000, timeoutDuration: 3_000 });
  return accessFrom(options.region, keys);
}

/** The same with keys of the caller's choice. */
export function accessFrom(region: string, keys: JWTVerifyGetKey, now: () => number = Date.now): Access {
  const believed = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  function believe(token: string, caller: Caller, expiresSeconds: number): Caller {
    const [oldest] = believed.keys();
    if (believed.size >= MOST_BELIEVED && oldest !== undefined) believed.delete(oldest);
    believed.set(token, { caller, untilMs: Math.min(now() + BELIEVED_MS, (expiresSeconds + CLOCK_TOLERANCE_SECONDS) * 1_000) });
    return caller;
  }

  async function callerOf(request: FastifyRequest): Promise<Caller | undefined> {
    const header = request.headers.authorization;
    if (header === undefined) return undefined;
    const token = /^Bearer ([A-Za-z0-9._-]+)$/.exec(header)?.[1];
    if (token === undefined) throw new AppError('unauthenticated', { detail: 'The Authorization header is not a bearer token.' });
    const known = believed.get(token);
    if (known !== undefined && now() < known.untilMs) return known.caller;
    believed.delete(token);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: tokenIssuerOf(region),
        audience: TOKEN_AUDIENCE,
        algorithms: ['EdDSA'],
        typ: ACCESS_TOKEN_TYPE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      if (!Claims.Check(payload)) throw new errors.JWTInvalid('the claims are not those of an access token');
      const { sub: accountId, role, sid: sessionId, auth_time: signedInAt, exp } = payload;
      const caller = {
        accountId,
        role,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(signedInAt === undefined ? {} : { signedInAtMs: signedInAt * 1_000 }),
      };
      return believe(token, caller, exp);
    } catch (error) {
      if (error instanceof errors.JWKSTimeout) throw new AppError('unavailable', { headers: { 'retry-after': '1' }, cause: error });
      if (error instanceof errors.JOSEError) {
        const detail = error instanceof errors.JWTExpired ? 'The access token has expired.' : 'The access token is not valid here.';
        throw new AppError('unauthenticated', { detail, cause: error });
      }
      throw new AppError('unavailable', { headers: { 'retry-after': '1' }, cause: error });
    }
  }
  return accessOf(callerOf);
}

/** An access by whatever reads a token. */
export function accessOf(callerOf: Access['callerOf']): Access {
  return {
    callerOf,
    async requireRole(request, roles) {
      const caller = await callerOf(request);
      if (caller === undefined) throw new AppError('unauthenticated');
      if (!roles.includes(caller.role)) throw new AppError('forbidden');
      return caller;
    },
  };
}

/** The same access, which looks at the token of each request once, however many ask: a signature, and with auth the database, may have to be asked for it. */
export function rememberCaller({ callerOf }: Access): Access {
  const found = new WeakMap<FastifyRequest, Promise<Caller | undefined>>();
  return accessOf((request) => {
    const known = found.get(request) ?? callerOf(request);
    found.set(request, known);
    return known;
  });
}
