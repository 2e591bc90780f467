import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import { openMailer } from '#platform/open-mailer.ts';
import type { Platform } from '#platform/platform.ts';
import { openSms } from '#platform/sms/open.ts';

import { createOwnAccess } from './access/own-access.ts';
import { buildAuthApp } from './app.ts';
import { readAuthConfig, relyingPartyIn } from './config.ts';
import { signingKeyOf } from './jwks/keys.ts';
import { createOutgoing } from './messages/outgoing.ts';
import { authSecretsFrom } from './secrets.ts';
import type { AuthTables } from './tables.ts';

/** Starts the auth service and announces its address. */
export async function startAuth(platform: Platform): Promise<RunningService> {
  const config = readAuthConfig(platform.env);
  const sms = openSms(config);
  const [database, mailer] = await Promise.all([platform.database<AuthTables>('auth'), openMailer(config, platform.secrets)]);
  const passkeys = relyingPartyIn(config);
  const staffSecondFactor = config.AUTH_STAFF_SECOND_FACTOR;
  const secrets = authSecretsFrom(platform.secrets);
  const readiness: Readiness = {
    draining: false,
    checks: { postgres: database.ping, secrets: async () => void signingKeyOf(await secrets.signingKeys(), platform.clock.now()) },
  };
  const http = await platform.http('auth');
  const app = await buildAuthApp({
    region: platform.config.REGION,
    db: database.db,
    secrets,
    access: createOwnAccess({ region: platform.config.REGION, secrets, db: database.db, staffSecondFactor }),
    mailer,
    sms,
    outgoing: createOutgoing(http.limits.maxRequestsInFlight),
    clock: platform.clock,
    log: platform.log,
    readiness,
    http,
    limits: {
      codesPerAddress: config.AUTH_CODES_PER_ADDRESS,
      codesPerPhone: config.AUTH_CODES_PER_PHONE,
      codesPerPhoneADay: config.AUTH_CODES_PER_PHONE_A_DAY,
      textsPerClient: config.AUTH_TEXTS_PER_CLIENT,
      requestsPerClient: config.AUTH_REQUESTS_PER_CLIENT,
      requestsPerDevice: config.AUTH_REQUESTS_PER_DEVICE,
    },
    cookieSecure: config.AUTH_COOKIE_SECURE,
    staffSecondFactor,
    ...(passkeys === undefined ? {} : { passkeys }),
  });
  const url = await listen(app, 'auth', platform.config.LISTEN_HOST, config.AUTH_PORT);
  return {
    name: 'auth',
    url,
    readiness,
    async drain() {
      await app.close();
      mailer.close();
      sms?.close();
      await database.close();
    },
  };
}
