import { Value } from 'typebox/value';

import { CodeRequested, Tokens } from '#contracts/auth.ts';

import type { Scene } from './scene.ts';

/** Asks for a code as a client does, by mail or to a number, and reads it where it comes. */
export async function askForCode(scene: Scene, address: string): Promise<{ challengeId: string; code: string }> {
  const isNumber = address.startsWith('+');
  const answer = await scene.post('/v1/auth/codes', isNumber ? { phone: address } : { email: address });
  const { challengeId } = Value.Parse(CodeRequested, answer.body);
  const code = isNumber ? scene.texts.at(-1)?.parameters['code'] : /^\d{8}$/m.exec(scene.mails.at(-1)?.text ?? '')?.[0];
  return { challengeId, code: code ?? '' };
}

export async function signIn(
  scene: Scene,
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokens & { refreshToken: string }> {
  const answer = await scene.post('/v1/auth/tokens', await askForCode(scene, address), headers);
  const tokens = Value.Parse(Tokens, answer.body);
  return { ...tokens, refreshToken: tokens.refreshToken ?? '' };
}

/** A code that is surely another one. */
export function anotherCode(code: string): string {
  return ((Number(code) + 1) % 10 ** 8).toString().padStart(8, '0');
}
