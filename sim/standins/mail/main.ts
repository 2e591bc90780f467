import { announceListening, closeServer, listenOnLoopback, logLine, readFlags, runChild, UsageError, wholeNumber } from '../child.ts';
import { createMailApi } from './http.ts';
import { createMailSink } from './smtp.ts';
import { openMailStore } from './store.ts';

await runChild(async (args) => {
  const flags = readFlags(
    {
      'smtp-port': { type: 'string', default: '0' },
      'http-port': { type: 'string', default: '0' },
      dir: { type: 'string' },
    },
    args,
  );
  if (flags.dir === undefined) throw new UsageError('--dir DIR is required: where the messages are kept');
  const store = await openMailStore(flags.dir);

  const sink = createMailSink(store);
  sink.on('error', (error) => logLine('warn', 'SMTP connection failed', { error: error.message }));
  const smtpPort = wholeNumber('smtp-port', flags['smtp-port'], 0, 65_535);
  const bound = await new Promise<number>((resolve, reject) => {
    sink.server.once('error', reject);
    const server = sink.listen(smtpPort, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The SMTP server is not bound to a TCP port'));
      else resolve(address.port);
    });
  });
  announceListening('mail:smtp', `smtp://127.0.0.1:${bound}`);

  const api = createMailApi(store);
  announceListening('mail', await listenOnLoopback(api, wholeNumber('http-port', flags['http-port'], 0, 65_535)));

  return async () => {
    await Promise.all([new Promise<void>((resolve) => sink.close(resolve)), closeServer(api)]);
  };
});
