import type pg from 'pg';

/** A product and how many of it. */
export type Line = readonly [productId: string, quantity: number];
/** A line with its order. */
export type SoldLine = readonly [orderId: string, ...Line];
export interface Short {
  readonly product_id: string;
  readonly available: number;
}

/** What inventory offers to orders, called over `client`. */
export interface Offered {
  /** Expires in an hour unless said otherwise; in seconds, negative for what is overdue. */
  reserve(orderId: string, lines: readonly Line[], more?: { storeId?: string; expiresInSeconds?: number }): Promise<readonly Short[]>;
  allocate(orderId: string): Promise<string | null>;
  release(orderId: string): Promise<string | null>;
  writeOff(orderId: string): Promise<string | null>;
  ship(orderId: string, lines: readonly Line[]): Promise<number>;
  takeBack(orderId: string, lines: readonly Line[], storeId?: string): Promise<number>;
  /** Lines of the orders that they name; from the online store, unless said otherwise. */
  handOver(lines: readonly SoldLine[], storeId?: string): Promise<readonly Short[]>;
  expire(most: number, among?: readonly string[]): Promise<readonly string[]>;
}

const arrays = (lines: readonly Line[]) => [lines.map(([product]) => product), lines.map(([, quantity]) => quantity)] as const;

export function offered(client: Pick<pg.Pool, 'query'> | pg.PoolClient): Offered {
  const one = async <Answer>(text: string, values: unknown[]): Promise<Answer> => {
    const { rows } = await client.query<{ answer: Answer }>(`SELECT ${text} AS answer`, values);
    return rows[0]!.answer;
  };
  return {
    async reserve(orderId, lines, { storeId, expiresInSeconds = 3_600 } = {}) {
      const { rows } = await client.query<Short>("SELECT * FROM inventory.reserve($1, $2, $3, $4, now() + $5 * interval '1 second')", [
        orderId,
        storeId ?? null,
        ...arrays(lines),
        expiresInSeconds,
      ]);
      return rows;
    },
    allocate: (orderId) => one('inventory.allocate($1)', [orderId]),
    release: (orderId) => one('inventory.release($1)', [orderId]),
    writeOff: (orderId) => one('inventory.write_off($1)', [orderId]),
    ship: (orderId, lines) => one('inventory.ship($1, $2, $3)', [orderId, ...arrays(lines)]),
    takeBack: (orderId, lines, storeId) => one('inventory.take_back($1, $2, $3, $4)', [orderId, storeId ?? null, ...arrays(lines)]),
    async handOver(lines, storeId) {
      const { rows } = await client.query<Short>('SELECT * FROM inventory.hand_over($1, $2, $3, $4)', [
        storeId ?? null,
        lines.map(([orderId]) => orderId),
        ...arrays(lines.map(([, ...line]) => line)),
      ]);
      return rows;
    },
    async expire(most, among) {
      const { rows } = await client.query<{ order_id: string }>('SELECT e AS order_id FROM inventory.expire($1, $2) e', [
        most,
        among ?? null,
      ]);
      return rows.map((row) => row.order_id);
    },
  };
}
