/** An error as Alibaba Cloud's OpenAPI gateway answers it. */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
