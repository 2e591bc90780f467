import { expect, it } from 'vitest';
import { NotPutBack, orBack } from './put-back.ts';

/** What was done, in order; each of `failing` fails as often as it says. */
function load(failing: Record<string, number>) {
  const done: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    done.push(name);
    const left = failing[name] ?? 0;
    if (left === 0) return;
    failing[name] = left - 1;
    throw new Error(`no ${name}`);
  };
  const ended = orBack({ work: step('work'), putBack: step('back'), startAgain: ['databases', 'queues', 'services'].map(step) });
  return { done, ended };
}

it('a load that succeeds is not taken back', async () => {
  const { done, ended } = load({});
  await ended;
  expect(done).toEqual(['work']);
});

it('a load that fails is taken back, and what does not start at once is started once more', async () => {
  const { done, ended } = load({ work: 1, queues: 1 });
  await expect(ended).rejects.toThrow('it could not be loaded, and the twin is as it was before: no work');
  expect(done).toEqual(['work', 'back', 'databases', 'queues', 'queues', 'services']);
});

it('what can be started is, whatever cannot', async () => {
  const { done, ended } = load({ work: 1, databases: 2 });
  await expect(ended).rejects.toThrow('(no work); what was there before is put back, and not all of it could be started (no databases)');
  await expect(ended).rejects.not.toThrow(NotPutBack);
  expect(done).toEqual(['work', 'back', 'databases', 'databases', 'queues', 'services']);
});

it('nothing is started on files that could not be put back', async () => {
  const { done, ended } = load({ work: 1, back: 1 });
  await expect(ended).rejects.toThrow(NotPutBack);
  expect(done).toEqual(['work', 'back']);
});
