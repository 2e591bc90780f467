import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { promisify } from 'node:util';
import pc from 'picocolors';
import { locateBinaries } from '../../postgres/binaries.ts';
import { checkoutDir } from '../../paths.ts';
import type { CliConfig } from '../config.ts';
import { layOut, print, printJson } from '../screen.ts';
import { isObstructed } from '../sim-folder.ts';
import { checkDocker } from './doctor-docker.ts';
import { checkTwin } from './doctor-twin.ts';

const run = promisify(execFile);

const missing = 'not found, or does not answer; everything else works without it';

/** What was found about one thing. */
export interface Finding {
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
    checkRoom(config),
    checkFolder(config),
    checkOptional(config),
    checkBrowser(),
    checkDocker(),
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

async function checkRoom({ paths }: CliConfig): Promise<Finding[]> {
  const memory: Finding = {
    what: 'memory',
    state: freemem() > 1.2e9 ? 'fine' : 'wrong',
    detail: `${gigabytes(freemem())} (the twin takes up to 1.2)`,
  };
  // The data may lie on another disk than the checkout.
  const data = existsSync(paths.simDir) ? [await checkDisk('disk of the data', paths.simDir)] : [];
  return [await checkDisk('disk of the checkout', checkoutDir), ...data, memory];
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB free`;

async function checkDisk(what: string, folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free > 1e9) return { what, state: 'fine', detail: gigabytes(free) };
  return {
    what,
    state: 'wrong',
    detail: `${gigabytes(free)} at ${folder}, 1 is needed`,
    mend: "npm run sim:down -- --wipe   removes the twin's data",
  };
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
