import type { BackendCounts } from './backend.ts';
import { MnsError } from './errors.ts';
import type { GatewayState, Operation } from './operation.ts';
import { DEFAULT_SETTINGS, readSettings, readWholeNumber, writeSettings } from './queue-settings.ts';
import type { Queue } from './queues.ts';
import { writeXml, type XmlNode } from './xml-writer.ts';

export const createQueue: Operation = async (request, { queues }) => {
  const isNew = await queues.create(request.queue, readSettings(request.body, DEFAULT_SETTINGS));
  return { status: isNew ? 201 : 204, headers: { location: `${request.baseUrl}/queues/${request.queue}` } };
};

export const setQueueAttributes: Operation = async (request, { queues }) => {
  await queues.change(request.queue, (settings) => readSettings(request.body, settings));
  return { status: 204 };
};

/** Deletes a queue and everything that is remembered of its messages. */
export async function removeQueue(name: string, { queues, leases, delays }: GatewayState): Promise<void> {
  await queues.remove(name);
  leases.forgetQueue(name);
  delays.forgetQueue(name);
}

export const deleteQueue: Operation = async (request, state) => {
  await removeQueue(request.queue, state);
  return { status: 204 };
};

/** How many messages the queue holds, less the copies that will never be delivered. */
export async function countMessages(name: string, { backend, delays }: GatewayState): Promise<BackendCounts> {
  const counts = await backend.counts(name);
  const voidCopies = delays.voidCopies(name);
  const delayed = Math.max(0, counts.delayed - voidCopies);
  // Those that the queue server no longer delays wait there among the others.
  const visible = Math.max(0, counts.visible - (voidCopies - (counts.delayed - delayed)));
  return { ...counts, visible, delayed };
}

export const seconds = (ms: number): number => Math.floor(ms / 1000);

function describe(queue: Queue): XmlNode[] {
  return [
    ['QueueName', queue.name],
    ['CreateTime', seconds(queue.createdAtMs)],
    ['LastModifyTime', seconds(queue.modifiedAtMs)],
    ...writeSettings(queue.settings),
  ];
}

export const getQueueAttributes: Operation = async (request, state) => {
  const queue = await state.queues.get(request.queue);
  const counts = await countMessages(queue.name, state);
  const xml = writeXml('Queue', [
    ...describe(queue),
    ['ActiveMessages', counts.visible],
    ['InactiveMessages', counts.inFlight],
    ['DelayMessages', counts.delayed],
  ]);
  return { status: 200, xml };
};

const MAX_PAGE = 1000;

export const listQueue: Operation = async (request, { queues }) => {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const marker = header('x-mns-marker');
  const size = header('x-mns-ret-number');
  const pageSize = size === '' ? MAX_PAGE : readWholeNumber('x-mns-ret-number', size, 1, MAX_PAGE);
  const withMeta = header('x-mns-with-meta').toLowerCase() === 'true';
  if (marker !== '' && !/^[A-Za-z0-9-]+$/.test(marker))
    throw new MnsError('InvalidArgument', 'The value of x-mns-marker is not one we gave.');
  const rest = (await queues.list(header('x-mns-prefix'))).filter((queue) => queue.name > marker);
  const page = rest.slice(0, pageSize);
  const last = page.at(-1);
  const xml = writeXml('Queues', [
    ...page.map((queue): XmlNode => {
      const url: XmlNode = ['QueueURL', `${request.baseUrl}/queues/${queue.name}`];
      return ['Queue', withMeta ? [url, ...describe(queue)] : [url]];
    }),
    ['NextMarker', last && rest.length > page.length ? last.name : undefined],
  ]);
  return { status: 200, xml };
};
