/** An answer of the API that is not a success; body `{"error","status"}`. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The errors of Toxiproxy's api.go, by name. */
export const errors = {
  badRequestBody: (problem: string) => new ApiError(`bad request body: ${problem}`, 400),
  missingField: (field: string) => new ApiError(`missing required field: ${field}`, 400),
  proxyNotFound: () => new ApiError('proxy not found', 404),
  proxyAlreadyExists: () => new ApiError('proxy already exists', 409),
  invalidStream: () => new ApiError('stream was invalid, can be either upstream or downstream', 400),
  invalidToxicType: () => new ApiError('invalid toxic type', 400),
  toxicAlreadyExists: () => new ApiError('toxic already exists', 409),
  toxicNotFound: () => new ApiError('toxic not found', 404),
  /** Not in the original, which listens wherever it is told. */
  notLoopback: (listen: string) => new ApiError(`listen address is not loopback: ${listen}`, 400),
  listenFailed: (problem: string) => new ApiError(problem, 500),
};
