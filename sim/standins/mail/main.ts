import { announceListening, closeServer, listenOnLoopback, readFlags, runChild, UsageError, wholeNumber } from '../child.ts';
import { openSms } from '../sms/open.ts';
import { holdSettings } from '../sms/settings.ts';
import { createMailApi } from './http.ts';
import { openSmtp } from './smtp.ts';
import { openMailStore } from './store.ts';

await runChild(async (args) => {
  const flags = readFlags(
    {
      'smtp-port': { type: 'string', default: '0' },
      'http-port': { type: 'string', default: '0' },
      dir: { type: 'string' },
      'no-smtp': { type: 'boolean', default: false },
      'sns-port': { type: 'string', default: '0' },
      'dysms-port': { type: 'string', default: '0' },
      'world-secrets': { type: 'string' },
      'china-secrets': { type: 'string' },
      'dysms-sign': { type: 'string', default: 'madeinworld' },
      'dysms-template': { type: 'string', multiple: true, default: [] },
    },
    args,
  );
  if (flags.dir === undefined) throw new UsageError('--dir DIR is required: where the messages are kept');
  const port = (flag: 'smtp-port' | 'http-port' | 'sns-port' | 'dysms-port'): number => wholeNumber(flag, flags[flag], 0, 65_535);
  const store = await openMailStore(flags.dir);
  const settings = holdSettings();

  const closeSmtp = flags['no-smtp'] ? async (): Promise<void> => undefined : await openSmtp(store, port('smtp-port'));
  const closeSms = await openSms({
    store,
    settings: settings.current,
    worldSecrets: flags['world-secrets'],
    chinaSecrets: flags['china-secrets'],
    ports: { sns: port('sns-port'), dysms: port('dysms-port') },
    signName: flags['dysms-sign'],
    templates: flags['dysms-template'],
  });

  const api = createMailApi(store, settings);
  const url = await listenOnLoopback(api, port('http-port'));
  if (!flags['no-smtp']) announceListening('mail', url);
  announceListening('sms', url);

  return async () => {
    await Promise.all([closeSmtp(), closeSms(), closeServer(api)]);
  };
});
