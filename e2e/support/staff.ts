import type { APIRequestContext } from '@playwright/test';
import { Type } from 'typebox';
import type { Region, Target } from '../target.ts';
import { ask } from './ask.ts';

const Opened = Type.Object({ accounts: Type.Array(Type.Object({ id: Type.String() })) });
const anything = Type.Unknown();

/** Makes members of staff, in the name of an administrator. */
export type Staff = {
  /** Opens an account with a role; answers its address. */
  readonly hire: (region: Region, token: string, role: 'support' | 'warehouse' | 'catalogue') => Promise<string>;
};

export function createStaff(request: APIRequestContext, target: Target): Staff {
  return {
    hire: async (region, token, role) => {
      const email = `${role}-${Date.now()}@example.com`;
      const accounts = `${target.apiUrls[region]}/v1/auth/accounts`;
      const opened = await ask(request, 'POST', accounts, Opened, { token, body: { emails: [email] } });
      const id = opened.accounts[0]?.id ?? '';
      await ask(request, 'PATCH', `${accounts}/${id}`, anything, { token, body: { role } });
      return email;
    },
  };
}
