import { logLine, readFlags, runChild, UsageError } from '../child.ts';
import { durationMs, logFault } from '../cloud-flags.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import { startSweeping } from '../sqs/sweep.ts';
import { alibabaCall, awsCall } from './calls.ts';

await runChild(async (args) => {
  const flags = readFlags(
    {
      cloud: { type: 'string' },
      'queue-url': { type: 'string' },
      'default-queue': { type: 'string' },
      'aws-region': { type: 'string', default: 'eu-west-1' },
      'secrets-file': { type: 'string' },
      'sweep-interval': { type: 'string', default: '5s' },
    },
    args,
  );
  const { cloud, 'queue-url': url, 'secrets-file': path } = flags;
  if (cloud !== 'aws' && cloud !== 'alibaba') throw new UsageError('--cloud must be aws or alibaba');
  if (url === undefined || path === undefined) throw new UsageError('--queue-url and --secrets-file are needed');
  const { origin, pathname } = new URL(url);
  const queue = pathname.split('/').findLast((part) => part !== '') ?? flags['default-queue'];
  if (queue === undefined) throw new UsageError('--queue-url names no queue, and there is no --default-queue');
  const onUnreadable = logFault('the secrets file cannot be read; its last values stay');
  const { accessKey } = openSecretsFile({ path, nowMs: Date.now, onUnreadable });
  const call =
    cloud === 'aws' ? awsCall({ endpoint: origin, region: flags['aws-region'], accessKey }) : alibabaCall({ endpoint: origin, accessKey });
  const encode = (text: string): string => (cloud === 'aws' ? text : Buffer.from(text).toString('base64'));
  const sweeps = startSweeping({
    call,
    queues: [queue],
    intervalMs: durationMs('sweep-interval', flags['sweep-interval']),
    encode,
    onFault: logFault('a sweep could not be sent'),
  });
  logLine('info', 'sweeping', { queue, endpoint: origin });
  return () => Promise.resolve(sweeps.stop());
});
