export type Region = 'world' | 'china';
export const regions: readonly Region[] = ['world', 'china'];

/** What `load/main.ts` hands over in the environment. Throws when the script is run without it. */
export function setting(name: string): string {
  const value = __ENV[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: start this with npm run load`);
  return value;
}

export function apiUrl(region: Region): string {
  return setting(`${region.toUpperCase()}_API_URL`);
}

/** Headers of a request of staff. */
export function staffHeaders(region: Region): { authorization: string; 'content-type': string } {
  return { authorization: `Bearer ${setting(`${region.toUpperCase()}_TOKEN`)}`, 'content-type': 'application/json' };
}
