import type { EventType } from '#contracts/events.ts';

import { duplicateRefunded } from './duplicate-refunded.ts';
import { exportAsked } from './export-asked.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderConfirmed } from './order-confirmed.ts';
import { orderDelivered } from './order-delivered.ts';
import { orderExpired } from './order-expired.ts';
import { orderShipped } from './order-shipped.ts';
import { orderShortClosed } from './order-short-closed.ts';
import { paymentRefunded } from './payment-refunded.ts';
import { returnAccepted } from './return-accepted.ts';
import type { OrderTemplate, Template } from './template.ts';

export const orderTemplates: readonly OrderTemplate[] = [
  orderConfirmed,
  orderCancelled,
  orderExpired,
  orderShipped,
  orderShortClosed,
  orderDelivered,
  returnAccepted,
  paymentRefunded,
  duplicateRefunded,
];

/** All templates: what each is about, its event's subject names. */
export const templates: readonly Template[] = [...orderTemplates, exportAsked];

/** The template of an event's type; undefined where nobody is told of it. */
export const templateOf = (type: EventType): Template | undefined => templates.find(({ eventType }) => eventType === type);

export const templateNamed = (name: string): Template | undefined => templates.find((template) => template.name === name);
