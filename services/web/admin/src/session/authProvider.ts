import type { AuthProvider } from 'react-admin';
import { ProblemError } from '../api/problem.ts';
import { mayOpen } from './roles.ts';
import type { Session } from './session.ts';

/** What react-admin asks about a region's session. The sign-in page speaks to the session itself. */
export function createAuthProvider(session: Session): AuthProvider {
  return {
    // The sign-in page has signed in by then; this leads to the page that was asked for.
    login: async () => undefined,
    // Called when a session proves to be over; ending one at the server is `session.signOut`.
    logout: async () => session.forget(),
    checkAuth: async () => {
      if ((await session.token()) === undefined) throw new Error('ra.auth.auth_check_error');
    },
    canAccess: async ({ resource, action }) => {
      // After a reload nobody is known until the session was renewed.
      await session.token();
      return mayOpen(session.account()?.role, resource, action);
    },
    checkError: async (error: unknown) => {
      if (error instanceof ProblemError && error.status === 401) throw new Error('ra.notification.logged_out');
    },
  };
}
