import { expect, it } from 'vitest';

import { createHttpApp } from './http.ts';
import { createLogger } from './log.ts';

/** An app that answers anything with 404, and what it logs of that. */
async function asked(id: string): Promise<{ answered: unknown; lines: string }> {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'test', destination: { write: (line: string) => void lines.push(line) } });
  const app = createHttpApp({ name: 'shop', log, readiness: { draining: false, checks: {} }, routes: {} });
  const { headers } = await app.inject({ url: '/things', headers: { 'x-correlation-id': id } });
  await app.close();
  return { answered: headers['x-correlation-id'], lines: lines.join('') };
}

it.each(['6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10', '0af7651916cd43dd8448eb211c80319c'])(
  'a client’s correlation id that is opaque is taken: %s',
  async (id) => {
    const { answered, lines } = await asked(id);
    expect(answered).toBe(id);
    expect(lines).toContain(`"correlationId":"${id}"`);
  },
);

it.each(['zorba.quillfeather', 'call-447700900123', '447700900123', '6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10.447700900123'])(
  'one that may name a person is neither echoed nor logged: %s',
  async (id) => {
    const { answered, lines } = await asked(id);
    expect(answered).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(lines).toContain(`"correlationId":"${String(answered)}"`);
    expect(lines).not.toMatch(/quillfeather|447700900123/);
  },
);
