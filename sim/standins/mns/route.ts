import { MnsError } from './errors.ts';

export type OperationName =
  | 'ListQueue'
  | 'CreateQueue'
  | 'SetQueueAttributes'
  | 'GetQueueAttributes'
  | 'DeleteQueue'
  | 'SendMessages'
  | 'ReceiveMessages'
  | 'DeleteMessages'
  | 'ChangeMessageVisibility';

export interface Route {
  readonly operation: OperationName;
  /** Empty for ListQueue. */
  readonly queue: string;
  /** Keys in lower case: clients write `ReceiptHandle` and `receiptHandle`. */
  readonly query: ReadonlyMap<string, string>;
}

const QUEUE_OPERATIONS: ReadonlyMap<string, OperationName> = new Map([
  ['PUT', 'CreateQueue'],
  ['GET', 'GetQueueAttributes'],
  ['DELETE', 'DeleteQueue'],
]);
const MESSAGE_OPERATIONS: ReadonlyMap<string, OperationName> = new Map([
  ['POST', 'SendMessages'],
  ['GET', 'ReceiveMessages'],
  ['DELETE', 'DeleteMessages'],
  ['PUT', 'ChangeMessageVisibility'],
]);
const MAX_NAME_LENGTH = 120;
const NO_QUERY: ReadonlyMap<string, string> = new Map();

/** Undoes percent escapes and nothing else: a `+` is a plus sign, for clients do not escape handles. */
function unescape(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  if (query === '') return NO_QUERY;
  const pairs = new Map<string, string>();
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const key = unescape(at < 0 ? pair : pair.slice(0, at))?.toLowerCase();
    const value = unescape(at < 0 ? '' : pair.slice(at + 1));
    if (key === undefined || value === undefined || pairs.has(key)) {
      throw new MnsError('InvalidQueryString', 'The query string has a broken escape or a key given twice.');
    }
    pairs.set(key, value);
  }
  return pairs;
}

/** Throws `MnsError` QueueNameLengthError or InvalidQueueName. */
export function checkQueueName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    throw new MnsError('QueueNameLengthError', `The queue name should be at most ${MAX_NAME_LENGTH} characters long.`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) {
    throw new MnsError('InvalidQueueName', 'A queue name consists of letters, digits and hyphens and begins with a letter or digit.');
  }
}

/** Says which operation a request asks for. Throws `MnsError`. */
export function routeRequest(method: string, target: string): Route {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = parseQuery(at < 0 ? '' : target.slice(at + 1));
  const [collection, rawName, messages, ...rest] = path.slice(1).split('/');
  if (collection === 'topics' || collection === 'subscriptions') {
    throw new MnsError('NotSimulated', 'Topics and subscriptions are not simulated.');
  }
  const name = unescape(rawName ?? '');
  if (collection === 'queues' && !name && messages === undefined && method === 'GET') {
    return { operation: 'ListQueue', queue: '', query };
  }
  if (collection === 'queues' && name && rest.length === 0 && (messages === undefined || messages === 'messages')) {
    checkQueueName(name);
    const operation = (messages === undefined ? QUEUE_OPERATIONS : MESSAGE_OPERATIONS).get(method);
    const overrides = operation === 'CreateQueue' && query.get('metaoverride')?.toLowerCase() === 'true';
    if (operation) return { operation: overrides ? 'SetQueueAttributes' : operation, queue: name, query };
  }
  throw new MnsError('InvalidRequestURL', `The resource and method you request are not known: ${method} ${path}.`);
}
