import { resolve } from 'node:path';

import { announceListening, httpUrl, readFlags, runChild, UsageError, wholeNumber } from '../child.ts';
import { createAdminApp } from './app.ts';

await runChild(async (args) => {
  const flags = readFlags(
    {
      port: { type: 'string', default: '0' },
      'world-url': { type: 'string' },
      'china-url': { type: 'string' },
      dist: { type: 'string' },
    },
    args,
  );
  if (flags.dist === undefined) throw new UsageError('--dist DIR is required: where the built panel lies');
  const port = wholeNumber('port', flags.port, 0, 65_535);
  const worldUrl = httpUrl('world-url', flags['world-url']);
  const chinaUrl = flags['china-url'] === undefined ? undefined : httpUrl('china-url', flags['china-url']);
  const app = await createAdminApp({ worldUrl, chinaUrl, distDir: resolve(flags.dist) });
  announceListening('admin', await app.listen({ host: '127.0.0.1', port }));
  return () => app.close();
});
