import { AwsError } from '../secretsmanager/errors.ts';

/** What a Publish asks for, as far as texts go. */
export interface Published {
  readonly to: string;
  readonly text: string;
  /** Empty where none is named. */
  readonly senderId: string;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html */
const MOST_CHARACTERS = 1_600;

const invalid = (name: string, reason: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: ${name} Reason: ${reason}`);

/** Reads the parameters of Publish to a phone number. Throws `AwsError` as SNS refuses them. Pure. */
export function readPublish(parameters: URLSearchParams): Published {
  const to = parameters.get('PhoneNumber');
  if (to === null) {
    if (parameters.has('TopicArn') || parameters.has('TargetArn')) throw new AwsError('NotFound', 'Topic does not exist', 404);
    throw invalid('TopicArn or TargetArn', 'no value for required parameter');
  }
  if (!/^\+[1-9]\d{6,14}$/.test(to)) throw invalid('PhoneNumber', `${to} is not valid to publish to`);
  const text = parameters.get('Message') ?? '';
  if (text === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
  if (text.length > MOST_CHARACTERS) throw invalid('Message', 'Message too long');
  const attributes = attributesOf(parameters);
  const type = attributes.get('AWS.SNS.SMS.SMSType');
  if (type !== undefined && type !== 'Transactional' && type !== 'Promotional') throw invalid('AWS.SNS.SMS.SMSType', 'unknown type');
  const senderId = attributes.get('AWS.SNS.SMS.SenderID') ?? '';
  if (senderId !== '' && !/^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/.test(senderId)) throw invalid('AWS.SNS.SMS.SenderID', 'not a sender ID');
  return { to, text, senderId };
}

/** The message attributes, which the Query protocol numbers from 1. */
function attributesOf(parameters: URLSearchParams): Map<string, string> {
  const attributes = new Map<string, string>();
  for (let number = 1; ; number += 1) {
    const entry = `MessageAttributes.entry.${number}`;
    const name = parameters.get(`${entry}.Name`);
    if (name === null) return attributes;
    attributes.set(name, parameters.get(`${entry}.Value.StringValue`) ?? '');
  }
}
