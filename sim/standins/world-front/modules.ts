import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface WorkerModule {
  type: 'ESModule';
  path: string;
  contents: string;
}

/**
 * The modules of a Worker as workerd takes them: every TypeScript file of `folder`, its types stripped and nothing else changed, the entry
 * first. No bundler: what runs here is what is written there, with its line numbers.
 */
export async function workerModules(folder: URL, entry: string): Promise<WorkerModule[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  if (!files.includes(entry)) throw new Error(`${fileURLToPath(folder)} has no ${entry}`);
  const ordered = [entry, ...files.filter((file) => file !== entry).sort()];
  return Promise.all(
    ordered.map(async (file) => ({
      type: 'ESModule',
      path: file,
      // Named, so that a syntax error says where it is.
      contents: stripTypeScriptTypes(await readFile(new URL(file, folder), 'utf8'), { sourceUrl: new URL(file, folder).href }),
    })),
  );
}
