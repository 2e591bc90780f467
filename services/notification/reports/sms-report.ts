import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { e164Of } from '#platform/sms/dysms-number.ts';

import { instantOf } from './instant.ts';
import type { VendorReport } from './vendor-report.ts';

const reports = Compile(Type.Object({ phone_number: Type.String(), success: Type.Boolean(), biz_id: Type.String() }));
const failures = Compile(
  Type.Object({ phone_number: Type.String({ pattern: '^[0-9]+$' }), err_code: Type.String(), report_time: Type.String() }),
);

/**
 * The carrier knows no such subscriber: China Mobile's codes for the error 1 of MAP, `unknownSubscriber` (3GPP TS 29.002), at its own message centre and at the next
 * one. Alibaba's own MOBILE_NOT_ON_SERVICE and INVALID_NUMBER are none of them: they are said of phones that are switched off, too
 * (https://help.aliyun.com/document_detail/101347.html).
 */
const NO_SUCH_NUMBER: ReadonlySet<string> = new Set(['MK:0001', 'MN:0001']);

/**
 * What Alibaba's Short Message Service tells of a text message. Only a number that does not exist is suppressed. Pure.
 * https://help.aliyun.com/en/sms/developer-reference/smsreport
 */
export function readSmsReport(value: unknown): VendorReport {
  if (!reports.Check(value)) return undefined;
  if (value.success) return [];
  const at = failures.Check(value) ? instantOf(value.report_time) : undefined;
  if (!failures.Check(value) || at === undefined) return 'malformed';
  return NO_SUCH_NUMBER.has(value.err_code) ? [{ address: e164Of(value.phone_number), reason: 'hard_bounce', at }] : [];
}
