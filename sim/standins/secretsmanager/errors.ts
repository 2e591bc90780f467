/** An answer of the AWS JSON 1.1 protocol that is an error: its shape name and message. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** How IAM refuses a read for which a role has no permission. */
export function accessDenied(id: string): AwsError {
  const action = 'secretsmanager:GetSecretValue';
  const user = 'arn:aws:sts::000000000000:assumed-role/madeinworld/twin';
  return new AwsError(
    'AccessDeniedException',
    `User: ${user} is not authorized to perform: ${action} on resource: ${id} because no identity-based policy allows the ${action} action`,
  );
}
