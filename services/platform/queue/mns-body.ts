/** The body as it travels: Base64 of UTF-8, since MNS carries XML text, and its clients' convention is Base64. */
export function encodeBody(body: string): string {
  return Buffer.from(body, 'utf8').toString('base64');
}

/** What a client put in. The platform's own senders (a schedule, an event rule) may put plain text in: what is not Base64 comes back as it is. */
export function decodeBody(text: string): string {
  const compact = text.replace(/\s+/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return text;
  return Buffer.from(compact, 'base64').toString('utf8');
}
