import { CreateTopicCommand, PublishCommand, SNSClient, type PublishCommandInput } from '@aws-sdk/client-sns';
import { expect } from 'vitest';

import { sms } from '../../behaviours/sms.ts';
import { startSms, type SmsTarget } from '../../components/sms.ts';
import { conformance } from '../../frame/conformance.ts';
import { freshNumber, textsTo, withSettings } from './messages.ts';

const { target, shows, refuses, run } = conformance(sms, startSms);

/** The vendor's own client. */
function open({ snsUrl, region, accessKey }: SmsTarget = target(), key: Partial<SmsTarget['accessKey']> = {}): SNSClient {
  return new SNSClient({ endpoint: snsUrl, region, credentials: { ...accessKey, ...key }, maxAttempts: 1 });
}

async function publish(input: PublishCommandInput, client = open()): Promise<string | undefined> {
  try {
    return (await client.send(new PublishCommand(input))).MessageId;
  } finally {
    client.destroy();
  }
}

const anId = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

shows('sns-publish', async () => {
  const to = freshNumber();
  const Message = 'Your order: 您的订单 🏮 <b>&"+%\n second line';
  const sender = { 'AWS.SNS.SMS.SenderID': { DataType: 'String', StringValue: 'madeinworld' } };
  expect(await publish({ PhoneNumber: to, Message, MessageAttributes: sender })).toEqual(anId);
  await publish({ PhoneNumber: to, Message: 'without' });
  expect(await textsTo(target(), to)).toEqual([
    expect.objectContaining({ from: '', text: 'without' }),
    expect.objectContaining({ from: 'madeinworld', to: [to], text: Message, vendor: 'sns' }),
  ]);
});

const invalid = (message: RegExp) => ({
  name: 'InvalidParameterException',
  message: expect.stringMatching(message),
  $metadata: { httpStatusCode: 400 },
});

shows('sns-number', async () => {
  for (const PhoneNumber of ['13800138000x', '+0123456789', '+1', `+${'1'.repeat(16)}`]) {
    await expect(publish({ PhoneNumber, Message: 'x' }), PhoneNumber).rejects.toMatchObject(
      invalid(/^Invalid parameter: PhoneNumber Reason: \S+ is not valid/),
    );
  }
});

shows('sns-message', async () => {
  const to = freshNumber();
  await expect(publish({ PhoneNumber: to, Message: '' })).rejects.toMatchObject(invalid(/Empty message/));
  await expect(publish({ PhoneNumber: to, Message: 'x'.repeat(1_601) })).rejects.toMatchObject(invalid(/too long/));
  await publish({ PhoneNumber: to, Message: 'x'.repeat(1_600) });
  expect(await textsTo(target(), to)).toHaveLength(1);
});

shows('sns-opted-out', async () => {
  const [to, other] = [freshNumber(), freshNumber()];
  await withSettings(target(), { optedOut: [to] }, async () => {
    expect(await publish({ PhoneNumber: to, Message: 'x' })).toEqual(anId);
    await publish({ PhoneNumber: other, Message: 'x' });
  });
  expect(await textsTo(target(), to)).toEqual([]);
  expect(await textsTo(target(), other)).toHaveLength(1);
});

shows('sns-signature', async () => {
  const message = { PhoneNumber: freshNumber(), Message: 'x' };
  const refused = (name: string) => ({ name, $metadata: { httpStatusCode: 403 } });
  await expect(publish(message, open(target(), { accessKeyId: 'STRANGER' }))).rejects.toMatchObject(refused('InvalidClientTokenId'));
  await expect(publish(message, open(target(), { secretAccessKey: 'wrong' }))).rejects.toMatchObject(refused('SignatureDoesNotMatch'));
  const body = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', ...message });
  const unsigned = await fetch(target().snsUrl, { method: 'POST', body });
  expect([unsigned.status, await unsigned.text()]).toEqual([403, expect.stringContaining('<Code>MissingAuthenticationToken</Code>')]);
  expect(await textsTo(target(), message.PhoneNumber)).toEqual([]);
});

refuses('sns-topics', async () => {
  const client = open();
  await expect(client.send(new CreateTopicCommand({ Name: 'orders' }))).rejects.toMatchObject({ name: 'InvalidAction' });
  client.destroy();
  const TopicArn = 'arn:aws:sns:eu-west-1:000000000000:orders';
  await expect(publish({ TopicArn, Message: 'x' })).rejects.toMatchObject({ name: 'NotFoundException' });
});

shows('restart', async () => {
  const other = await startSms(run);
  const to = freshNumber();
  await publish({ PhoneNumber: to, Message: 'before' }, open(other));
  const again = await other.restarted();
  try {
    await publish({ PhoneNumber: to, Message: 'after' }, open(again));
    expect((await textsTo(again, to)).map(({ text }) => text)).toEqual(['after', 'before']);
  } finally {
    await again.stop();
  }
});
