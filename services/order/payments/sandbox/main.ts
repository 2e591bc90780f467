import { systemClock } from '#platform/clock.ts';
import { listen } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/log.ts';
import { createSecrets } from '#platform/secrets/index.ts';

import { ProviderSecret, providerSecretName } from '../wire.ts';
import { buildSandbox } from './app.ts';
import { callerBack } from './call-back.ts';
import { readSandboxConfig } from './config.ts';
import { openJournal } from './journal.ts';
import { LedgerEntry } from './ledger.ts';

/** The sandbox as a process of its own. What it shares with the order service comes from the region's secret store, as it does there. */
const config = readSandboxConfig(process.env);
const log = createLogger({ level: config.LOG_LEVEL, region: config.REGION });
const secrets = createSecrets({ env: process.env, log, clock: systemClock });
const secret = (): Promise<ProviderSecret> => secrets.json(providerSecretName, ProviderSecret);
const file = config.PAYMENT_SANDBOX_LEDGER_FILE;
const journal = file === undefined ? undefined : openJournal(file, LedgerEntry);
const { app } = buildSandbox({
  secret,
  callBack: callerBack({ url: config.PAYMENT_CALLBACK_URL, secret, log }),
  log,
  ...(journal === undefined ? {} : { journal }),
});
await listen(app, 'payments', config.LISTEN_HOST, config.PAYMENT_SANDBOX_PORT);
log.info({ event: 'ready' }, 'ready');
process.once('SIGTERM', () => {
  // Whoever waits for an answer that never comes would keep it from closing.
  app.server.closeAllConnections();
  void app.close().then(() => secrets.close());
});
