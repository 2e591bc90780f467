import { beginBackup, type BackupEnd } from './base-backup.ts';
import type { Capture } from './database.ts';

/** How a driver takes a server's files: those of the data folder while it serves, and what makes them a whole once it is decided where they end. */
export interface Copying {
  readonly files: () => Promise<unknown>;
  readonly wal: (end: BackupEnd) => Promise<unknown>;
}

/** Copies the files of a server in backup, which is ended where that fails. */
export async function captureWith(superuserUrl: string, { files, wal }: Copying): Promise<Capture> {
  const backup = await beginBackup(superuserUrl);
  try {
    await files();
  } catch (error) {
    await backup.close();
    throw error;
  }
  let end: BackupEnd | undefined;
  return {
    async cut() {
      end = await backup.stop();
    },
    async finish() {
      if (end === undefined) throw new Error('what is copied has not been decided');
      await wal(end);
    },
    close: () => backup.close(),
  };
}
