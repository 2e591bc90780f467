import type { SecretsFile, SecretVersion } from '../secrets-file/secrets-file.ts';
import { KmsError } from './errors.ts';

const PARAMETERS = new Set(['SecretName', 'VersionStage', 'VersionId', 'FetchExtendedConfig']);

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/**
 * GetSecretValue: the value of a secret at a stage (`ACSCurrent` unless told) or a version. Throws
 * `KmsError` 404 when there is none, 400 for a parameter that is missing or unknown here.
 */
export function getSecretValue(
  parameters: ReadonlyMap<string, string>,
  secrets: SecretsFile,
  requestId: string,
): Readonly<Record<string, unknown>> {
  for (const name of parameters.keys()) {
    if (!PARAMETERS.has(name)) throw new KmsError(400, 'InvalidParameter', `This stand-in does not know the parameter ${name}.`);
  }
  const name = parameters.get('SecretName');
  if (!name) throw new KmsError(400, 'MissingParameter', 'The parameter SecretName is needed but was not provided.');
  const versionId = parameters.get('VersionId');
  const stage = parameters.get('VersionStage') ?? (versionId === undefined ? 'ACSCurrent' : undefined);
  const secret = secrets.get(name);
  const stages: [string, SecretVersion | undefined][] = [
    ['ACSCurrent', secret?.current],
    ['ACSPrevious', secret?.previous],
  ];
  for (const [label, version] of stages) {
    if (!version || (stage !== undefined && stage !== label) || (versionId !== undefined && versionId !== version.versionId)) continue;
    return {
      SecretName: name,
      SecretType: 'Generic',
      SecretData: version.value,
      SecretDataType: 'text',
      VersionId: version.versionId,
      VersionStages: { VersionStage: [label] },
      CreateTime: isoSeconds(version.createdAtMs),
      RequestId: requestId,
    };
  }
  throw new KmsError(404, 'Forbidden.ResourceNotFound', 'The resource is not found or has no such version.');
}
