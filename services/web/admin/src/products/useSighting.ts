import { useEffect, useState } from 'react';
import { isUnreachable, ProblemError } from '../api/problem.ts';
import type { Api } from '../api/api.ts';
import { etagOf } from '#contracts/stamp.ts';
import type { Region } from '../region/region.ts';
import { useBackends } from '../session/SessionContext.ts';
import type { Sighting } from './comparison.ts';

const everyMs = 1_000;
const patienceMs = 3_000;
/** After being told to slow down. */
const restMs = 5_000;

/**
 * What a region has of a product now, asked every second while the page is visible. A change of `poke` asks at once. What the API shows
 * to everybody is enough, so no sign-in at that region is needed.
 */
export function useSighting(region: Region, id: string, poke: string): Sighting {
  const { open } = useBackends()[region];
  const [sighting, setSighting] = useState<Sighting>({ kind: 'asking' });
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      if (asking || document.hidden) return;
      asking = true;
      const next = await ask(open, id, gone.signal);
      asking = false;
      if (gone.signal.aborted) return;
      if (next !== 'slowDown') setSighting(next);
      timer = setTimeout(() => void look(), next === 'slowDown' ? restMs : everyMs);
    };
    const onVisibility = (): void => void look();
    document.addEventListener('visibilitychange', onVisibility);
    void look();
    return () => {
      gone.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [open, id, poke]);
  return sighting;
}

async function ask({ catalog }: Api, id: string, gone: AbortSignal): Promise<Sighting | 'slowDown'> {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(patienceMs)]);
  try {
    const { body, etag } = await catalog.getProduct({ params: { id }, query: {}, signal });
    return { kind: 'found', product: { ...body, etag: etag ?? etagOf(body.stamp) } };
  } catch (error) {
    if (signal.aborted || isUnreachable(error)) return { kind: 'unreachable' };
    if (error instanceof ProblemError && error.status === 404) return { kind: 'missing' };
    if (error instanceof ProblemError && error.status === 429) return 'slowDown';
    return { kind: 'unreachable' };
  }
}
