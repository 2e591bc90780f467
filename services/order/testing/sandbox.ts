import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { silentLog } from '../../testing/region-database.ts';
import { createHttpProvider } from '../payments/http-provider.ts';
import type { PaymentProvider } from '../payments/provider.ts';
import { buildSandbox } from '../payments/sandbox/app.ts';
import { callerBack } from '../payments/sandbox/call-back.ts';
import type { Ledger } from '../payments/sandbox/ledger.ts';
import type { PaymentCallback } from '../payments/wire.ts';

/** The payment sandbox behind a port, as the service meets it: over HTTP. */
export interface TestSandbox {
  readonly url: string;
  readonly provider: PaymentProvider;
  readonly ledger: Ledger;
  readonly apiKey: string;
  readonly callbackSecret: string;
  /** The headers of each request so far. */
  readonly heard: readonly IncomingHttpHeaders[];
  /** Where callbacks go. */
  leadTo(url: string): void;
  /** Resolves once all callbacks so far were taken, or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openSandbox(timeoutMs = 3_000): Promise<TestSandbox> {
  const [apiKey, callbackSecret] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const secret = async () => ({ apiKey, callbackSecret });
  const under = new Set<Promise<void>>();
  let callbackUrl = 'http://127.0.0.1:1/';
  const { app, ledger } = buildSandbox({
    secret,
    async callBack(callback: PaymentCallback) {
      const calling = callerBack({ url: callbackUrl, secret, log: silentLog })(callback);
      under.add(calling);
      await calling.finally(() => under.delete(calling));
    },
    log: silentLog,
  });
  const heard: IncomingHttpHeaders[] = [];
  app.addHook('onRequest', async ({ headers }) => void heard.push(headers));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    provider: createHttpProvider({ url, apiKey: async () => apiKey, timeoutMs, log: silentLog }),
    ledger,
    apiKey,
    callbackSecret,
    heard,
    leadTo(to) {
      callbackUrl = to;
    },
    async settled() {
      while (under.size > 0) await Promise.all(under);
    },
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
