import { isIP } from 'node:net';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
export type UpstreamAddress = ListenAddress;

export type Parsed = { readonly address: ListenAddress } | { readonly problem: string };

/** Splits `host:port` or `[v6]:port`; the problems are worded as Go's net package words them. */
export function parseAddress(text: string): Parsed {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text);
  if (match === null) {
    const problem = text.includes(':') && !text.startsWith('[') ? 'too many colons in address' : 'missing port in address';
    return { problem: `address ${text}: ${problem}` };
  }
  const port = match[3] ?? '';
  if (port !== '' && !/^\d+$/.test(port)) return { problem: `lookup tcp/${port}: unknown port` };
  if (Number(port) > 65_535) return { problem: `address ${port}: invalid port` };
  return { address: { host: match[1] ?? match[2] ?? '', port: Number(port) } };
}

/** Whether only this machine can reach it: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The address as the API shows it, with localhost resolved. */
export function formatAddress({ host, port }: ListenAddress): string {
  const resolved = host === 'localhost' ? '127.0.0.1' : host;
  return resolved.includes(':') ? `[${resolved}]:${port}` : `${resolved}:${port}`;
}
