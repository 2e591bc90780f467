import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The panel's own tests: what it sends, reads and says, in Node. What a browser shows is for `e2e/`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../../.cache/vitest-web', import.meta.url)),
  test: { name: 'web', include: ['admin/**/*.test.ts'], environment: 'node' },
});
