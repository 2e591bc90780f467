import { SIGNATURE_HEADER } from '#notification/suppressions/bounce-routes.ts';

import { signed, type Reach } from './kinds.ts';

export const notificationReach: Readonly<Record<string, Reach>> = {
  'notification receiveBounce': {
    aim: async ({ every, person: { email } }) =>
      signed('/v1/notifications/bounces', SIGNATURE_HEADER, every.signingSecrets.mail, {
        address: email,
        reason: 'complaint',
        at: new Date().toISOString(),
      }),
    owner: 204,
    others: 401,
    nobody: 401,
  },
};
