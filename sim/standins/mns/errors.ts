/**
 * MNS's error codes and the status each comes with. `InvalidDegist` is spelt as the service spells
 * it. Source: https://www.alibabacloud.com/help/en/message-service/latest/error-codes
 */
const STATUS = {
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  SignatureDoesNotMatch: 403,
  QueueNotExist: 404,
  MessageNotExist: 404,
  QueueAlreadyExist: 409,
  TimeExpired: 408,
  InternalError: 500,
  ReceiptHandleError: 400,
  InvalidArgument: 400,
  InvalidDegist: 400,
  MalformedXML: 400,
  InvalidQueryString: 400,
  InvalidRequestURL: 400,
  InvalidAuthorizationHeader: 400,
  InvalidDateHeader: 400,
  MissingAuthorizationHeader: 400,
  MissingDateHeader: 400,
  MissingReceiptHandle: 400,
  MissingVisibilityTimeout: 400,
  InvalidQueueName: 400,
  QueueNameLengthError: 400,
  QueueDeletedRecently: 400,
  /** Not a code of MNS: what MNS can do and this stand-in cannot, said aloud. */
  NotSimulated: 501,
} as const;

export type MnsErrorCode = keyof typeof STATUS;

/** A refusal in the words of MNS. */
export class MnsError extends Error {
  override readonly name = 'MnsError';
  readonly code: MnsErrorCode;
  readonly status: number;

  constructor(code: MnsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = STATUS[code];
  }
}
