import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

import { parseAllowed } from './allowed.ts';
import { followClockControl } from './clock-channel.ts';
import { installClock } from './clock.ts';
import { guardConnections } from './connections.ts';
import { guardDatagrams } from './datagrams.ts';
import { createDenials } from './denial.ts';
import { guardNames } from './names.ts';
import { parseRoutes, routeConnections } from './routes.ts';
import { guardWorkers } from './workers.ts';

// Loaded before a service's first line: see README.md. Every process pays for what follows, so it stays cheap. It is required, so it awaits nothing: of
// `--import` a worker thread whose program is a text knows nothing.
const allowed = parseAllowed(process.env['SIM_EGRESS_ALLOW'] ?? '');
const denials = createDenials({ write: (line) => process.stderr.write(line), now: () => Date.now() });
const routes = parseRoutes(process.env['SIM_EGRESS_ROUTES'] ?? '');
guardNames(
  {
    ...allowed,
    learn(host, address) {
      allowed.learn(host, address);
      routes.learn(host, address);
    },
  },
  denials,
);
guardConnections(allowed, denials);
guardDatagrams(allowed, denials);
routeConnections(routes);
guardWorkers(fileURLToPath(import.meta.url));

const clock = installClock(process.env['SIM_CLOCK_SKEW_MS'] ?? '0');
if (isMainThread) {
  // Node processes that this one starts are guarded too, and begin with the clock as it is then.
  const flag = `--require=${JSON.stringify(fileURLToPath(import.meta.url))}`;
  const options = process.env['NODE_OPTIONS'] ?? '';
  if (!options.includes(flag)) process.env['NODE_OPTIONS'] = `${options} ${flag}`.trim();
  // The channel is this process's own: a child has another one, or none.
  const channel = process.env['SIM_CLOCK_CHANNEL'];
  delete process.env['SIM_CLOCK_CHANNEL'];
  if (channel === 'ipc') {
    followClockControl((skewMs) => {
      clock.setSkew(skewMs);
      process.env['SIM_CLOCK_SKEW_MS'] = String(skewMs);
    });
  }
}
