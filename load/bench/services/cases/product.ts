import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { cacheDir, checkoutDir } from '#sim/paths.ts';
import { withRole } from '#sim/postgres/provision.ts';

import { readStatements, withOneParameter } from '../captured.ts';
import { median } from '../../quantile.ts';
import { startProgram, type Program } from '../go/program.ts';
import { hammer, type HammerResult } from '../hammer.ts';
import { fillPgbench, pgbench } from '../pgbench.ts';
import { row, type Report } from '../report.ts';
import type { ServicesRig } from '../rig.ts';
import { fillShelves } from '../shelves.ts';

const run = promisify(execFile);
const CLIENTS = 16;
const SECONDS = 5;
const PRODUCTS = 4_000;
const ROUNDS = 3;

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Builds the same service in Go, once its modules are there; undefined where there is no Go. */
async function buildGo(): Promise<string | undefined> {
  const target = join(cacheDir, 'bench', 'product-service');
  await mkdir(join(cacheDir, 'bench'), { recursive: true });
  const source = join(checkoutDir, 'load/bench/services/go');
  try {
    await run('go', ['build', '-o', target, '.'], { cwd: source });
    return target;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What both are asked: a product by id, as a signed-in client with a trace does. */
function requestOf(url: string, id: string, token: string): string {
  return [
    `GET /v1/products/${id} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `authorization: Bearer ${token}`,
    `traceparent: ${TRACEPARENT}`,
    '',
    '',
  ].join('\r\n');
}

/** The statement that the service runs for a product, as the server's log has it. */
async function captureQuery(rig: ServicesRig, id: string): Promise<string> {
  await rig.server.pool.query(`ALTER ROLE catalog SET log_statement = 'all'`);
  const service = await rig.start('catalog');
  await bodyOf(service.url('world:catalog'), id, await rig.staff.tokenFor('customer'));
  await service.stop();
  await rig.server.pool.query('ALTER ROLE catalog RESET log_statement');
  const found = readStatements(rig.server.log, 'catalog').find(({ parameters }) => parameters.includes(id));
  if (found === undefined) throw new Error('the log does not show how a product is read');
  return withOneParameter(found, id);
}

async function bodyOf(url: string, id: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/v1/products/${id}`, { headers: { authorization: `Bearer ${token}`, traceparent: TRACEPARENT } });
  if (answer.status !== 200) throw new Error(`the product was answered ${answer.status}`);
  return answer.text();
}

/** A product by id: through the service, through the same in Go, and a single select by pgbench, in turn. */
export async function benchProduct(rig: ServicesRig, report: Report): Promise<void> {
  const filling = await rig.start('catalog');
  const ids = await fillShelves(rig, filling.url('world:catalog'), PRODUCTS);
  await filling.stop();
  const [first = ''] = ids;
  const query = await captureQuery(rig, first);
  const catalog = await rig.start('catalog');
  const url = catalog.url('world:catalog');
  const token = await rig.staff.tokenFor('customer');
  const admin = rig.server.superuserUrl;
  await fillPgbench(admin, 1);
  const binary = await buildGo();
  const go: Program | undefined =
    binary === undefined
      ? undefined
      : await startProgram(
          binary,
          {
            DATABASE_URL: withRole(admin, 'catalog', rig.passwords.catalog),
            JWKS: rig.staff.jwks,
            ISSUER: 'madeinworld/world',
            QUERY: query,
          },
          rig.logFile('go'),
        );
  try {
    if (go === undefined) report('There is no Go here: the service is not compared with one in Go.');
    else if ((await bodyOf(go.url, first, token)) !== (await bodyOf(url, first, token)))
      throw new Error('the two services answer different bytes');
    const ask = async (at: string, more: { seconds: number; perSecond?: number }): Promise<HammerResult> => {
      const result = await hammer({
        url: at,
        connections: CLIENTS,
        request: (n) => requestOf(at, ids[(n * 7) % ids.length] ?? first, token),
        ...more,
      });
      if (Object.keys(result.refused).length > 0) throw new Error(`products were refused: ${JSON.stringify(result.refused)}`);
      return result;
    };
    for (const one of [url, ...(go === undefined ? [] : [go.url])]) await ask(one, { seconds: 2 });
    const ours: number[] = [];
    const inGo: number[] = [];
    const selects: number[] = [];
    // In turn, so that a slow minute of the machine is everybody's.
    for (let round = 1; round <= ROUNDS; round += 1) {
      const measured = await ask(url, { seconds: SECONDS });
      ours.push(measured.perSecond);
      report(row(`round ${round}: the service`, measured));
      if (go !== undefined) {
        const theirs = await ask(go.url, { seconds: SECONDS });
        inGo.push(theirs.perSecond);
        report(row(`round ${round}: the same in Go`, theirs));
      }
      const tps = await pgbench({ url: admin, clients: CLIENTS, seconds: SECONDS });
      selects.push(tps);
      report(`${`round ${round}: pgbench -S`.padEnd(44)} ${tps.toFixed(0).padStart(7)}/s`);
    }
    const perSecond = median(ours);
    report(`beside pgbench -S: ${(perSecond / median(selects)).toFixed(2)}x [0.3x]`);
    if (go !== undefined) report(`beside Go: ${(perSecond / median(inGo)).toFixed(2)}x [0.8x]`);
    report(row('at half of that load [p99 5 ms]', await ask(url, { seconds: SECONDS, perSecond: perSecond / 2 })));
    // What the machine makes of any server, with the one that asks and the database beside it.
    if (go !== undefined)
      report(row('the same in Go, at half of its own load', await ask(go.url, { seconds: SECONDS, perSecond: median(inGo) / 2 })));
  } finally {
    await go?.stop();
  }
}
