/** Examples out of the vendors' documents, with what a test changes in them. */

type Change = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/ses/latest/dg/notification-examples.html */
export const sesExample = (change: Change = {}) => ({
  notificationType: 'Bounce',
  bounce: {
    bounceType: 'Permanent',
    reportingMTA: 'dns; email.example.com',
    bouncedRecipients: [
      { emailAddress: 'jane@example.com', status: '5.1.1', action: 'failed', diagnosticCode: 'smtp; 550 5.1.1 <jane@example.com>... User' },
    ],
    bounceSubType: 'General',
    timestamp: '2016-01-27T14:59:38.237Z',
    feedbackId: '00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa068a-000000',
    ...change,
  },
});

export const complaintExample = (change: Change = {}) => ({
  notificationType: 'Complaint',
  complaint: {
    complainedRecipients: [{ emailAddress: 'richard@example.com' }],
    complaintFeedbackType: 'abuse',
    complaintSubType: null,
    timestamp: '2016-01-27T14:59:38.237Z',
    ...change,
  },
});

/** https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html */
export const inSnsEnvelope = (message: object) => ({
  Type: 'Notification',
  MessageId: '63a3f6b6-d533-4a47-aef9-fcf5cf758c76',
  TopicArn: 'arn:aws:sns:eu-west-1:123456789012:mail-reports',
  Message: JSON.stringify(message),
  Timestamp: '2016-01-27T14:59:39.000Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLE',
});

/** https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type */
export const directMailExample = (change: Change = {}) => ({
  data: {
    header: { 'X-Notify-Message-ID': 'test@example.com' },
    env_id: '60000',
    account: 'batch@example.top',
    rcpt: 'xxx@aliyun.com',
    send_time: '2024-04-29T11:07:04',
    deliver_time: '2024-04-29T11:07:12',
    status: '2',
    event: 'dm:Deliver:Fail',
    err_code: '554',
    err_msg: "554  RCPT xxx@aliyun.com dosn't exist",
    failed_type: 'SmtpNxBox',
    ...change,
  },
  id: '8734hhidu983hi457',
  source: 'acs:dm',
  specversion: '1.0',
  subject: 'acs:dm:cn-hangzhou:123456789098:*',
  time: '2024-04-29T11:07:12+08:00',
  type: 'dm:Deliver:Fail',
});

export const fblExample = () => ({
  ...directMailExample(),
  type: 'dm:Feedback:FblReport',
  data: { send_email: 'batch@example.top', block_email: 'yyy@aliyun.com', block_time: '1714360032', message_id: '1df' },
});

/** https://help.aliyun.com/en/sms/developer-reference/smsreport */
export const smsReportExample = (change: Change = {}) => ({
  send_time: '2021-09-06 15:49:55',
  report_time: '2021-09-06 15:49:58',
  success: false,
  err_msg: 'unknown subscriber',
  err_code: 'MK:0001',
  phone_number: '13800138000',
  sms_size: '1',
  biz_id: '12345',
  out_id: '123456',
  ...change,
});
