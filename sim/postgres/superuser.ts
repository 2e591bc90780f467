import { dockerPassword } from '../docker/compose.ts';
import type { TwinPaths, TwinState } from '../supervisor/state.ts';
import type { Region } from '../topology/regions.ts';
import { readSuperuserPassword } from './cluster.ts';
import { reachablePath, serverIdentity } from './identity.ts';
import { withDatabase, withRole } from './provision.ts';

/** The superuser's way into a region's server, round the links. Throws RangeError where the server has not been started. */
export async function superuserUrl(paths: TwinPaths, state: TwinState, region: Region): Promise<string> {
  const url = state.addresses[`${region}:postgres`];
  if (url === undefined) throw new RangeError(`${region}:postgres has not been started`);
  const password =
    state.mode === 'docker'
      ? dockerPassword(paths)
      : await readSuperuserPassword(await reachablePath(paths.postgres(region), serverIdentity()));
  return withRole(withDatabase(url, 'postgres'), 'postgres', password);
}
