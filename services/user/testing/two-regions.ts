import pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import { LinkOffer, type ConsentTopic } from '#contracts/user.ts';
import { applyItems, takeItems } from '#sync/testing/regions.ts';

import { addressWritingExample } from '../examples.ts';
import { bodyOf, openScene, somebody, type Scene } from './scene.ts';

export type Somebody = ReturnType<typeof somebody>;

/** One region: its user service, and what sync and a superuser see of its database. */
export interface Side extends Scene {
  readonly sync: pg.Pool;
  readonly owner: pg.Pool;
}

export interface TwoRegions {
  readonly world: Side;
  readonly china: Side;
  /** All that has crossed so far, as text. */
  readonly crossed: () => string;
  /** Brings what changed in one region to the other, by sync's own reading and applying. */
  ship(from: Region): Promise<void>;
  /** Ships both ways until there is nothing left. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

async function openSide(region: Region): Promise<Side> {
  const scene = await openScene({ region });
  const sync = (await scene.region.open('sync')).pool;
  const owner = new pg.Pool({ connectionString: scene.region.urls.url, max: 2 });
  return {
    ...scene,
    sync,
    owner,
    async close() {
      await owner.end();
      await scene.close();
    },
  };
}

export async function openTwoRegions(): Promise<TwoRegions> {
  const [world, china] = await Promise.all([openSide('world'), openSide('china')]);
  const sides = { world, china };
  const crossed: string[] = [];
  async function ship(from: Region): Promise<void> {
    const to = sides[from === 'world' ? 'china' : 'world'];
    for (const [entity, items] of await takeItems(sides[from])) {
      crossed.push(entity, ...items);
      const answers = await applyItems(to, entity, items);
      const refused = answers.filter(({ outcome }) => !['applied', 'stale', 'conflict'].includes(outcome));
      if (refused.length > 0) throw new Error(`what was sent is not taken: ${JSON.stringify(refused)}`);
    }
  }
  return {
    world,
    china,
    crossed: () => crossed.join('\n'),
    ship,
    async settle() {
      for (const from of ['world', 'china', 'world', 'china'] as const) await ship(from);
    },
    async close() {
      await Promise.all([world.close(), china.close()]);
    },
  };
}

export async function agree(side: Scene, as: Somebody, granted = true, topic: ConsentTopic = 'cross_border'): Promise<void> {
  const body = { items: [{ topic, granted, wordingVersion: 'v1' }] };
  const { status } = await side.call('PUT', '/v1/me/consents', { as, body });
  if (status !== 200) throw new Error(`the consent was not taken: ${status}`);
}

/** Somebody who has agreed to be known in both regions. */
export async function willing(side: Scene): Promise<Somebody> {
  const as = somebody();
  await agree(side, as);
  return as;
}

export const offer = async (side: Scene, as: Somebody): Promise<string> =>
  bodyOf(LinkOffer, await side.call('POST', '/v1/me/link', { as })).code;

export const claim = (side: Scene, as: Somebody, code: string) => side.call('POST', '/v1/me/link/claim', { as, body: { code } });

/** Somebody with an address in each region, who is linked: offered in the world, taken up in China. */
export async function linkedIn({ world, china, ship, settle }: TwoRegions): Promise<Readonly<Record<Region, Somebody>>> {
  const both = { world: await willing(world), china: await willing(china) };
  await world.call('POST', '/v1/me/addresses', { as: both.world, body: addressWritingExample });
  await china.call('POST', '/v1/me/addresses', { as: both.china, body: addressWritingExample });
  const code = await offer(world, both.world);
  await ship('world');
  const { status } = await claim(china, both.china, code);
  if (status !== 200) throw new Error(`the link is not taken up: ${status}`);
  await settle();
  return both;
}

/** What the person sees of their link. */
export const stateOf = async (side: Scene, as: Somebody): Promise<unknown> => {
  const { body } = await side.call('GET', '/v1/me/link', { as });
  return typeof body === 'object' && body !== null && 'state' in body ? body.state : body;
};
