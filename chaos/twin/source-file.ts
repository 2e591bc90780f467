import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file of the services that is changed on purpose while a twin watches it. */
export interface SourceFile {
  /** Writes the file as it was found, with `text` after it; answers the number of the line that `text` begins with. */
  append(text: string): number;
  /** Makes the file what it was, byte for byte. */
  putBack(): void;
}

/** Opens a file below `services`. It is put back when the process ends, too, and when it is interrupted: nobody is to find it changed. */
export function openSourceFile(path: string): SourceFile {
  const file = fileURLToPath(new URL(`../../services/${path}`, import.meta.url));
  const found = readFileSync(file);
  let changed = false;
  const putBack = (): void => {
    if (!changed) return;
    writeFileSync(file, found);
    changed = false;
  };
  process.on('exit', putBack);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      putBack();
      process.kill(process.pid, signal);
    });
  }
  return {
    append(text) {
      changed = true;
      writeFileSync(file, Buffer.concat([found, Buffer.from(text)]));
      return found.toString().split('\n').length;
    },
    putBack,
  };
}
