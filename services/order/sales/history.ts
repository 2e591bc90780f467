import { AppError } from '#platform/errors.ts';

import type { Actor } from '../states/advance.ts';
import { fulfilmentTable, nextState, orderTable, paymentTable } from '../states/machines.ts';
import type { StateChange } from '../states/states.repository.ts';

/** The history of an order that was over before it was written down: the same steps that any other takes. Pure. */
export function soldHistory(actor: Actor): readonly StateChange[] {
  return [
    { machine: 'order', event: 'place', from: null, to: 'pending', actor },
    ...steps('payment', paymentTable, 'none', ['start', 'capture'], actor),
    ...steps('order', orderTable, 'pending', ['confirm'], actor),
    ...steps('fulfilment', fulfilmentTable, 'none', ['allocate', 'ship_rest', 'deliver'], actor),
    ...steps('order', orderTable, 'confirmed', ['complete'], actor),
  ];
}

function steps<State extends string, Event extends string>(
  machine: StateChange['machine'],
  table: Parameters<typeof nextState<State, Event>>[0],
  first: NoInfer<State>,
  events: readonly NoInfer<Event>[],
  actor: Actor,
): StateChange[] {
  let from = first;
  return events.map((event) => {
    const to = nextState(table, from, event);
    if (to === null) throw new AppError('state_conflict');
    const change = { machine, event, from, to, actor };
    from = to;
    return change;
  });
}
