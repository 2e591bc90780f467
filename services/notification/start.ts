import { createAccess } from '#platform/access.ts';
import { createEventPublisher } from '#platform/events/publisher.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import { openMailer } from '#platform/open-mailer.ts';
import type { Platform } from '#platform/platform.ts';
import { openSms } from '#platform/sms/open.ts';

import { buildNotificationApp } from './app.ts';
import { readNotificationConfig } from './config.ts';
import { handleBatch } from './consume/batch.ts';
import { handleEvents } from './consume/handle.ts';
import { runLoop } from './consume/loop.ts';
import { createSweep } from './consume/sweep.ts';
import { defaultLimits } from './deps.ts';
import { errorCodeOf } from './notices/error-code.ts';
import { consumeReports, openSmsReportQueue } from './reports/consume.ts';
import { notificationSecretsFrom } from './secrets.ts';

/** What is not begun by then goes back to the queue; what is being sent is finished. */
const DRAIN_MS = 5_000;

/** Starts the notification service, announces its address, and acts on the region's events. Sweeps once at the start. */
export async function startNotification(platform: Platform): Promise<RunningService> {
  const config = readNotificationConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const { log, clock } = platform;
  const sms = openSms(config);
  const [database, queue, reportQueue, smsReportQueue, mailer] = await Promise.all([
    platform.database<Record<string, never>>('notification'),
    platform.queue('events'),
    config.REPORT_QUEUE_NAME === undefined ? undefined : platform.queue('reports'),
    openSmsReportQueue(config, clock),
    openMailer(config, platform.secrets),
  ]);
  const publisher = createEventPublisher({ pool: database.pool, queue, log, clock, region });
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const http = await platform.http('notification');
  const counter = http.telemetry.metrics.counterBy('notices_total', 'What became of notices, each try counted', ['template', 'state']);
  const reports = http.telemetry.metrics.counterBy('delivery_reports_total', 'What vendors told of mails and text messages', ['outcome']);
  const sending = {
    region,
    db: database.db,
    mailer,
    sms,
    secrets: notificationSecretsFrom(platform.secrets),
    log,
    limits: defaultLimits,
    count: (template: string, state: string) => counter.add({ template, state }),
  };
  const app = buildNotificationApp({ ...sending, http, access: createAccess({ region, authUrl: config.AUTH_URL }), readiness });
  const url = await listen(app, 'notification', host, config.NOTIFICATION_PORT);
  const stop = new AbortController();
  const hardStop = new AbortController();
  const sweep = createSweep({ ...sending, publisher, signal: stop.signal });
  const handling = { ...sending, sweep };
  const looping = (async () => {
    await sweep().catch((error: unknown) => log.warn({ errorCode: errorCodeOf(error) }, 'the first sweep failed; the next one will come'));
    await runLoop(
      {
        queue,
        handle: (received) =>
          handleBatch({ queue, log, handle: (messages) => handleEvents(handling, messages, hardStop.signal) }, received),
        ping: database.ping,
        clock,
        log,
      },
      stop.signal,
    );
  })();
  const reporting = consumeReports(
    { ...sending, ping: database.ping, clock, countReport: (outcome, count) => reports.add({ outcome }, count) },
    [reportQueue, smsReportQueue].filter((open) => open !== undefined),
    { stop: stop.signal, hardStop: hardStop.signal },
  );
  return {
    name: 'notification',
    url,
    readiness,
    async drain() {
      stop.abort();
      const cutting = setTimeout(() => hardStop.abort(), DRAIN_MS);
      await Promise.all([looping, reporting]);
      clearTimeout(cutting);
      await publisher.drain();
      await app.close();
      mailer.close();
      sms?.close();
      await smsReportQueue?.close();
      await database.close();
    },
  };
}
