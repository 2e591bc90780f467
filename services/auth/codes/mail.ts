import type { Region } from '#contracts/regions.ts';

/**
 * The mail that brings a code. The code stands on a line of its own, and is not in the subject, which phones show when locked.
 * It names its region, whose codes work nowhere else: who signs in to both gets two mails.
 */
export function codeMail(code: string, lifetimeSeconds: number, region: Region): { subject: string; text: string } {
  const minutes = Math.round(lifetimeSeconds / 60);
  return {
    subject: 'Your sign-in code',
    text: `Your code for madeinworld is\n\n${code}\n\nRegion: ${region}\n\nIt works once, within ${minutes} minutes. If you did not ask for it, ignore this mail.\n`,
  };
}
