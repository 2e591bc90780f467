import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { readTarget } from './target.ts';

const { adminUrl, browserPath, secondFactor } = readTarget();
/** Where staff needs a second factor, the other specs would not get in by a mailed code. */
const whereRequired = '**/second-factor-required.spec.ts';
const inCache = (name: string): string => fileURLToPath(new URL(`../.cache/e2e/${name}`, import.meta.url));

/** One worker, since all tests share one twin; no retries, since a test that fails now and then has found something. */
export default defineConfig({
  testDir: './specs',
  ...(secondFactor ? { testMatch: whereRequired } : { testIgnore: whereRequired }),
  outputDir: inCache('results'),
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['html', { outputFolder: inCache('report'), open: 'never' }]],
  use: {
    baseURL: adminUrl,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browserPath,
      args: [
        // As root, and in containers without a GPU. The rest keeps the browser from calling home.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
