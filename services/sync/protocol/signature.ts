import { sign, verify, type KeyObject } from 'node:crypto';

/**
 * HTTP Message Signatures (RFC 9421), ed25519, with one label and a fixed list of components: everything that decides what a request does is
 * covered, so a signature cannot be moved to another target, body or answer. The algorithm is the key's: a message cannot choose it.
 */
const LABEL = 'sync';
export const MAX_LIFETIME_SECONDS = 60;

const requestComponents = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'content-encoding'] as const;
/** The request's digest is part of the answer's signature: an answer fits one request only (RFC 9421, section 2.4). */
const responseComponents = ['@status', 'content-digest', 'content-type', 'content-digest;req'] as const;

export interface SignatureParams {
  readonly keyId: string;
  readonly nonce: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly expires: number;
}

/** Values of the covered components, by component name. */
export type Components = Readonly<Record<string, string>>;

export interface SignatureHeaders {
  readonly signature: string;
  readonly 'signature-input': string;
}

function paramsText(names: readonly string[], params: SignatureParams): string {
  const covered = names.map((name) => (name.endsWith(';req') ? `"${name.slice(0, -4)}";req` : `"${name}"`)).join(' ');
  return `(${covered});created=${params.created};expires=${params.expires};nonce="${params.nonce}";keyid="${params.keyId}";alg="ed25519"`;
}

function signatureBase(names: readonly string[], components: Components, params: SignatureParams): Buffer {
  const lines = names.map((name) => {
    const value = components[name];
    if (value === undefined) throw new Error(`the component ${name} has no value`);
    const label = name.endsWith(';req') ? `"${name.slice(0, -4)}";req` : `"${name}"`;
    return `${label}: ${value}`;
  });
  return Buffer.from([...lines, `"@signature-params": ${paramsText(names, params)}`].join('\n'));
}

function signComponents(names: readonly string[], components: Components, params: SignatureParams, key: KeyObject): SignatureHeaders {
  const bytes = sign(null, signatureBase(names, components, params), key);
  return { 'signature-input': `${LABEL}=${paramsText(names, params)}`, signature: `${LABEL}=:${bytes.toString('base64')}:` };
}

const INPUT =
  /^sync=(\([^)]*\));created=(\d{1,12});expires=(\d{1,12});nonce="([A-Za-z0-9_-]{16,64})";keyid="([A-Za-z0-9._-]{1,64})";alg="ed25519"$/;
const SIGNATURE = /^sync=:([A-Za-z0-9+/=]{88}):$/;

export interface ReceivedSignature extends SignatureParams {
  readonly covered: string;
  readonly bytes: Buffer;
}

/** Reads the two headers; undefined where they are absent or not of the one form that this protocol uses. */
export function readSignature(headers: {
  signature?: string | undefined;
  'signature-input'?: string | undefined;
}): ReceivedSignature | undefined {
  const input = INPUT.exec(headers['signature-input'] ?? '');
  const bytes = SIGNATURE.exec(headers.signature ?? '')?.[1];
  if (input === null || bytes === undefined) return undefined;
  const [, covered = '', created = '', expires = '', nonce = '', keyId = ''] = input;
  return { covered, created: Number(created), expires: Number(expires), nonce, keyId, bytes: Buffer.from(bytes, 'base64') };
}

function verifyComponents(names: readonly string[], components: Components, received: ReceivedSignature, key: KeyObject): boolean {
  if (!paramsText(names, received).startsWith(`${received.covered};`)) return false;
  return verify(null, signatureBase(names, components, received), key, received.bytes);
}

export const signRequest = (components: Components, params: SignatureParams, key: KeyObject): SignatureHeaders =>
  signComponents(requestComponents, components, params, key);
export const signResponse = (components: Components, params: SignatureParams, key: KeyObject): SignatureHeaders =>
  signComponents(responseComponents, components, params, key);
export const verifyRequest = (components: Components, received: ReceivedSignature, key: KeyObject): boolean =>
  verifyComponents(requestComponents, components, received, key);
export const verifyResponse = (components: Components, received: ReceivedSignature, key: KeyObject): boolean =>
  verifyComponents(responseComponents, components, received, key);

/** Is the signature in force at `nowSeconds`? It must not live longer than a minute, nor lie in the future by more than `toleranceSeconds`. */
export function isInForce(params: SignatureParams, nowSeconds: number, toleranceSeconds = 5): boolean {
  const lifetime = params.expires - params.created;
  return (
    lifetime > 0 && lifetime <= MAX_LIFETIME_SECONDS && params.created <= nowSeconds + toleranceSeconds && params.expires >= nowSeconds
  );
}
