import type { Rig } from './rig/rig.ts';
import { settle, REFERENCE } from './rows.ts';

const SLOT = 'bench';

/** Logical replication of the reference table from the world to China, set up as its manual shows, with a backlog that waits to be sent. */
export interface Backlog {
  /** Lets it go; from now on the backlog drains. */
  release(): Promise<void>;
  /** Ends the subscription; what was not sent yet never is. */
  drop(): Promise<void>;
}

/**
 * Makes publication, slot and a subscription that does not run yet, then writes: what `write` changes is the backlog. The subscriber connects to
 * `through` (host:port) when it is let go.
 */
export async function holdBack(rig: Rig, through: string, write: () => Promise<void>): Promise<Backlog> {
  const { world, china } = rig;
  const url = new URL(world.superuserUrl);
  const [host, port] = through.split(':');
  const direct = `host=${host} port=${port} dbname=${url.pathname.slice(1)} user=${url.username} password=${url.password}`;
  await world.pool.query(`DROP PUBLICATION IF EXISTS ${SLOT}; CREATE PUBLICATION ${SLOT} FOR TABLE ${REFERENCE}`);
  await world.pool.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [SLOT]);
  await china.pool.query(
    `CREATE SUBSCRIPTION ${SLOT} CONNECTION '${direct}' PUBLICATION ${SLOT} WITH (create_slot = false, enabled = false, copy_data = false)`,
  );
  await write();
  await settle(rig);
  return {
    release: async () => void (await china.pool.query(`ALTER SUBSCRIPTION ${SLOT} ENABLE`)),
    async drop() {
      await china.pool.query(`ALTER SUBSCRIPTION ${SLOT} DISABLE`);
      await china.pool.query(`ALTER SUBSCRIPTION ${SLOT} SET (slot_name = NONE)`);
      await china.pool.query(`DROP SUBSCRIPTION ${SLOT}`);
      await world.pool.query(
        `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`,
        [SLOT],
      );
      // The slot is free a moment after its sender has gone.
      for (let attempt = 0; ; attempt += 1) {
        const dropped = await world.pool.query(`SELECT pg_drop_replication_slot($1)`, [SLOT]).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (dropped === undefined) return;
        if (attempt === 50) throw dropped;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
