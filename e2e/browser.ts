import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

/** Where distributions put Chromium. */
const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** The browser to test with: the system's, else the one Playwright installed; nothing when there is none. */
export function findBrowser(): string | undefined {
  return [...systemPaths, chromium.executablePath()].find((path) => path !== '' && existsSync(path));
}

export const browserAdvice = [
  'There is no browser to test with. Install one of:',
  '  apt-get install -y chromium              (Debian, Ubuntu)',
  '  npx playwright install --with-deps chromium',
].join('\n');
