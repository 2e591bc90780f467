import { setTimeout as sleep } from 'node:timers/promises';
import { composeProject } from '../docker/compose.ts';
import { containerControl } from '../docker/container-control.ts';
import type { FaultContainer } from '../faults/kind.ts';
import { containersIn } from '../topology/containers.ts';
import type { Registry } from './registry.ts';
import type { TwinPaths } from './state.ts';
import type { Twin } from './twin.ts';

export interface FaultContainerDeps {
  readonly paths: TwinPaths;
  readonly registry: Registry;
  readonly twin: Twin;
}

/** LocalStack may have to be started, filled and told of. */
const backWithinMs = 120_000;
const pollMs = 50;

/** The container of a name, for faults; undefined where the twin has no such container. */
export function faultContainer(name: string, { paths, registry, twin }: FaultContainerDeps): FaultContainer | undefined {
  const spec = containersIn(registry.state).find((container) => container.name === name);
  if (spec === undefined) return undefined;
  const control = containerControl(`${composeProject(paths.simDir)}-${spec.suffix}`);
  const isDown = (): boolean => spec.offers.some((component) => registry.state.ended[component] !== undefined);

  async function until(done: () => boolean, what: string): Promise<void> {
    for (const endMs = performance.now() + backWithinMs; !done(); await sleep(pollMs)) {
      if (performance.now() > endMs) throw new Error(`${name} ${what} within ${backWithinMs / 1000} s`);
    }
  }

  const launcher = (): boolean => registry.state.processes.some((process) => process.name === name);
  const launcherRuns = (): boolean => registry.state.processes.some((process) => process.name === name && process.state === 'running');

  return {
    async kill() {
      await control.kill();
      // What comes next is to find it noted: who mends it waits for it to be back.
      await until(() => (launcher() ? !launcherRuns() : isDown()), 'was killed, and its end was not seen');
    },
    pause: () => control.pause(),
    resume: () => control.resume(),
    async revive() {
      // One of the product's is removed when it ends, and made anew by its launcher.
      if (launcher()) {
        if (!launcherRuns()) await twin.restart(name);
        return;
      }
      if (!isDown()) return;
      await control.start();
      await until(() => !isDown(), 'was started, and is not back');
    },
  };
}
