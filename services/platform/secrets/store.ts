/** Where secrets come from: one call a read, no caching of its own. */
export interface SecretStore {
  /** The current value of `name`. Rejects when it does not exist, may not be read, or the store does not answer. */
  get(name: string): Promise<string>;
  close(): void;
}
