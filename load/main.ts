import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { signIn } from './sign-in.ts';
import { findTarget, NotReady, type Target } from './status.ts';

const scenario = fileURLToPath(new URL('scenarios/catalogue.ts', import.meta.url));
const checkout = fileURLToPath(new URL('..', import.meta.url));
const staffAddress = 'ada@madeinworld.example';
const usageExitCode = 2;

const help = `Usage: npm run load [-- options]

Loads the catalogue of the running twin through both fronts, with reads and writes, and holds it to thresholds.

  --duration TIME   how long, for example 30s or 2m (default 20s)
  --rate COUNT      reads a second and region; a quarter as many writes go with them (default 20)
  --help            this text

Needs k6 (https://k6.io) on the PATH. Results: .sim/load-summary.json. Exit codes: 0 all thresholds hold, 1 not, 2 usage or no k6.

Examples:
  npm run load
  npm run load -- --duration 1m --rate 100`;

interface Settings {
  readonly duration: string;
  readonly readsPerSecond: number;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof NotReady)) throw error;
  return complain(error.message, 1);
});

/** Runs the load test against the running twin. Answers the exit code. */
async function main(args: string[]): Promise<number> {
  const settings = readSettings(args);
  if (typeof settings === 'string') return complain(settings, usageExitCode);
  if (settings === undefined) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  if (!(await hasK6()))
    return complain('k6 is not on the PATH. It is one program: https://grafana.com/docs/k6/latest/set-up/install-k6/', usageExitCode);
  const target = await findTarget();
  const tokens = {
    world: await signIn(target.apiUrls.world, target.mailUrl, staffAddress),
    china: await signIn(target.apiUrls.china, target.mailUrl, staffAddress),
  };
  const summaryFile = join(resolve(process.env['SIM_DIR'] || join(checkout, '.sim')), 'load-summary.json');
  mkdirSync(dirname(summaryFile), { recursive: true });
  const code = await runK6(settings, target, tokens, summaryFile);
  process.stdout.write(`\n  summary: ${relative(process.cwd(), summaryFile)}\n`);
  return code;
}

/** The settings; undefined where help is asked for; a text where they make no sense. */
function readSettings(args: string[]): Settings | string | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        duration: { type: 'string', default: '20s' },
        rate: { type: 'string', default: '20' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return undefined;
    if (!/^[1-9]\d{0,4}[sm]$/.test(values.duration)) return `--duration must be like 30s or 2m, not "${values.duration}"`;
    if (!/^[1-9]\d{0,4}$/.test(values.rate)) return `--rate must be a whole number above 0, not "${values.rate}"`;
    return { duration: values.duration, readsPerSecond: Number(values.rate) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function hasK6(): Promise<boolean> {
  return new Promise((answer) => {
    spawn('k6', ['version'], { stdio: 'ignore' })
      .once('error', () => answer(false))
      .once('exit', (code) => answer(code === 0));
  });
}

/** Runs k6 with everything in its environment, where other users cannot read tokens as they could in its arguments. */
async function runK6(settings: Settings, target: Target, tokens: { world: string; china: string }, summaryFile: string): Promise<number> {
  const child = spawn('k6', ['run', '--no-usage-report', '--address', '', ...(process.stdout.isTTY ? [] : ['--quiet']), scenario], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TERM: process.env['TERM'],
      NO_PROXY: '127.0.0.1,localhost,::1',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      WORLD_API_URL: target.apiUrls.world,
      CHINA_API_URL: target.apiUrls.china,
      WORLD_TOKEN: tokens.world,
      CHINA_TOKEN: tokens.china,
      READS_PER_SECOND: String(settings.readsPerSecond),
      WRITES_PER_SECOND: String(Math.max(1, Math.round(settings.readsPerSecond / 4))),
      DURATION: settings.duration,
      SUMMARY_FILE: summaryFile,
    },
  });
  const onInterrupt = (): void => void child.kill('SIGINT');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  const code = await new Promise<number | null>((ended, failed) => {
    child.once('error', failed).once('exit', ended);
  });
  return code === 0 ? 0 : 1;
}

function complain(words: string, code: number): number {
  process.stderr.write(`load: ${words}\n`);
  return code;
}
