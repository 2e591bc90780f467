import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { ApiError, openApi } from '../../region-api/api.ts';
import { openSession } from '../../region-api/session.ts';
import { staffAddress } from '../../topology/environment.ts';
import { regions, type Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, requireTwin } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';
import { print, printJson } from '../screen.ts';

const Token = Type.Object({ url: Type.String(), accessToken: Type.String(), expiresAt: Type.String() });
type Token = Static<typeof Token>;
const Cache = Type.Object({ startedAt: Type.String(), tokens: Type.Record(Type.String(), Token) });
const Claims = Type.Object({ exp: Type.Number() });

/** A token is not handed out that would expire while it is being used. */
const spareMs = 30_000;
const patienceMs = 10_000;

/** Prints an access token of the twin's staff, kept in the twin's folder until it expires; signs in where there is none. */
export async function token(
  config: CliConfig,
  region: Region | undefined,
  options: { readonly renew?: true; readonly json?: true },
): Promise<void> {
  const { state } = await requireTwin(config.paths);
  const file = join(config.paths.simDir, 'access-tokens.json');
  const held = options.renew === true ? {} : readCache(file, state.startedAt);
  const wanted = region === undefined ? regions : [region];
  const mailUrl = addressIn(state, 'mail');
  const found = await Promise.all(
    wanted.map(async (name) => {
      const url = addressIn(state, `${name}:front`);
      const cached = held[name];
      const fresh = cached !== undefined && cached.url === url && Date.parse(cached.expiresAt) > Date.now() + spareMs;
      return [name, fresh ? cached : await signIn(url, mailUrl)] as const;
    }),
  );
  const tokens = Object.fromEntries(found);
  // Written anew, so that its mode is what it says whatever was there.
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify({ startedAt: state.startedAt, tokens: { ...held, ...tokens } }), { mode: 0o600 });
  if (options.json === true) printJson(tokens);
  else for (const [name, { accessToken }] of found) print(region === undefined ? `${name}  ${accessToken}` : accessToken);
}

/** Tokens of an earlier run of the twin are none: its keys may be others. */
function readCache(file: string, startedAt: string): Record<string, Token> {
  try {
    const cache = Value.Parse(Cache, JSON.parse(readFileSync(file, 'utf8')));
    return cache.startedAt === startedAt ? cache.tokens : {};
  } catch {
    return {};
  }
}

async function signIn(url: string, mailUrl: string): Promise<Token> {
  const api = openApi({ url, connections: 1, patienceMs });
  const mail = openApi({ url: mailUrl, connections: 1, patienceMs });
  const signals = { stop: new AbortController().signal, abandon: AbortSignal.timeout(60_000) };
  try {
    const accessToken = await openSession({ api, mail, address: staffAddress }).token(signals);
    return { url, accessToken, expiresAt: expiryOf(accessToken) };
  } catch (error) {
    // What was refused runs.
    const refused = error instanceof ApiError && error.status === 403;
    const advice = refused ? undefined : 'npm run sim:status   shows what is not running';
    throw new CommandFailure(error instanceof Error ? error.message : String(error), advice, { cause: error });
  } finally {
    await Promise.all([api.close(), mail.close()]);
  }
}

function expiryOf(accessToken: string): string {
  const [, payload = ''] = accessToken.split('.');
  const { exp } = Value.Parse(Claims, JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  return new Date(exp * 1_000).toISOString();
}
