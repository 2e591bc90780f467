import { join } from 'node:path';
import { startPostgres } from '#sim/postgres/index.ts';
import { watchServer } from '../pg-watch.ts';

/** Starts a server as a test run does, says its id, and stays until it is killed. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: starter.ts FOLDER');
watchServer(folder);
const { pid } = await startPostgres({ dataDir: join(folder, 'data'), settings: { durable: false } });
process.stdout.write(`${pid}\n`);
