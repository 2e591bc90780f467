import credentialsModule, { URICredentialsProvider } from '@alicloud/credentials';

// CommonJS with an `__esModule` default: Node hands it to an ES module one level deeper, other loaders (the tests') do not.
const CredentialClient = 'default' in credentialsModule ? credentialsModule.default : credentialsModule;

export type AlibabaCredentialClient = InstanceType<typeof CredentialClient>;

export interface AlibabaCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | undefined;
}

/**
 * Credentials of this process on Alibaba Cloud, refreshed by the vendor's library before they expire. With `uri` they are read from there
 * alone: the default chain asks the ECS metadata address first, which hangs where there is none.
 */
export function openAlibabaCredentialClient(uri?: string): AlibabaCredentialClient {
  if (uri === undefined) return new CredentialClient();
  return new CredentialClient(
    null,
    URICredentialsProvider.builder().withCredentialsURI(uri).withConnectTimeout(2_000).withReadTimeout(5_000).build(),
  );
}

/** A function that answers the credentials of the moment; concurrent callers share one refresh. */
export function alibabaCredentials(uri?: string): () => Promise<AlibabaCredentials> {
  const client = openAlibabaCredentialClient(uri);
  let underWay: Promise<AlibabaCredentials> | undefined;
  const read = async (): Promise<AlibabaCredentials> => {
    const { accessKeyId, accessKeySecret, securityToken } = await client.getCredential();
    if (!accessKeyId || !accessKeySecret) throw new Error('the credentials provider answered no access key');
    return { accessKeyId, accessKeySecret, securityToken: securityToken === '' ? undefined : securityToken };
  };
  return () => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
