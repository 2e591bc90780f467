/** Where secrets come from: one call a read, no caching of its own. */
export interface SecretStore {
  /** The current value of `name`. Rejects when it does not exist, may not be read, or the store does not answer. */
  get(name: string): Promise<string>;
  close(): void;
}

export type SecretStoreConfig =
  | { readonly provider: 'aws'; readonly region?: string; readonly endpoint?: string }
  | { readonly provider: 'alibaba'; readonly endpoint: string; readonly credentialsUri?: string };

/** Opens the store that `config` names. Only that provider's SDK is loaded: each costs 60-170 ms of start-up. */
export async function openSecretStore(config: SecretStoreConfig): Promise<SecretStore> {
  if (config.provider === 'aws') {
    const { openAwsSecretStore } = await import('./aws.ts');
    return openAwsSecretStore(config);
  }
  const { openAlibabaSecretStore } = await import('./alibaba.ts');
  return openAlibabaSecretStore(config);
}
