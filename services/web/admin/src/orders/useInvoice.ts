import { useEffect, useState } from 'react';
import type { CreditNote } from '#contracts/credit-note.ts';
import type { Invoice } from '#contracts/invoice.ts';
import { ProblemError } from '../api/problem.ts';
import { messageOf } from '../session/messageOf.ts';
import { useApi } from '../session/SessionContext.ts';

type Papers = { readonly invoice: Invoice; readonly creditNotes: readonly CreditNote[] };

/** The invoice of an order and what was taken back of it, or why there is none to show; neither while they are read. */
export function useInvoice(orderId: string): { readonly papers: Papers | undefined; readonly problem: string | undefined } {
  const api = useApi();
  const [papers, setPapers] = useState<Papers | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  useEffect(() => {
    const gone = new AbortController();
    const of = { params: { id: orderId }, signal: gone.signal };
    const read = async (): Promise<void> => {
      try {
        const [invoice, notes] = await Promise.all([api.order.getInvoice(of), api.order.listCreditNotes(of)]);
        setPapers({ invoice: invoice.body, creditNotes: notes.body.items });
      } catch (error) {
        if (gone.signal.aborted) return;
        setProblem(error instanceof ProblemError && error.status === 404 ? 'order.no_invoice' : messageOf(error));
      }
    };
    void read();
    return () => gone.abort();
  }, [api, orderId]);
  return { papers, problem };
}
