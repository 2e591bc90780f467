import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Most of the time to start is reading modules: the cache halves it, so everything else is imported after it is on.
enableCompileCache(fileURLToPath(new URL('../../../.cache/compile', import.meta.url)));
const { runChild } = await import('../child.ts');
const { startWorldCloud } = await import('./cloud.ts');
await runChild(startWorldCloud);
