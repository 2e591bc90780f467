import { UsageError } from '../child.ts';

const edge = 'service core:user:edge: ';

/**
 * Starts the Worker. What keeps it from starting is told as a service tells it - one line of level `fatal` with where it is in the Worker's files, which the twin
 * shows - and ends the process: miniflare's own error says neither. `complaints` is what workerd has said by then.
 */
export async function startOrTell<Started>(start: () => Promise<Started>, complaints: readonly string[], folder: URL): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stdout.write(`${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), ...whyNot(error, complaints, folder) })}\n`);
    process.exit(1);
  }
}

/** What workerd complained of last in the Worker, with the places in its files; else the error itself. */
export function whyNot(error: unknown, complaints: readonly string[], folder: URL): { readonly msg: string; readonly stack: string } {
  const said = complaints.findLast((complaint) => complaint.startsWith(edge));
  if (said === undefined) {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    // What cannot be read begins with where it is, and the frames are those of whoever tried.
    return { msg: message, stack: /^file:\S+:\d+$/m.exec(stack)?.[0] ?? stack };
  }
  const lines = said.slice(edge.length).split('\n');
  const isPlace = (line: string): boolean => /^\s+at /.test(line);
  const places = lines.filter(isPlace).map((line) => line.replace(/(?<=[ (])([\w./-]+\.ts):(?=\d)/, `${folder.href}$1:`));
  const words = lines.filter((line) => !isPlace(line)).map((line) => line.trim());
  return { msg: words.join(' '), stack: places.join('\n') };
}
