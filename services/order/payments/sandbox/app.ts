import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { AppError } from '#platform/errors.ts';
import { createHttpApp } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';

import { PaymentRequest, RefundRequest, type PaymentCallback, type ProviderSecret } from '../wire.ts';
import type { Journal } from './journal.ts';
import { createLedger, type Ledger, type LedgerEntry } from './ledger.ts';
import { firstReport, methodOf } from './methods.ts';

export interface SandboxDeps {
  readonly secret: () => Promise<ProviderSecret>;
  /** Tells us by itself what became of a payment; resolves when it was taken, or given up. */
  readonly callBack: (callback: PaymentCallback) => Promise<void>;
  readonly log: Logger;
  /** Where the ledger is kept; it is in memory alone without. */
  readonly journal?: Journal<LedgerEntry>;
}

/** Stands in for a payment provider: no money moves, and what happens is decided by the method's token. It does not listen. */
export function buildSandbox({ secret, callBack, log, journal }: SandboxDeps): { readonly app: App; readonly ledger: Ledger } {
  const app = createHttpApp({ name: 'payment-sandbox', log, readiness: { draining: false, checks: {} }, routes: 'undeclared' });
  const ledger = createLedger(journal);
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url?.startsWith('/v1/') !== true) return;
    if (request.headers.authorization !== `Bearer ${(await secret()).apiKey}`) throw new AppError('unauthenticated');
  });

  app.post('/v1/payments', { schema: { body: PaymentRequest } }, async (request, reply) => {
    const { id } = request.body;
    const breakOff = (): FastifyReply => {
      request.raw.socket.destroy();
      return reply.hijack();
    };
    if (methodOf(request.body.method).told === 'lost') return breakOff();
    const { method, isNew } = ledger.take(request.body);
    if (method.told === 'broken') return breakOff();
    // Twice, and at the same time: that is how often they come, at the worst.
    if (isNew && method.told === 'callback') void Promise.all([1, 2].map(() => callBack({ paymentId: id, outcome: method.outcome })));
    // Whoever asks waits until it gives up.
    if (method.told === 'never') return reply.hijack();
    return { id, state: firstReport(method) };
  });

  app.get('/v1/payments/:id', { schema: { params: Type.Object({ id: Uuid }) } }, async ({ params: { id } }, reply) => {
    const method = ledger.find(id);
    return method === undefined ? reply.code(404).send({ id, state: 'absent' }) : { id, state: method.outcome };
  });

  app.post('/v1/refunds', { schema: { body: RefundRequest } }, async (request) => ({
    id: request.body.id,
    state: ledger.refund(request.body),
  }));
  return { app, ledger };
}
