import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseJson } from '../http-server/parse-json.ts';
import { accessDenied } from '../secretsmanager/errors.ts';
import type { Denial } from './denial.ts';
import { createInterceptor, type HeldAnswer } from './interceptor.ts';

const read = Compile(Type.Object({ SecretId: Type.String() }));

/** Stands between a Secrets Manager that is not ours and its clients, and refuses to read what is denied, as AWS refuses it. */
export function createSecretsInterceptor(denial: Denial, upstream: () => string): Server {
  return createInterceptor({
    upstream,
    isOfInterest: (headers) => denial.tally() !== undefined && headers['x-amz-target'] === 'secretsmanager.GetSecretValue',
    answer: async ({ body }) => {
      const input = parseJson(body);
      return read.Check(input) && denial.refuses(input.SecretId) ? refusal(input.SecretId) : undefined;
    },
  });
}

function refusal(id: string): HeldAnswer {
  const { status, code, message } = accessDenied(id);
  const rawHeaders = ['content-type', 'application/x-amz-json-1.1', 'x-amzn-requestid', randomUUID()];
  return { status, rawHeaders, body: Buffer.from(JSON.stringify({ __type: code, Message: message })) };
}
