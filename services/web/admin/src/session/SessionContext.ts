import { createContext, use, useSyncExternalStore } from 'react';
import type { ClientOperation } from '#client/index.ts';
import type { Region } from '../region/region.ts';
import { useRegion } from '../region/useRegion.ts';
import type { Api } from '../api/api.ts';
import { mayCall } from './roles.ts';
import type { Account, Session } from './session.ts';

export type Backend = {
  readonly session: Session;
  /** Requests in the name of who is signed in. */
  readonly api: Api;
  /** Requests in nobody's name: what the API shows to everybody, also of a region where this person has no session. */
  readonly open: Api;
};
export type Backends = Readonly<Record<Region, Backend>>;

export const BackendsContext = createContext<Backends | undefined>(undefined);

/** Both regions' sessions and APIs. */
export function useBackends(): Backends {
  const backends = use(BackendsContext);
  if (backends === undefined) throw new Error('useBackends is used outside the panel');
  return backends;
}

/** The API of the region that is shown, in the name of who is signed in. */
export function useApi(): Api {
  return useBackends()[useRegion()].api;
}

/** The session at the region that is shown. */
export function useSession(): Session {
  return useBackends()[useRegion()].session;
}

/** Whether who is signed in may call an operation. */
export function useMayCall(operation: ClientOperation): boolean {
  return mayCall(useAccount()?.role, operation);
}

/** Who is signed in at the region that is shown. */
export function useAccount(): Account | undefined {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, session.account);
}
