import type { MigrationSet } from '#platform/migrate.ts';

import { schema } from './0001-schema.ts';
import { carts } from './0002-carts.ts';
import { orders } from './0003-orders.ts';
import { payments } from './0004-payments.ts';
import { fulfilment } from './0005-fulfilment.ts';
import { idempotency } from './0007-idempotency.ts';
import { offered } from './0008-offered.ts';
import { sales } from './0009-sales.ts';
import { invoices } from './0006-invoices.ts';
import { refundRetries } from './0010-refund-retries.ts';
import { creditNotes } from './0011-credit-notes.ts';
import { holders } from './0012-holders.ts';
import { returnedAt } from './0013-returned-at.ts';
import { toldParts } from './0014-told-parts.ts';
import { exportedMoney } from './0015-exported-money.ts';
import { cartClaims } from './0016-cart-claims.ts';
import { shortClosures } from './0017-short-closures.ts';
import { shortClosuresOfOrders } from './0018-short-closures-of-orders.ts';
import { shortClosuresOfRefunds } from './0019-short-closures-of-refunds.ts';
import { shortClosuresProved } from './0020-short-closures-proved.ts';

export const migrations: MigrationSet = {
  schema: 'orders',
  migrations: {
    '0001-schema': schema,
    '0002-carts': carts,
    '0003-orders': orders,
    '0004-payments': payments,
    '0005-fulfilment': fulfilment,
    '0006-invoices': invoices,
    '0007-idempotency': idempotency,
    '0008-offered': offered,
    '0009-sales': sales,
    '0010-refund-retries': refundRetries,
    '0011-credit-notes': creditNotes,
    '0012-holders': holders,
    '0013-returned-at': returnedAt,
    '0014-told-parts': toldParts,
    '0015-exported-money': exportedMoney,
    '0016-cart-claims': cartClaims,
    '0017-short-closures': shortClosures,
    '0018-short-closures-of-orders': shortClosuresOfOrders,
    '0019-short-closures-of-refunds': shortClosuresOfRefunds,
    '0020-short-closures-proved': shortClosuresProved,
  },
};
