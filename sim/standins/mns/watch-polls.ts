import type { SqsCall } from '../sqs/call.ts';

/** Stands between a gateway and its queue server in tests; `started(n)` resolves when the nth waiting receive has been asked for. */
export function watchPolls(): { between: (sqs: SqsCall) => SqsCall; started: (times: number) => Promise<void> } {
  let waits = 0;
  const wanted: { times: number; resolve: () => void }[] = [];
  return {
    between: (sqs) => (action, input) => {
      if (action === 'ReceiveMessage' && input['WaitTimeSeconds'] !== 0) {
        waits += 1;
        for (const { times, resolve } of wanted) if (waits >= times) resolve();
      }
      return sqs(action, input);
    },
    started: (times) =>
      new Promise((resolve) => {
        if (waits >= times) resolve();
        else wanted.push({ times, resolve });
      }),
  };
}
