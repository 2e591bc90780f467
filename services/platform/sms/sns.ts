import { PublishCommand, SNSClient, type MessageAttributeValue } from '@aws-sdk/client-sns';

import { systemClock, type Clock } from '../clock.ts';
import type { SmsSender } from './sms.ts';
import { untilTaken } from './taken.ts';

const text = (value: string): MessageAttributeValue => ({ DataType: 'String', StringValue: value });

/**
 * Text messages over AWS SNS (Publish to a PhoneNumber). Region, endpoint and credentials come from the SDK's own chain where they are not given. `signName` is the
 * SenderID, for countries that know one.
 * https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
 */
export function openSnsSender(
  options: { readonly endpoint?: string | undefined; readonly signName?: string | undefined },
  clock: Clock = systemClock,
): SmsSender {
  const { endpoint, signName } = options;
  const client = new SNSClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    // The SDK would send again after a timeout, too, when SNS may have taken the message.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  return {
    async send(sms) {
      const command = new PublishCommand({
        PhoneNumber: sms.to,
        Message: sms.text,
        MessageAttributes: {
          'AWS.SNS.SMS.SMSType': text('Transactional'),
          ...(signName === undefined ? {} : { 'AWS.SNS.SMS.SenderID': text(signName) }),
        },
      });
      const { MessageId } = await untilTaken(() => client.send(command), clock);
      return { providerMessageId: MessageId ?? null };
    },
    close: () => client.destroy(),
  };
}
