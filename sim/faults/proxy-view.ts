import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { Toxiproxy } from 'toxiproxy-node-client';

const ToxicView = Type.Object({
  name: Type.String(),
  type: Type.String(),
  stream: Type.String(),
  toxicity: Type.Number(),
  attributes: Type.Unknown(),
});
export type ToxicView = Static<typeof ToxicView>;

const ProxyView = Type.Object({
  name: Type.String(),
  listen: Type.String(),
  upstream: Type.String(),
  enabled: Type.Boolean(),
  toxics: Type.Array(ToxicView),
});
export type ProxyView = Static<typeof ProxyView>;

const Proxies = Type.Record(Type.String(), ProxyView);

/** Every proxy of a Toxiproxy server with its toxics (which the client's own objects leave out). */
export async function readProxies(toxiproxyUrl: string): Promise<Record<string, ProxyView>> {
  const answer = await new Toxiproxy(toxiproxyUrl).getApi().get<unknown>(`${toxiproxyUrl}/proxies`);
  return Value.Parse(Proxies, answer.data);
}
