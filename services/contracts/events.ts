import { Type, type Static } from 'typebox';

/**
 * What happened in a region that other services of it act on. An event names what it is about and holds nothing of it: whoever acts reads, at that moment, what it
 * may. Events never cross the border.
 */
export const EventType = Type.Union([
  Type.Literal('madeinworld.order.placed.v1'),
  Type.Literal('madeinworld.order.confirmed.v1'),
  Type.Literal('madeinworld.order.cancelled.v1'),
  Type.Literal('madeinworld.order.expired.v1'),
  Type.Literal('madeinworld.order.shipped.v1'),
  Type.Literal('madeinworld.order.short_closed.v1'),
  Type.Literal('madeinworld.order.delivered.v1'),
  Type.Literal('madeinworld.return.accepted.v1'),
  Type.Literal('madeinworld.payment.refunded.v1'),
  Type.Literal('madeinworld.payment.duplicate_refunded.v1'),
  Type.Literal('madeinworld.stock.low.v1'),
  Type.Literal('madeinworld.stock.out.v1'),
  Type.Literal('madeinworld.account.erased.v1'),
  Type.Literal('madeinworld.export.asked.v1'),
]);
export type EventType = Static<typeof EventType>;

/** An event as the region's event queue carries it (CloudEvents 1.0, JSON format). `subject` is an id of the service that emits it. */
export const EventMessage = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1, maxLength: 64 }),
  source: Type.String({ minLength: 1, maxLength: 200 }),
  type: EventType,
  subject: Type.String({ minLength: 1, maxLength: 200 }),
  time: Type.String(),
  /** Of the span in which it happened (CloudEvents' extension for distributed tracing). Absent, like the next, where the emitter did not know. */
  traceparent: Type.Optional(Type.String()),
  /** Of the request, and opaque (`isOpaqueId`): CloudEvents' extension for correlation. */
  correlationid: Type.Optional(Type.String()),
});
export type EventMessage = Static<typeof EventMessage>;
