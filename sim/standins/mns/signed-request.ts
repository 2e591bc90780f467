import { createHash, createHmac } from 'node:crypto';

/** A request made by hand: what is left out is what a proper client would send. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly body?: string | Buffer;
  /** Sent and signed over what a client would send; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly secretKey?: string;
  readonly signal?: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text of the first element of that name. */
  field(name: string): string | undefined;
}

export interface Signer {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly nowMs: () => number;
}

/** Signs as https://www.alibabacloud.com/help/en/message-service/latest/sign-requests says, apart from the gateway's own code. */
function sign(method: string, target: string, headers: Readonly<Record<string, string>>, secretKey: string): string {
  const lines = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', headers['date'] ?? headers['x-mns-date'] ?? ''];
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-mns-'));
  own.sort(([a], [b]) => (a < b ? -1 : 1));
  lines.push(...own.map(([name, value]) => `${name}:${value}`), target);
  return createHmac('sha1', secretKey).update(lines.join('\n')).digest('base64');
}

/** Sends a request of MNS's data plane, for tests of what the vendor's client cannot send. */
export async function sendSigned(signer: Signer, raw: RawRequest): Promise<RawAnswer> {
  const withBody = raw.body !== undefined;
  const proper: Record<string, string | undefined> = {
    date: new Date(signer.nowMs()).toUTCString(),
    'x-mns-version': '2015-06-06',
    ...(withBody ? { 'content-type': 'text/xml', 'content-md5': createHash('md5').update(raw.body).digest('base64') } : {}),
    ...raw.headers,
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(proper)) if (value !== undefined) headers[name] = value;
  const signature = sign(raw.method, raw.target, headers, raw.secretKey ?? signer.secretAccessKey);
  if (!('authorization' in proper)) headers['authorization'] = `MNS ${signer.accessKeyId}:${signature}`;
  const answer = await fetch(signer.url + raw.target, {
    method: raw.method,
    headers,
    ...(withBody ? { body: raw.body } : {}),
    ...(raw.signal ? { signal: raw.signal } : {}),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    field: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1],
  };
}

/** A document of MNS. */
export function xmlOf(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://mns.aliyuncs.com/doc/v1/">${inner}</${root}>`;
}
