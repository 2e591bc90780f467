import { paymentsProcess, type ProcessSpec } from '../../topology/processes.ts';
import { domainServices } from '../../topology/regions.ts';

/** What a change of files asks for. */
export interface Affected {
  /** Processes to be started anew, by name. */
  readonly processes: readonly string[];
  /** Whether migrations changed: they run before anything is started anew. */
  readonly migrate: boolean;
}

/** What serves of each service's folder, as SERVICES names it. */
const programsOf: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(domainServices.map(({ name }) => [name, [name]])),
  sync: ['sync', 'sync-ingest', 'sync-worker'],
};

/** Folders of `services` that no process of a region loads: the panel is built, and the Worker is the front's. */
const elsewhere = new Set(['web', 'edge']);

const paymentsFolder = 'order/payments/';
const sandboxFolder = `${paymentsFolder}sandbox/`;

const isSource = (path: string): boolean => /\.(ts|sql|json)$/.test(path) && !/\.test\.ts$|(^|\/)testing\//.test(path);

/**
 * What has to be started anew when `files` (below `services`, with `/`) changed: a service's own files concern its processes, what is shared
 * - contracts, platform, the entry point - all of them. The payment sandbox is a program of its own in a folder of the order service. Tests, documents, the panel and editors' own files concern nobody.
 */
export function affectedBy(files: readonly string[], specs: readonly ProcessSpec[]): Affected {
  const concerned = new Set<string>();
  let migrate = false;
  for (const file of files.filter(isSource)) {
    const [folder = '', ...rest] = file.split('/');
    if (elsewhere.has(folder)) {
      if (folder === 'edge') for (const { name } of specs) if (name === 'world-front') concerned.add(name);
      continue;
    }
    migrate ||= rest.includes('migrations') || file === 'migrate.ts';
    const programs = rest.length === 0 ? undefined : programsOf[folder];
    const isSandbox = file.startsWith(sandboxFolder);
    // What it has in common with the order service lies beside it, and is its payments' alone.
    const loadsSandbox = rest.length > 0 && (programs === undefined || file.startsWith(paymentsFolder));
    for (const { name, region, serves = [] } of specs) {
      const isServing = serves.length > 0 && !isSandbox && (programs === undefined || serves.some((program) => programs.includes(program)));
      const isPayments = region !== undefined && name === paymentsProcess(region) && loadsSandbox;
      if (isServing || isPayments) concerned.add(name);
    }
  }
  return { processes: [...concerned], migrate };
}
