import { randomBytes } from 'node:crypto';

import { Secret, TOTP } from 'otpauth';

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;
/** How many steps a phone's clock may be off, either way (RFC 6238, section 5.2, recommends no more than one). */
const WINDOW = 1;
/** What every authenticator app knows: RFC 6238 with SHA-1, six digits, thirty seconds. */
const parameters = { algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS } as const;

/** 160 random bits (RFC 4226, section 4, R6). */
export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** The time step that `code` belongs to, if it is now or next to now; undefined for a wrong code. Pure. */
export function stepOf(secret: Buffer, code: string, nowMs: number): number | undefined {
  const delta = TOTP.validate({ ...parameters, token: code, secret: secretFrom(secret), timestamp: nowMs, window: WINDOW });
  return delta === null ? undefined : Math.floor(nowMs / 1000 / PERIOD_SECONDS) + delta;
}

/** The secret as an app takes it: typed by hand in base 32, or by the otpauth: URI of a QR code, which names issuer and account. */
export function enrolmentOf(secret: Buffer, issuer: string, account: string): { secret: string; uri: string } {
  const totp = new TOTP({ ...parameters, issuer, label: account, secret: secretFrom(secret) });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

function secretFrom(bytes: Buffer): Secret {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer });
}
