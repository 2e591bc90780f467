import { LinkOffer } from '#contracts/user.ts';
import { home } from '#order/testing/shop.ts';

import { bodyOf } from '../../http.ts';
import { callOf } from '../../planted/life.ts';
import { addressOf, consentToCrossing, written, type Aimed, type Owner } from '../belongings.ts';
import { hidden, mine, theirs, type Owned, type Reach } from './kinds.ts';

const address = (owner: number, more: (owner: Owner) => Partial<Aimed> = () => ({})): Owned => ({
  aim: async (whose) => {
    const { url, etag } = await addressOf(whose);
    return mine(whose, url, { headers: { 'if-match': etag }, ...more(whose) });
  },
  owner,
  ...hidden,
});

/** A link that is offered to the other region. */
async function linkOf(owner: Owner): Promise<LinkOffer> {
  await consentToCrossing(owner);
  return bodyOf(LinkOffer, await callOf(owner.every, 'user')('POST', '/v1/me/link', { headers: owner.person.headers }));
}

export const userReach: Readonly<Record<string, Reach>> = {
  'user getMe': theirs('/v1/me', 200),
  'user changeMe': {
    aim: async (whose) => {
      const { headers } = await callOf(whose.every, 'user')('GET', '/v1/me', { headers: whose.person.headers });
      return mine(whose, '/v1/me', { headers: { 'if-match': String(headers['etag']) }, body: { language: 'zh' } });
    },
    owner: 200,
    others: 'theirs',
    // Its version counts changes: somebody who has changed as much has the same one.
    theirs: [200, 412],
    nobody: 401,
  },
  'user listMyAddresses': theirs('/v1/me/addresses', 200, { having: addressOf }),
  'user getMyAddress': address(200),
  'user addMyAddress': theirs('/v1/me/addresses', 201, {
    more: (whose) => ({ body: written(whose), othersBody: { ...home, region: undefined } }),
  }),
  'user putMyAddress': address(200, (whose) => ({ body: written(whose), othersBody: { ...home, region: undefined } })),
  'user removeMyAddress': address(204),
  'user getMyConsents': theirs('/v1/me/consents', 200, { having: consentToCrossing }),
  'user putMyConsents': theirs('/v1/me/consents', 200, {
    more: () => ({ body: { items: [{ topic: 'marketing_email', granted: true, wordingVersion: 'v1' }] } }),
  }),
  'user getMyLink': theirs('/v1/me/link', 200, { having: linkOf }),
  'user offerMyLink': {
    aim: async (whose) => {
      await consentToCrossing(whose);
      return mine(whose, '/v1/me/link');
    },
    owner: 200,
    others: 'theirs',
    nobody: 401,
  },
  'user claimMyLink': {
    aim: async (whose) => {
      const { code } = await linkOf(whose);
      return mine(whose, '/v1/me/link/claim', { body: { code } });
    },
    // A code counts in the other region alone: nobody ties themselves to an account by it here, its owner neither.
    owner: 409,
    others: 409,
    nobody: 401,
  },
  'user endMyLink': theirs('/v1/me/link', 204, { having: linkOf }),
  'user exportMe': theirs('/v1/me/exports', 200, { having: addressOf }),
  'user eraseMe': theirs('/v1/me/erasure', 200, { having: addressOf }),
};
