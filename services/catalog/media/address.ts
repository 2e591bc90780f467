/**
 * Whether `url` may be shown as a link: https, to a name, without credentials, and in the one spelling that the URL standard (WHATWG) gives it, since the link's id
 * is made of it. Pure.
 */
export function isAddress(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return (
    parsed !== undefined &&
    parsed.protocol === 'https:' &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.hash === '' &&
    /[a-z]$/.test(parsed.hostname) &&
    parsed.hostname.includes('.') &&
    parsed.href === url
  );
}
