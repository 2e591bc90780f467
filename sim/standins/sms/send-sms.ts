import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { parseJson } from '../http-server/parse-json.ts';

/** What the vendor has approved for its customer. */
export interface Approved {
  readonly signName: string;
  /** The content of each template by its code, with `${name}` where a parameter goes. */
  readonly templates: ReadonlyMap<string, string>;
}

/** A message as its reader would get it, or why it is refused: code and words as the vendor gives them. */
export type Reading = { readonly to: string; readonly text: string } | { readonly code: string; readonly message: string };

const parametersSchema = Compile(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])));

const refusal = (code: string, message: string): Reading => ({ code, message });

/** Mainland numbers come with and without their calling code, others with it. E.164; undefined for what is no number. Pure. */
export function numberOf(text: string): string | undefined {
  const mainland = /^(?:\+|\+?86|0086)?(1[3-9]\d{9})$/.exec(text)?.[1];
  if (mainland !== undefined) return `+86${mainland}`;
  return /^(?!86)[1-9]\d{6,14}$/.test(text) ? `+${text}` : undefined;
}

/**
 * Reads the parameters of SendSms, and puts the template's into its content. Pure.
 * https://help.aliyun.com/en/sms/developer-reference/api-error-codes
 */
export function readSendSms(parameters: ReadonlyMap<string, string>, { signName, templates }: Approved): Reading {
  const missing = ['PhoneNumbers', 'SignName', 'TemplateCode'].find((name) => (parameters.get(name) ?? '') === '');
  if (missing !== undefined) return refusal('isv.INVALID_PARAMETERS', `${missing} is missing`);
  const to = numberOf(parameters.get('PhoneNumbers') ?? '');
  if (to === undefined) return refusal('isv.MOBILE_NUMBER_ILLEGAL', `${parameters.get('PhoneNumbers')}invalid mobile number`);
  if (parameters.get('SignName') !== signName) return refusal('isv.SMS_SIGNATURE_ILLEGAL', '该账号下找不到对应签名');
  const content = templates.get(parameters.get('TemplateCode') ?? '');
  if (content === undefined) return refusal('isv.SMS_TEMPLATE_ILLEGAL', '该账号下找不到对应模板');
  const written = parameters.get('TemplateParam') ?? '';
  const given = parseJson(Buffer.from(written === '' ? '{}' : written));
  if (!parametersSchema.Check(given)) return refusal('isv.INVALID_JSON_PARAM', '参数格式错误，请修改为字符串值');
  const needed = [...content.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  if (needed.some((name) => !Object.hasOwn(given, name))) return refusal('isv.TEMPLATE_MISSING_PARAMETERS', '模版缺少变量');
  const said = content.replace(/\$\{(\w+)\}/g, (_, name: string) => String(given[name]));
  return { to, text: `【${signName}】${said}` };
}
