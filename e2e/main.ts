import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { browserAdvice, findBrowser } from './browser.ts';
import { type Target, writeTarget } from './target.ts';
import { type Status, twinStatusWithPanel } from './twin.ts';

const playwright = fileURLToPath(new URL('../node_modules/@playwright/test/cli.js', import.meta.url));
const config = fileURLToPath(new URL('./playwright.config.ts', import.meta.url));

const args = process.argv.slice(2);
process.exitCode = args.includes('--help') ? help() : await main(args);

/** Tests the admin panel of the running twin in a browser. Answers the exit code. */
async function main(playwrightArgs: readonly string[]): Promise<number> {
  const browserPath = findBrowser();
  if (browserPath === undefined) return advise(browserAdvice);
  const status = await twinStatusWithPanel();
  if (status === undefined) return advise('No twin is up. Start it with:\n  npm run sim:up');
  const target = targetOf(status, browserPath);
  if (typeof target === 'string') return advise(target);
  writeTarget(target);
  process.stdout.write(`The panel at ${target.adminUrl}, in ${browserPath}\n`);
  return runPlaywright(playwrightArgs);
}

function targetOf(status: Status, browserPath: string): Target | string {
  if (status.adminPanel !== 'built')
    return `The panel is not built but ${status.adminPanel}. See why with:\n  npm run sim:logs -- admin-build`;
  const adminUrl = status.components['admin']?.url;
  const mailUrl = status.components['mail']?.url;
  const world = status.regions['world']?.gatewayUrl;
  const china = status.regions['china']?.gatewayUrl;
  if (!adminUrl || !mailUrl || !world || !china) {
    return 'The twin is not whole: it has no admin panel, mail or front. See what is wrong with:\n  npm run sim:status';
  }
  const foreign = [adminUrl, mailUrl, world, china].find((url) => !isLoopback(url));
  if (foreign !== undefined) return `These tests write and delete; they run against a twin on this machine only, not ${foreign}`;
  const faulty = Object.entries(status.links).filter(
    ([name, { state }]) => name.startsWith('border:') && (state === 'cut' || state === 'faulty'),
  );
  if (faulty.length > 0)
    return `The border is faulty (${faulty.map(([name]) => name).join(', ')}). Mend it with:\n  npm run sim -- fault heal border`;
  const { secondFactor } = status;
  return { adminUrl, mailUrl, apiUrls: { world, china }, staffAddress: 'ada@madeinworld.example', secondFactor, browserPath };
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

async function runPlaywright(playwrightArgs: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [playwright, 'test', '--config', config, ...playwrightArgs], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function advise(words: string): number {
  process.stderr.write(`${words}\n`);
  return 1;
}

function help(): number {
  process.stdout.write(`Usage: npm run e2e [-- PLAYWRIGHT-OPTIONS]

Tests the admin panel of the running twin in a browser. The tests make products of their own and delete them. On a twin that is
up with --second-factor it is how staff gets in there that is tested, and nothing else.

Examples:
  npm run e2e
  npm run e2e -- --grep Chinese
  npm run e2e -- --headed --debug
`);
  return 0;
}
