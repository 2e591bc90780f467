import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { checkoutDir, folderId } from '../paths.ts';
import { withAdvice } from './diagnose.ts';

const run = promisify(execFile);
const hashLabel = 'madeinworld.source-hash';
const checkoutLabel = 'madeinworld.checkout';
const localTag = 'madeinworld:local';
const shownLines = 25;
const shownColumns = 100;

/** The files of `services` that the image holds, sorted: what .dockerignore lets through. */
export function imageSources(checkout: string): string[] {
  const files = globSync('services/**/*.{ts,sql}', { cwd: checkout });
  return files.filter((file) => !/^services\/(web|edge)\/|\/(testing|node_modules)\/|\.test\.ts$/.test(file)).sort();
}

/** What else it is built from. */
export const buildFiles = ['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', 'sim/packages/bundle.ts'] as const;

/** A hash of all that the image is built from, names and contents; the same sources give the same hash wherever they lie. */
export function sourceHash(checkout: string): string {
  const hash = createHash('sha256');
  for (const file of [...buildFiles, ...imageSources(checkout)]) {
    const content = readFileSync(join(checkout, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

export interface EnsureOptions {
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal;
}

/**
 * Builds the product's image unless the engine has that of these sources, and answers its name. `say` gets a line for each step of a build.
 * Older images of this checkout are removed where no container uses them. Throws Error with the end of the build's output, and what to do
 * where that is known.
 */
export async function ensureImage(say: (line: string) => void, { signal }: EnsureOptions = {}): Promise<string> {
  const hash = sourceHash(checkoutDir);
  const image = `madeinworld:${hash}`;
  if (await isThere(image, hash)) return image;
  say(`building ${image}, for the engine has no image of these sources`);
  const startedMs = performance.now();
  const tags = ['--tag', image, '--tag', localTag];
  await build([...tags, '--label', `${hashLabel}=${hash}`, '--label', `${checkoutLabel}=${folderId(checkoutDir)}`], say, signal);
  say(`built ${image} in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  await removeOlder(image);
  return image;
}

async function isThere(image: string, hash: string): Promise<boolean> {
  try {
    const { stdout } = await run('docker', ['image', 'inspect', '--format', `{{index .Config.Labels "${hashLabel}"}}`, image]);
    return stdout.trim() === hash;
  } catch (cause) {
    const text = String(cause);
    if (/no such image/i.test(text)) return false;
    throw new Error(withAdvice(text), { cause });
  }
}

async function build(options: readonly string[], say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const args = ['build', '--force-rm', '--network', 'host', ...options, ...(await registryArguments()), checkoutDir];
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      if (isStep(line)) say(shorten(line.replace(/^#\d+ /, '')));
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code === 0) return;
  const end = lines.slice(-shownLines).join('\n');
  throw new Error(withAdvice(`the image could not be built (docker build ended with code ${code})\n${end}`));
}

/** The registry that npm uses here. Throws Error for one with a password: it would stay in the build's layers. */
async function registryArguments(): Promise<string[]> {
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: checkoutDir });
  const registry = stdout.trim();
  if (registry === '') return [];
  if (URL.canParse(registry) && new URL(registry).password !== '') {
    throw new Error('npm config get registry names an address with a password, which would stay in the layers of a build: use one without');
  }
  return ['--build-arg', `NPM_CONFIG_REGISTRY=${registry}`];
}

/** Takes away what this checkout built before; an image that a container uses stays. */
async function removeOlder(image: string): Promise<void> {
  const filter = `label=${checkoutLabel}=${folderId(checkoutDir)}`;
  const { stdout } = await run('docker', ['image', 'ls', 'madeinworld', '--filter', filter, '--format', '{{.Repository}}:{{.Tag}}']);
  const older = stdout.split('\n').filter((name) => name !== '' && name !== image && name !== localTag);
  await Promise.all(older.map((name) => run('docker', ['image', 'rm', name]).catch(() => undefined)));
}

function shorten(line: string): string {
  const text = line.replaceAll(/\s+/g, ' ');
  return text.length > shownColumns ? `${text.slice(0, shownColumns - 3)}...` : text;
}

/** `Step 3/21 : RUN ...` of the classic builder, `#9 [packages 4/5] RUN ...` of BuildKit. */
function isStep(line: string): boolean {
  return /^Step \d+\/\d+ : /.test(line) || /^#\d+ \[.+\d+\/\d+\] /.test(line);
}
