import { component, differing, exact } from './behaviour.ts';

const localStackChecksNothing = 'LocalStack takes any key and any signature';

export const secretsmanager = component({
  name: 'secretsmanager',
  title: 'AWS Secrets Manager',
  engines: {
    embedded: [{ own: 'sim/standins/secretsmanager' }],
    docker: [{ compose: 'localstack', title: 'LocalStack' }],
  },
  behaviours: {
    read: exact('GetSecretValue answers a secret by its name and by its ARN, with its name, version and stage.'),
    'read-missing': exact('A secret, stage or version that does not exist is a ResourceNotFoundException with status 400.'),
    stages: exact('After a rotation AWSCURRENT is the new value and AWSPREVIOUS the one before.'),
    'version-id': exact('A version is read by its id for as long as a stage points at it, and a caller may choose the id of one it puts.'),
    describe: exact('DescribeSecret answers the stages of each version.'),
    list: exact('ListSecrets answers page by page, as large as MaxResults says.'),
    create: exact('CreateSecret makes a secret and refuses a name that is taken with ResourceExistsException.'),
    'put-token-reused': exact('A ClientRequestToken that named another value is a ResourceExistsException.'),
    'put-token-repeated': exact('PutSecretValue with the same token and value again changes nothing.'),
    'rotation-by-editing': differing(
      'Editing the file of secrets rotates them without any call; edits that no call falls between are one rotation.',
      {
        docker: { absent: 'LocalStack keeps the values itself', notShown: 'there is no file to edit; PutSecretValue rotates' },
      },
    ),
    'production-client': exact("The services' own client reads a secret as JSON and follows a rotation once it is told to forget."),
    'unknown-key': differing('A request with an unknown access key is an UnrecognizedClientException.', {
      docker: { absent: localStackChecksNothing, notShown: 'what is missing is a refusal' },
    }),
    'wrong-signature': differing('A request that was signed with a wrong key is an InvalidSignatureException.', {
      docker: { absent: localStackChecksNothing, notShown: 'what is missing is a refusal' },
    }),
    'container-credentials': differing('The SDK fetches its credentials by itself, as in a container, and they open the secrets.', {
      docker: { approximated: 'LocalStack has no such endpoint: the stand-in of the embedded driver hands them out beside it' },
    }),
    deletion: differing('DeleteSecret removes a secret, at once or after a recovery window.', {
      embedded: { absent: 'a secret is removed by taking it out of its file' },
    }),
    binary: differing('A secret may be binary.', {
      embedded: { absent: 'secrets are text, as production has them' },
    }),
  },
});
