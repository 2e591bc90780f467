import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';

export const CODE_LIFETIME_SECONDS = 600;
export const MAX_ATTEMPTS = 5;
const DIGITS = 8;

export function newCode(): string {
  return randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
}

/** What a code is good for: to sign in, or to prove that an address or number is to be an account's. */
export type CodePurpose = 'code' | 'contact';

interface Given {
  readonly purpose: CodePurpose;
  readonly challengeId: string;
  readonly code: string;
}

/** What is stored of a code: worthless without the pepper, and of no use for another challenge or purpose. */
export function macOf(pepper: Buffer, { purpose, challengeId, code }: Given): Buffer {
  return createHmac('sha256', pepper).update(`${purpose}:${challengeId}:${code}`).digest();
}

export const isRight = (pepper: Buffer, given: Given, codeMac: Buffer): boolean => timingSafeEqual(codeMac, macOf(pepper, given));
