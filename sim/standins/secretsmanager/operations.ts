import { Type, type TSchema, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Secret, SecretsFile, SecretVersion } from '../secrets-file/secrets-file.ts';
import { accessDenied, AwsError } from './errors.ts';

export interface OperationDeps {
  readonly secrets: SecretsFile;
  readonly region: string;
  readonly newVersionId: () => string;
  /** Whether a read of the secret (a name or an ARN) is refused on purpose. */
  readonly refuses: (id: string) => boolean;
}

/** Takes the request's parsed JSON and gives the answer's. Throws `AwsError`. */
export type Operation = (input: unknown, deps: OperationDeps) => Readonly<Record<string, unknown>>;

const ACCOUNT = '000000000000';
const secretId = Type.String({ minLength: 1, maxLength: 2048 });

/** Binds an operation to the schema of its input. What the schema does not know is refused, never ignored. */
function operation<T extends TSchema>(
  schema: T,
  run: (input: Static<T>, deps: OperationDeps) => Readonly<Record<string, unknown>>,
): Operation {
  const compiled = Compile(schema);
  return (input, deps) => {
    if (!compiled.Check(input)) {
      const [first] = compiled.Errors(input);
      throw new AwsError(
        'InvalidParameterException',
        `The request is not understood: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
      );
    }
    return run(input, deps);
  };
}

/** AWS ends every ARN with six characters of its own; these come from the name, so they last. */
function arnOf(name: string, region: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_176_782_336;
  return `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${hash.toString(36).padStart(6, '0')}`;
}

function find(id: string, deps: OperationDeps): Secret {
  const byName = deps.secrets.get(id);
  const secret = byName ?? deps.secrets.list().find((candidate) => arnOf(candidate.name, deps.region) === id);
  if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return secret;
}

const seconds = (ms: number): number => ms / 1000;

function stagesOf(secret: Secret): { version: SecretVersion; stage: string }[] {
  const current = { version: secret.current, stage: 'AWSCURRENT' };
  return secret.previous ? [current, { version: secret.previous, stage: 'AWSPREVIOUS' }] : [current];
}

const getSecretValue = operation(
  Type.Object(
    { SecretId: secretId, VersionId: Type.Optional(Type.String()), VersionStage: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  (input, deps) => {
    // IAM looks before the store does: also at what is not there.
    if (deps.refuses(input.SecretId)) throw accessDenied(input.SecretId);
    const secret = find(input.SecretId, deps);
    const wantedStage = input.VersionStage ?? (input.VersionId === undefined ? 'AWSCURRENT' : undefined);
    const found = stagesOf(secret).find(
      ({ version, stage }) =>
        (wantedStage === undefined || stage === wantedStage) && (input.VersionId === undefined || version.versionId === input.VersionId),
    );
    if (!found) {
      const wanted = input.VersionId === undefined ? `staging label: ${wantedStage}` : `VersionId: ${input.VersionId}`;
      throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${wanted}`);
    }
    return {
      ARN: arnOf(secret.name, deps.region),
      Name: secret.name,
      VersionId: found.version.versionId,
      SecretString: found.version.value,
      VersionStages: [found.stage],
      CreatedDate: seconds(found.version.createdAtMs),
    };
  },
);

function describe(secret: Secret, region: string, versionsField: string): Readonly<Record<string, unknown>> {
  return {
    ARN: arnOf(secret.name, region),
    Name: secret.name,
    CreatedDate: seconds((secret.previous ?? secret.current).createdAtMs),
    LastChangedDate: seconds(secret.current.createdAtMs),
    [versionsField]: Object.fromEntries(stagesOf(secret).map(({ version, stage }) => [version.versionId, [stage]])),
  };
}

const describeSecret = operation(Type.Object({ SecretId: secretId }, { additionalProperties: false }), (input, deps) =>
  describe(find(input.SecretId, deps), deps.region, 'VersionIdsToStages'),
);

const listSecrets = operation(
  Type.Object(
    { MaxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })), NextToken: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  (input, deps) => {
    const all = deps.secrets.list().sort((a, b) => (a.name < b.name ? -1 : 1));
    const from = all.filter((secret) => input.NextToken === undefined || secret.name > input.NextToken);
    const page = from.slice(0, input.MaxResults ?? 100);
    const last = page.at(-1);
    return {
      SecretList: page.map((secret) => describe(secret, deps.region, 'SecretVersionsToStages')),
      ...(last && from.length > page.length ? { NextToken: last.name } : {}),
    };
  },
);

function written(secret: Secret, region: string): Readonly<Record<string, unknown>> {
  return { ARN: arnOf(secret.name, region), Name: secret.name, VersionId: secret.current.versionId };
}

const requestToken = Type.Optional(Type.String({ minLength: 32, maxLength: 64 }));

const putSecretValue = operation(
  Type.Object(
    {
      SecretId: secretId,
      SecretString: Type.String({ minLength: 1, maxLength: 65_536 }),
      ClientRequestToken: requestToken,
      VersionStages: Type.Optional(Type.Array(Type.Literal('AWSCURRENT'), { minItems: 1, maxItems: 1 })),
    },
    { additionalProperties: false },
  ),
  (input, deps) => {
    const secret = find(input.SecretId, deps);
    const versionId = input.ClientRequestToken ?? deps.newVersionId();
    const same = stagesOf(secret).find(({ version }) => version.versionId === versionId);
    if (same && same.version.value !== input.SecretString) {
      throw new AwsError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.name}.`,
      );
    }
    const now = same ? secret : deps.secrets.put(secret.name, input.SecretString, versionId);
    return { ...written(now, deps.region), VersionStages: ['AWSCURRENT'] };
  },
);

const createSecret = operation(
  Type.Object(
    {
      Name: Type.String({ pattern: '^[A-Za-z0-9/_+=.@-]{1,512}$' }),
      SecretString: Type.String({ minLength: 1, maxLength: 65_536 }),
      ClientRequestToken: requestToken,
    },
    { additionalProperties: false },
  ),
  (input, deps) => {
    if (input.Name.startsWith('__')) throw new AwsError('InvalidParameterException', 'Names that begin with __ are kept by this stand-in.');
    if (deps.secrets.get(input.Name)) {
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${input.Name} already exists.`);
    }
    return written(deps.secrets.put(input.Name, input.SecretString, input.ClientRequestToken ?? deps.newVersionId()), deps.region);
  },
);

/** The operations that this stand-in has, by the name in `x-amz-target`. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['GetSecretValue', getSecretValue],
  ['DescribeSecret', describeSecret],
  ['ListSecrets', listSecrets],
  ['PutSecretValue', putSecretValue],
  ['CreateSecret', createSecret],
]);
