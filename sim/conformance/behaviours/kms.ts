import { component, differing, exact } from './behaviour.ts';

const standIn = [{ own: 'sim/standins/kms' }];
const both = <Same>(same: Same): { readonly embedded: Same; readonly docker: Same } => ({ embedded: same, docker: same });

export const kms = component({
  name: 'kms',
  title: 'Alibaba Cloud KMS secrets',
  engines: both(standIn),
  behaviours: {
    read: exact("GetSecretValue answers a secret to Alibaba's own client, with its stage and version."),
    'odd-names': exact('A name is read with every character that encoders disagree about.'),
    stages: exact('After a rotation ACSCurrent is the new value and ACSPrevious the one before; a version is read by its id.'),
    missing: exact('A secret that does not exist is a Forbidden.ResourceNotFound with status 404, a missing name a MissingParameter.'),
    'unknown-key': exact('An unknown access key is an InvalidAccessKeyId.NotFound with status 404.'),
    'wrong-signature': exact('A wrong key, or a part changed after signing, is a SignatureDoesNotMatch.'),
    nonce: exact('A signature nonce is taken once and never again.'),
    skew: exact('A date more than 15 minutes off is an InvalidTimeStamp.Expired, 14 minutes pass.'),
    form: exact('Parameters may come in the query or as a form.'),
    'production-client': exact("The services' own client reads a secret as JSON and follows a rotation once it is told to forget."),
    encryption: differing(
      'Data is encrypted, decrypted and signed with keys that KMS keeps.',
      both({ absent: 'only secrets are read of KMS' }),
    ),
    'writing-secrets': differing(
      'Secrets are created, changed and deleted by calls.',
      both({ absent: 'they are edited in their file, which is a rotation' }),
    ),
    'extended-parameters': differing(
      'DryRun is understood.',
      both({ absent: 'a parameter that is not known is refused, never passed over' }),
    ),
  },
});

export const alibabaCredentials = component({
  name: 'alibaba-credentials',
  title: 'Alibaba Cloud credentials endpoint',
  engines: both(standIn),
  behaviours: {
    uri: exact("Alibaba's credentials client reads key, secret and session token from ALIBABA_CLOUD_CREDENTIALS_URI."),
    expiry: exact('They expire an hour later, and the client says so.'),
    'open-kms': exact("They open KMS with Alibaba's own client."),
    'key-rotation': exact('After the key pair was rotated new reads get the new one, and the pair handed out before still opens.'),
    'production-client': exact("The services' own credentials client reads them, one read for many callers at once."),
    'token-checked': differing(
      'A session token that was made up is refused.',
      both({
        absent: 'the token is handed out and not looked at again',
        notShown: 'what is missing is a refusal',
      }),
    ),
    metadata: differing(
      'The ECS metadata service hands out the credentials of a role.',
      both({
        absent: 'no address of this machine can stand in for 100.100.100.200; workloads are given a URI',
        notShown: 'there is nothing to ask',
      }),
    ),
  },
});
