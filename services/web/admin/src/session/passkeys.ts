import { Value } from 'typebox/value';
import { AuthenticationResponse, RegistrationResponse, type CreationOptions, type RequestOptions } from '#contracts/webauthn.ts';
import { notUnderstood, ProblemError } from '../api/problem.ts';

/** Has the browser make a passkey for this site. Rejects with a `ProblemError` that says why there is none. */
export async function makePasskey(options: CreationOptions): Promise<RegistrationResponse> {
  const made = await credential(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  );
  if (!Value.Check(RegistrationResponse, made)) throw notUnderstood();
  return made;
}

/** Has a passkey of this site sign. Rejects with a `ProblemError` that says why it did not. */
export async function provePasskey(options: RequestOptions): Promise<AuthenticationResponse> {
  const proof = await credential(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));
  if (!Value.Check(AuthenticationResponse, proof)) throw notUnderstood();
  return proof;
}

async function credential(ask: () => Promise<Credential | null>): Promise<unknown> {
  // Browsers before 2025, and pages that are neither https nor of localhost, have no passkeys in this form.
  if (!('PublicKeyCredential' in globalThis) || !('parseRequestOptionsFromJSON' in PublicKeyCredential))
    throw passkeyProblem('unsupported');
  const given = await ask().catch((error: unknown) => {
    throw problemOfBrowser(error);
  });
  if (!(given instanceof PublicKeyCredential)) throw passkeyProblem('cancelled');
  return given.toJSON();
}

/** What a browser's refusal is to the panel (WebAuthn, sections 5.1.3 and 5.1.4; NotAllowedError says as little as it may). */
export function problemOfBrowser(error: unknown): ProblemError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return passkeyProblem('cancelled');
  if (name === 'InvalidStateError') return passkeyProblem('known');
  if (name === 'SecurityError') return passkeyProblem('elsewhere');
  return passkeyProblem('unsupported');
}

function passkeyProblem(why: 'unsupported' | 'cancelled' | 'known' | 'elsewhere'): ProblemError {
  return new ProblemError(0, `passkey_${why}`, `problem.passkey_${why}`);
}
