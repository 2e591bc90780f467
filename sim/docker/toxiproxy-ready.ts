import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Version = Type.Object({ version: Type.String() });
const answerWithinMs = 60_000;
const requestWithinMs = 5_000;

/** Somebody else has the port of Toxiproxy. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/**
 * Resolves when Toxiproxy answers at `url`. It says that it starts before it has its port, and lives on without one: so neither its log nor its process tells. Throws
 * PortTaken where somebody else answers, and the last error when there is no answer within a minute.
 */
export async function untilToxiproxy(url: string): Promise<void> {
  for (const startMs = Date.now(); ; await sleep(100)) {
    let answer: { readonly status: number; readonly text: string };
    try {
      const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(requestWithinMs) });
      answer = { status: response.status, text: await response.text() };
    } catch (error) {
      if (Date.now() - startMs > answerWithinMs) throw error;
      continue;
    }
    if (answer.status === 200 && isVersion(answer.text)) return;
    throw new PortTaken(
      `something else than Toxiproxy answers at ${url} (with ${answer.status}): end it, for Toxiproxy has lost its port to it`,
    );
  }
}

function isVersion(text: string): boolean {
  try {
    return Value.Check(Version, JSON.parse(text));
  } catch {
    return false;
  }
}
