/** One spelling of an address: what people type differs in case, and mailboxes do not. */
export function normalizeEmail(address: string): string {
  return address.normalize('NFC').toLowerCase();
}
