import { diagnose } from '../../docker/diagnose.ts';
import { probeDocker } from '../../docker/probe.ts';
import type { Finding } from './doctor.ts';

/** Docker is needed for `--docker` alone, so that it is not there is no fault. */
export async function checkDocker(): Promise<Finding[]> {
  const what = 'Docker (for --docker)';
  const probes = await probeDocker();
  const advice = diagnose('', probes);
  if (probes.engine !== undefined || probes.compose !== undefined) {
    return [
      {
        what,
        state: 'missing',
        detail: 'does not answer; everything else works without it',
        ...(advice !== undefined && { mend: advice }),
      },
    ];
  }
  const missing = probes.missingImages ?? [];
  if (missing.length === 0) return [{ what, state: 'fine', detail: 'engine, compose and images are there' }];
  return [{ what, state: 'missing', detail: `images are not here yet: ${missing.join(', ')}`, mend: `docker pull ${missing[0]}` }];
}
