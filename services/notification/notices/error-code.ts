import { DeadlinePassed } from '#platform/deadline.ts';
import { codeOf } from '#platform/errors.ts';
import { SmsNotTaken } from '#platform/sms/sms.ts';

import { SourceMalformed } from '../sources/sources.repository.ts';

function replyOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('responseCode' in error)) return undefined;
  return typeof error.responseCode === 'number' ? error.responseCode : undefined;
}

/** The vendor's code in the letters of ours: `isv.BUSINESS_LIMIT_CONTROL` is `sms_isv_business_limit_control`. */
function smsCodeOf({ code, status }: SmsNotTaken): string {
  return `sms_${code?.toLowerCase().replace(/[^a-z]+/g, '_') ?? status ?? 'unknown'}`;
}

/**
 * What kind of failure it was, as a code: `smtp_550` for a reply of the mail server, `sql_42883`, `sms_throttling`, `mail_econnection`, `deadline_passed`. Messages are not looked at: servers quote
 * addresses in them. Pure.
 */
export function errorCodeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SmsNotTaken) return smsCodeOf(cause);
    if (cause instanceof DeadlinePassed) return cause.code;
    const reply = replyOf(cause);
    if (reply !== undefined) return `smtp_${reply}`;
    const code = codeOf(cause);
    if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code)) return `sql_${code}`;
    if (code !== undefined && /^E[A-Z]{2,20}$/.test(code)) return `mail_${code.toLowerCase()}`;
    if (cause instanceof SourceMalformed) return 'source_malformed';
  }
  return 'unknown';
}
