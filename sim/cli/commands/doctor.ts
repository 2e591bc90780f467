import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { promisify } from 'node:util';
import pc from 'picocolors';
import { collectProcesses } from '../../status/collect.ts';
import { locateBinaries } from '../../postgres/binaries.ts';
import { checkoutDir } from '../../paths.ts';
import type { CliConfig } from '../config.ts';
import { fetchState, findSupervisor, survivors } from '../control-client.ts';
import { layOut, print, printJson } from '../screen.ts';
import { isObstructed } from '../sim-folder.ts';

const run = promisify(execFile);

const missing = 'not found, or does not answer; everything else works without it';

interface Finding {
  readonly what: string;
  readonly state: 'fine' | 'wrong' | 'missing' | 'down';
  readonly detail: string;
  /** The command that mends it. */
  readonly mend?: string;
}

/** Looks at the machine and the twin; exits 1 when something is wrong. What is only missing for options is no fault. */
export async function doctor(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const groups = await Promise.all([
    checkNode(),
    checkPrograms(),
    checkRoom(),
    checkFolder(config),
    checkOptional(config),
    checkBrowser(),
    checkTwin(config),
  ]);
  const findings = groups.flat();
  if (findings.some((finding) => finding.state === 'wrong')) process.exitCode = 1;
  if (options.json === true) return printJson(findings);
  const paint = { fine: pc.green('fine'), wrong: pc.red('wrong'), missing: pc.yellow('missing'), down: pc.dim('down') };
  print(
    layOut(
      findings.map(({ what, state, detail, mend }) => [paint[state], what, detail, mend === undefined ? '' : `-> ${mend}`]),
      '',
    ),
  );
}

async function checkNode(): Promise<Finding[]> {
  const [major = '0'] = process.versions.node.split('.');
  if (Number(major) >= 24) return [{ what: 'Node', state: 'fine', detail: process.versions.node }];
  return [
    {
      what: 'Node',
      state: 'wrong',
      detail: `${process.versions.node} runs this, 24 is needed`,
      mend: 'npm ci, then use npm run sim -- ...',
    },
  ];
}

async function checkPrograms(): Promise<Finding[]> {
  const what = 'PostgreSQL programs';
  try {
    return [{ what, state: 'fine', detail: (await locateBinaries()).version }];
  } catch (error) {
    return [{ what, state: 'wrong', detail: error instanceof Error ? error.message : String(error), mend: 'npm ci' }];
  }
}

async function checkRoom(): Promise<Finding[]> {
  const disk = await statfs(checkoutDir);
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB free`;
  const free = disk.bavail * disk.bsize;
  return [
    {
      what: 'disk',
      state: free > 1e9 ? 'fine' : 'wrong',
      detail: gigabytes(free),
      ...(free > 1e9 ? {} : { mend: 'npm run sim:down -- --wipe' }),
    },
    { what: 'memory', state: freemem() > 1.2e9 ? 'fine' : 'wrong', detail: `${gigabytes(freemem())} (the twin takes up to 1.2)` },
  ];
}

async function checkFolder({ paths }: CliConfig): Promise<Finding[]> {
  if (isObstructed(paths))
    return [{ what: 'data', state: 'wrong', detail: `${paths.simDir} is a file`, mend: `mv ${paths.simDir} elsewhere` }];
  const writable = await access(checkoutDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  return [{ what: 'checkout', state: writable ? 'fine' : 'wrong', detail: writable ? checkoutDir : `${checkoutDir} cannot be written to` }];
}

async function checkOptional(config: CliConfig): Promise<Finding[]> {
  const tools: readonly (readonly [string, string, readonly string[]])[] = [
    ['Docker (for --docker)', 'docker', ['version', '--format', '{{.Server.Version}}']],
    ['psql', 'psql', ['--version']],
    ['k6 (for npm run load)', 'k6', ['version']],
  ];
  return await Promise.all(
    tools.map(async ([what, program, args]): Promise<Finding> => {
      try {
        const { stdout } = await run(program, args, { env: config.environment, timeout: 5000 });
        return { what, state: 'fine', detail: stdout.trim().split('\n')[0] ?? '' };
      } catch {
        return { what, state: 'missing', detail: missing };
      }
    }),
  );
}

const systemBrowsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) => `/usr/bin/${name}`);

/** The system's, else the one that Playwright has installed. */
async function checkBrowser(): Promise<Finding[]> {
  const what = 'browser (for npm run e2e)';
  const { chromium } = await import('@playwright/test');
  const found = [...systemBrowsers, chromium.executablePath()].find((path) => path !== '' && existsSync(path));
  if (found !== undefined) return [{ what, state: 'fine', detail: found }];
  return [{ what, state: 'missing', detail: missing, mend: 'npx playwright install --with-deps chromium' }];
}

async function checkTwin(config: CliConfig): Promise<Finding[]> {
  const what = 'twin';
  const supervisor = findSupervisor(config.paths);
  if (supervisor === undefined) {
    const left = survivors(config.paths);
    if (left === 0) return [{ what, state: 'down', detail: 'not up', mend: 'npm run sim:up' }];
    return [{ what, state: 'wrong', detail: `${left} processes live on without their supervisor`, mend: 'npm run sim:down' }];
  }
  const state = await fetchState(supervisor);
  const dead = Object.entries(collectProcesses(state)).filter(([, process]) => process.logTail !== undefined);
  if (dead.length === 0) return [{ what, state: 'fine', detail: `${state.mode}, ${state.phase}` }];
  return dead.map(([name, process]) => ({
    what: name,
    state: 'wrong',
    detail: `ended ${process.signal === null ? `with code ${process.exitCode}` : `by ${process.signal}`}; see ${process.logFile}`,
    mend: `npm run sim -- restart ${name}`,
  }));
}
