import { announceListening, closeServer, listenOnLoopback, runChild } from '../child.ts';
import { readFrontFlags } from '../front-flags.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createGateway } from './server.ts';

await runChild(async (args) => {
  const flags = readFrontFlags(args);
  const rateLimiter = createRateLimiter({ limit: flags.rateLimit, periodSeconds: flags.ratePeriodSeconds, nowMs: Date.now });
  const gateway = createGateway({ ...flags, rateLimiter });
  announceListening('china:front', await listenOnLoopback(gateway.server, flags.port));
  return async () => {
    await closeServer(gateway.server);
    await gateway.close();
  };
});
