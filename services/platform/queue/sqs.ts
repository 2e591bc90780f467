import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type BatchResultErrorEntry,
} from '@aws-sdk/client-sqs';

import { messageOf } from '../errors.ts';
import { sendInBatches, slicesOf } from './batches.ts';
import { isRetryable, QueueError, type DeleteResult, type CountedQueue, type QueueErrorCode, type QueueLimits } from './queue.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const limits: QueueLimits = {
  batch: 10,
  messageBytes: 1_048_576,
  batchBytes: 1_048_576,
  minVisibilitySeconds: 0,
  maxWaitSeconds: 20,
};

const depthAttributes = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

const codes: Readonly<Record<string, QueueErrorCode>> = {
  NonExistentQueue: 'queue_missing',
  QueueDoesNotExist: 'queue_missing',
  AccessDenied: 'access_denied',
  AccessDeniedException: 'access_denied',
  InvalidClientTokenId: 'access_denied',
  UnrecognizedClientException: 'access_denied',
  SignatureDoesNotMatch: 'access_denied',
  CredentialsProviderError: 'access_denied',
  RequestThrottled: 'throttled',
  ThrottlingException: 'throttled',
  KmsThrottled: 'throttled',
  BatchRequestTooLong: 'too_large',
  ReceiptHandleIsInvalid: 'receipt_expired',
  MessageNotInflight: 'receipt_expired',
  InvalidMessageContents: 'invalid',
  InvalidParameterValue: 'invalid',
};

/**
 * SQS over the vendor's SDK. Region, endpoint and credentials come from the SDK's own chain (AWS_REGION, AWS_ENDPOINT_URL_SQS, ...) where
 * they are not given. The queue's URL is asked for once by its name; of that URL only the path matters, calls go to the endpoint.
 */
export function openSqsQueue(options: { readonly queueName: string; readonly region?: string; readonly endpoint?: string }): CountedQueue {
  const client = new SQSClient({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    // Otherwise the SDK sends each call to the host inside QueueUrl, past the endpoint (and in the twin past its link).
    useQueueUrlAsEndpoint: false,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });

  let queueUrl: Promise<string> | undefined;
  const findQueueUrl = async (): Promise<string> => {
    const answer = await client.send(new GetQueueUrlCommand({ QueueName: options.queueName }));
    if (answer.QueueUrl === undefined) throw new QueueError('queue_missing', `queue ${options.queueName} has no URL`);
    return answer.QueueUrl;
  };
  const url = (): Promise<string> => {
    queueUrl ??= findQueueUrl().catch((error: unknown) => {
      queueUrl = undefined;
      throw error;
    });
    return queueUrl;
  };

  return {
    limits,
    send: (bodies, signal) =>
      sendInBatches(bodies, limits, async (batch) => {
        const command = new SendMessageBatchCommand({
          QueueUrl: await url().catch(rethrow),
          Entries: batch.map(({ body }, position) => ({ Id: String(position), MessageBody: body })),
        });
        const answer = await client.send(command, signal === undefined ? {} : { abortSignal: signal }).catch(rethrow);
        const sent = new Map((answer.Successful ?? []).map((entry) => [entry.Id, entry.MessageId]));
        const failed = new Map((answer.Failed ?? []).map((entry) => [entry.Id, entry]));
        return batch.map((_, position) => {
          const id = sent.get(String(position));
          return id === undefined ? { ok: false, ...failureOf(failed.get(String(position))) } : { ok: true, id };
        });
      }),
    async receive({ max, waitSeconds }, signal) {
      signal.throwIfAborted();
      const command = new ReceiveMessageCommand({
        QueueUrl: await url().catch(rethrow),
        MaxNumberOfMessages: Math.min(max, limits.batch),
        WaitTimeSeconds: Math.min(waitSeconds, limits.maxWaitSeconds),
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      const answer = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        return rethrow(error);
      });
      return (answer.Messages ?? []).flatMap(({ MessageId, Body, ReceiptHandle, Attributes }) =>
        MessageId === undefined || Body === undefined || ReceiptHandle === undefined
          ? []
          : [{ id: MessageId, body: Body, receipt: ReceiptHandle, receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1) }],
      );
    },
    async delete(receipts) {
      const results: DeleteResult[] = [];
      for (const slice of slicesOf(receipts, limits.batch)) {
        const command = new DeleteMessageBatchCommand({
          QueueUrl: await url().catch(rethrow),
          Entries: slice.map((receipt, position) => ({ Id: String(position), ReceiptHandle: receipt })),
        });
        const answer = await client.send(command).catch(rethrow);
        const gone = new Set((answer.Successful ?? []).map((entry) => entry.Id));
        const failed = new Map((answer.Failed ?? []).map((entry) => [entry.Id, entry]));
        for (const [position, receipt] of slice.entries()) {
          const id = String(position);
          if (gone.has(id)) results.push({ ok: true, receipt });
          else {
            const { code, detail } = failureOf(failed.get(id));
            results.push({ ok: false, receipt, code, detail });
          }
        }
      }
      return results;
    },
    async extend(receipt, visibilityTimeoutSeconds) {
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: await url().catch(rethrow),
        ReceiptHandle: receipt,
        VisibilityTimeout: visibilityTimeoutSeconds,
      });
      await client.send(command).catch(rethrow);
      return receipt;
    },
    async depth() {
      const command = new GetQueueAttributesCommand({ QueueUrl: await url().catch(rethrow), AttributeNames: [...depthAttributes] });
      const { Attributes = {} } = await client.send(command).catch(rethrow);
      return depthAttributes.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
    async close() {
      client.destroy();
    },
  };
}

/** The query protocol's names have a prefix, which some answers of the JSON protocol keep. */
function codeOf(name = ''): QueueErrorCode | undefined {
  return codes[name.replace(/^AWS\.SimpleQueueService\./, '')];
}

function failureOf(entry: BatchResultErrorEntry | undefined): { code: QueueErrorCode; detail: string; retryable: boolean } {
  if (entry === undefined) return { code: 'unavailable', detail: 'the queue left this entry unanswered', retryable: true };
  const code = codeOf(entry.Code) ?? (entry.SenderFault === true ? 'invalid' : 'unavailable');
  return { code, detail: entry.Message ?? entry.Code ?? 'refused', retryable: isRetryable(code) };
}

function rethrow(error: unknown): never {
  if (error instanceof QueueError) throw error;
  const providerCode = error instanceof Error ? error.name : undefined;
  throw new QueueError(codeOf(providerCode) ?? 'unavailable', messageOf(error), { providerCode, cause: error });
}
