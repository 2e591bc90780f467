import { useLogout, useNotify } from 'react-admin';
import { useSession } from './SessionContext.ts';

/** Ends the session and shows the sign-in page, which leads back here with `comeBack`. Who cannot reach the region is told so, and stays signed in. */
export function useSignOut({ comeBack }: { readonly comeBack: boolean }): () => Promise<void> {
  const notify = useNotify();
  const logout = useLogout();
  const session = useSession();
  return async () => {
    try {
      await session.signOut();
      await logout({}, undefined, comeBack);
    } catch {
      notify('problem.unreachable', { type: 'error' });
    }
  };
}
