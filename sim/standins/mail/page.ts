import { createHash } from 'node:crypto';

import type { Message } from './store.ts';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #f5f6f8 }
article { background: #fff; border: 1px solid #e1e4e9; border-radius: 8px; padding: 1rem; margin: 1rem 0 }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 0 } p { margin: 0; color: #4a5361 }
pre { margin: 0.75rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 1rem/1.5 ui-monospace, monospace }`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** What a browser may do with the page: show it with its own style, and nothing else. A mail is a stranger's text. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** The newest messages as a page to read in a browser: no scripts, and every text as text. */
export function mailPage(messages: readonly Message[]): string {
  const none = '<p>No message has come yet. Reload this page to look again.</p>';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Mail sink</title><style>${style}</style></head>
<body>
<h1>Mail sink</h1>
<p>What the twin would have mailed or sent as text messages, newest first. Nothing leaves this machine. As JSON: <a href="/messages">/messages</a></p>
${messages.length === 0 ? none : messages.map(article).join('\n')}
</body>
</html>
`;
}

function article({ to, subject, receivedAt, text, vendor }: Message): string {
  const at = escapeHtml(receivedAt);
  return `<article>
<h2>${vendor === undefined ? escapeHtml(subject) : `Text message (${escapeHtml(vendor)})`}</h2>
<p>to ${escapeHtml(to.join(', '))}, <time datetime="${at}">${at}</time></p>
<pre>${escapeHtml(text.trim())}</pre>
</article>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
