import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkoutDir } from '../paths.ts';
import { composeFile } from './compose.ts';
import type { DockerProbes } from './diagnose.ts';

const run = promisify(execFile);
const limitMs = 10_000;

/** Asks Docker what it can say of itself once something has failed. Never throws; an answer that takes longer than ten seconds is none. */
export async function probeDocker(): Promise<DockerProbes> {
  const [engine, compose] = await Promise.all([
    complaintOf(['version', '--format', '{{.Server.APIVersion}}']),
    complaintOf(['compose', 'version', '--short']),
  ]);
  if (engine !== undefined || compose !== undefined) return { ...(engine && { engine }), ...(compose && { compose }) };
  return { missingImages: await findMissingImages() };
}

/** What the command wrote when it failed. */
async function complaintOf(args: readonly string[]): Promise<string | undefined> {
  try {
    await run('docker', args, { timeout: limitMs });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function findMissingImages(): Promise<string[]> {
  try {
    const { stdout } = await run('docker', ['compose', '--file', join(checkoutDir, composeFile), 'config', '--images'], {
      timeout: limitMs,
    });
    const images = [...new Set(stdout.split('\n').filter((name) => name !== ''))];
    const complaints = await Promise.all(images.map((image) => complaintOf(['image', 'inspect', image])));
    return images.filter((_, index) => /no such image/i.test(complaints[index] ?? ''));
  } catch {
    return [];
  }
}
