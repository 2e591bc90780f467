import { Type, type Static } from 'typebox';

const QueueName = Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,119}$' }));
const HttpUrl = (url: string) => Type.String({ pattern: '^https?://', default: url });

/** Where vendors report what became of mails and text messages. What is not named is not read. */
export const ReportConfig = Type.Object({
  /** A queue of the region, beside that of events: what SES publishes through SNS, what DirectMail does through EventBridge. */
  REPORT_QUEUE_NAME: QueueName,
  /** The queue that Dysms keeps for its SmsReports, in an account of its own: `Alicom-Queue-...-SmsReport`. */
  SMS_REPORT_QUEUE_NAME: QueueName,
  SMS_REPORT_MNS_ENDPOINT: HttpUrl('https://1943695596114318.mns.cn-hangzhou.aliyuncs.com'),
  DYBASE_ENDPOINT: HttpUrl('https://dybaseapi.aliyuncs.com'),
});
export type ReportConfig = Static<typeof ReportConfig>;
