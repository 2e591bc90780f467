import { component, differing, exact } from './behaviour.ts';

const sink = [{ own: 'sim/standins/sms' }];
const both = <Same>(same: Same): { readonly embedded: Same; readonly docker: Same } => ({ embedded: same, docker: same });

export const sms = component({
  name: 'sms',
  title: 'Text messages: SNS and Dysms',
  engines: both(sink),
  behaviours: {
    'sns-publish': exact('SNS: what Publish sends to a telephone number is given back over HTTP, in any script, with its SenderID.'),
    'sns-number': exact('SNS: Publish to what is no number in E.164 is refused with InvalidParameter, which names the number.'),
    'sns-message': exact('SNS: an empty message, and one above 1,600 characters, is refused with InvalidParameter.'),
    'sns-opted-out': exact('SNS: Publish to a number that has opted out answers a message id, and nothing is delivered.'),
    'sns-signature': exact(
      'SNS: an unknown key is InvalidClientTokenId, a wrong signature SignatureDoesNotMatch, none at all MissingAuthenticationToken.',
    ),
    'sns-topics': differing(
      'SNS: topics, subscriptions and the management of texts.',
      both({ absent: 'nothing here uses them; they are refused as an invalid action' }),
    ),
    'dysms-send': exact(
      'Dysms: what SendSms sends is given back over HTTP as its reader gets it: the signature in brackets, and the template with its parameters.',
    ),
    'dysms-numbers': exact(
      'Dysms: a mainland number is the same with 86, +86 and without, and one of another country has its calling code.',
    ),
    'dysms-refusals': exact(
      'Dysms: a refusal has status 200 and its code: isv.MOBILE_NUMBER_ILLEGAL, isv.SMS_SIGNATURE_ILLEGAL, isv.SMS_TEMPLATE_ILLEGAL, isv.TEMPLATE_MISSING_PARAMETERS, isv.INVALID_JSON_PARAM.',
    ),
    'dysms-signature': exact(
      'Dysms: an unknown key is InvalidAccessKeyId.NotFound with status 404, a wrong signature SignatureDoesNotMatch with 400.',
    ),
    'dysms-limits': differing(
      'Dysms: a number gets one code a minute, five an hour and ten a day; more is isv.BUSINESS_LIMIT_CONTROL.',
      both({
        approximated:
          'off until it is asked for with PUT /settings, and then for whatever is sent; counted over the time before, not by the calendar',
      }),
    ),
    'dysms-batch': differing(
      'Dysms: several numbers in one request, and the other actions.',
      both({ absent: 'one number at a time is all that is sent from here' }),
    ),
    'production-client': exact("The services' own senders are understood, and read out of a refusal its code."),
    restart: exact('A restart keeps the messages.'),
    delivery: differing(
      'Messages reach a telephone, and reports of that come back.',
      both({ absent: 'nothing is ever passed on', notShown: 'there is nobody outside to ask' }),
    ),
    approval: differing(
      'Signatures, templates and the words in them are approved by people.',
      both({ absent: 'what the twin names is approved', notShown: 'there is nobody to ask' }),
    ),
  },
});
