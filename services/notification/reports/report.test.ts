import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readReport } from './report.ts';
import { complaintExample, directMailExample, fblExample, inSnsEnvelope, sesExample, smsReportExample } from './testing/examples.ts';

const read = (value: unknown) => readReport(JSON.stringify(value));
const told = (reason: string, at: string, ...addresses: string[]) => ({
  kind: 'bounces',
  bounces: addresses.map((address) => ({ address, reason, at })),
  unfit: 0,
  type: expect.toSatisfy((type) => type === null || /^[A-Za-z:]+$/.test(String(type))),
});
const hardBounce = (address: string, at: string) => told('hard_bounce', at, address);
const complaint = (address: string, at: string) => told('complaint', at, address);
const nothing = { kind: 'nothing' };

describe('what SES tells', () => {
  it.each([
    ['through SNS', (value: object) => inSnsEnvelope(value)],
    ['by raw delivery', (value: object) => value],
    [
      'as the event of a configuration set',
      ({ notificationType, ...rest }: object & { notificationType?: string }) => ({ eventType: notificationType, ...rest }),
    ],
  ])('of a mailbox that does not exist suppresses it, %s', (_, put) => {
    expect(read(put(sesExample()))).toEqual(hardBounce('jane@example.com', '2016-01-27T14:59:38.237Z'));
  });

  it.each(['Transient', 'Undetermined'])('of a bounce that is %s suppresses nobody', (bounceType) => {
    expect(read(sesExample({ bounceType }))).toEqual(nothing);
  });

  it('of several recipients is told of each, in whatever form they are written', () => {
    const bouncedRecipients = [{ emailAddress: 'a@example.com' }, { emailAddress: 'Bob <b@example.com>' }];
    const at = '2016-01-27T14:59:38.237Z';
    expect(read(sesExample({ bouncedRecipients }))).toEqual(told('hard_bounce', at, 'a@example.com', 'b@example.com'));
  });

  it('of several recipients is told of those that are addresses, and the others are counted', () => {
    const emails = ['a@example.com', 'nobody', { emailAddress: 7 }, null, 'b@example.com'];
    const bouncedRecipients = emails.map((one) => (typeof one === 'string' ? { emailAddress: one } : one));
    const at = '2016-01-27T14:59:38.237Z';
    expect(read(sesExample({ bouncedRecipients }))).toEqual({
      ...told('hard_bounce', at, 'a@example.com', 'b@example.com'),
      unfit: 3,
      type: 'Bounce',
    });
  });

  it('of a mail that was forwarded suppresses the address that it was sent to', () => {
    const at = '2016-01-27T14:59:38.237Z';
    const sentTo = (...destination: string[]) => ({ mail: { source: 'john@example.com', destination } });
    expect(read({ ...sesExample(), ...sentTo('Jane <jane@old.example>') })).toEqual(hardBounce('jane@old.example', at));
    expect(read({ ...complaintExample(), ...sentTo('richard@old.example') })).toEqual(complaint('richard@old.example', at));
    // Of several it is not known which.
    expect(read({ ...sesExample(), ...sentTo('jane@old.example', 'joe@old.example') })).toEqual(hardBounce('jane@example.com', at));
  });

  it.each([
    ['abuse', complaint('richard@example.com', '2016-01-27T14:59:38.237Z')],
    [undefined, complaint('richard@example.com', '2016-01-27T14:59:38.237Z')],
    [null, complaint('richard@example.com', '2016-01-27T14:59:38.237Z')],
    ['not-spam', nothing],
    ['auth-failure', nothing],
  ])('of a complaint that is %s', (complaintFeedbackType, told) => {
    expect(read(complaintExample({ complaintFeedbackType }))).toEqual(told);
  });

  it.each(['Delivery', 'Open', 'DeliveryDelay'])('of a %s suppresses nobody', (eventType) =>
    expect(read({ eventType, mail: {} })).toEqual(nothing),
  );

  it('when a topic is set up is no news', () => {
    expect(
      read(inSnsEnvelope({ notificationType: 'AmazonSnsSubscriptionSucceeded', message: 'You have successfully subscribed' })),
    ).toEqual(nothing);
  });
});

describe('what DirectMail tells', () => {
  const at = '2024-04-29T03:07:12.000Z';
  it.each([
    ['2', hardBounce('xxx@aliyun.com', at)],
    ['3', nothing],
    ['4', nothing],
  ])('of a mail that was not delivered, with status %s', (status, told) => expect(read(directMailExample({ status }))).toEqual(told));

  it('of a report of spam suppresses whoever made it', () => expect(read(fblExample())).toEqual(complaint('yyy@aliyun.com', at)));

  it.each(['dm:Deliver:Succeed', 'dm:Trace:Open', 'dm:Feedback:UnSubscribe'])('%s suppresses nobody', (type) => {
    expect(read({ ...directMailExample(), type })).toEqual(nothing);
  });

  it('is understood from either spelling of its source, and from no other', () => {
    expect(read({ ...directMailExample(), source: 'acs.dm' })).toEqual(hardBounce('xxx@aliyun.com', at));
    expect(read({ ...directMailExample(), source: 'acs:oss' })).toMatchObject({ kind: 'refused', reason: 'unknown_type' });
  });
});

describe('what Dysms tells', () => {
  const at = '2021-09-06T07:49:58.000Z';
  it.each(['MK:0001', 'MN:0001'])('%s suppresses the number, which does not exist', (err_code) => {
    expect(read(smsReportExample({ err_code }))).toEqual(hardBounce('+8613800138000', at));
    expect(read(smsReportExample({ err_code, phone_number: '447700900123' }))).toEqual(hardBounce('+447700900123', at));
  });

  it.each(['MOBILE_NOT_ON_SERVICE', 'INVALID_NUMBER', 'MOBILE_SEND_LIMIT', 'MOBILE_IN_BLACK', 'UNDELIV', 'EXPIRED'])(
    '%s suppresses nobody',
    (err_code) => {
      expect(read(smsReportExample({ err_code }))).toEqual(nothing);
    },
  );

  it('of what was received is no news', () => expect(read(smsReportExample({ success: true, err_code: 'DELIVERED' }))).toEqual(nothing));
});

describe('what is refused', () => {
  it.each([
    ['not_json', null, 'Successfully validated SNS topic for Amazon SES event publishing.'],
    ['not_json', null, JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: 'ada@example.org' })],
    ['unknown_type', 'SubscriptionConfirmation', JSON.stringify({ Type: 'SubscriptionConfirmation', SubscribeURL: 'https://example.org' })],
    ['unknown_type', 'Novelty', JSON.stringify({ notificationType: 'Novelty' })],
    ['unknown_type', null, JSON.stringify({ type: 'ada@example.org' })],
    ['unknown_type', null, '[]'],
    ['unknown_type', null, 'null'],
    ['malformed', 'Bounce', JSON.stringify(sesExample({ bounceType: 'Novel' }))],
    ['malformed', 'Bounce', JSON.stringify(sesExample({ timestamp: 'yesterday' }))],
    ['malformed', 'Bounce', JSON.stringify(sesExample({ timestamp: '0000-01-01T00:00:00Z' }))],
    ['malformed', null, JSON.stringify(smsReportExample({ report_time: '0000-00-00 00:00:00' }))],
    ['malformed', null, JSON.stringify(smsReportExample({ report_time: '0001-01-01 00:00:00' }))],
    ['malformed', 'Bounce', JSON.stringify(sesExample({ bouncedRecipients: [{ emailAddress: 'nobody' }] }))],
    ['malformed', 'Bounce', JSON.stringify(sesExample({ bouncedRecipients: ['a@example.com', {}] }))],
    ['malformed', 'Complaint', JSON.stringify({ notificationType: 'Complaint' })],
    ['malformed', 'dm:Deliver:Fail', JSON.stringify(directMailExample({ rcpt: undefined }))],
    ['malformed', 'dm:Deliver:Fail', JSON.stringify({ ...directMailExample(), time: '29 April' })],
    ['malformed', null, JSON.stringify(smsReportExample({ report_time: '' }))],
    ['malformed', null, JSON.stringify(smsReportExample({ phone_number: '159****6532' }))],
  ])('as %s, by its type %s', (reason, type, body) => expect(readReport(body)).toEqual({ kind: 'refused', reason, type }));

  it('is anything else, whatever it is, without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['nothing', 'refused']).toContain(read(value).kind);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (body) => {
        expect(['nothing', 'refused']).toContain(readReport(body).kind);
      }),
    );
  });
});
