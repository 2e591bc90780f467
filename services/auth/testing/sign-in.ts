import { Value } from 'typebox/value';

import { CodeRequested, Tokens } from '#contracts/auth.ts';

import type { Scene } from './scene.ts';

/** Asks for a code as a client does, and reads it from the mail. */
export async function askForCode(scene: Scene, email: string): Promise<{ challengeId: string; code: string }> {
  const answer = await scene.post('/v1/auth/codes', { email });
  const { challengeId } = Value.Parse(CodeRequested, answer.body);
  const code = /^\d{8}$/m.exec(scene.mails.at(-1)?.text ?? '')?.[0] ?? '';
  return { challengeId, code };
}

export async function signIn(
  scene: Scene,
  email: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokens & { refreshToken: string }> {
  const answer = await scene.post('/v1/auth/tokens', await askForCode(scene, email), headers);
  const tokens = Value.Parse(Tokens, answer.body);
  return { ...tokens, refreshToken: tokens.refreshToken ?? '' };
}

/** A code that is surely another one. */
export function anotherCode(code: string): string {
  return ((Number(code) + 1) % 10 ** 8).toString().padStart(8, '0');
}
