import type { Component } from './behaviour.ts';
import { chinaFront, worldFront } from './fronts.ts';
import { alibabaCredentials, kms } from './kms.ts';
import { mail } from './mail.ts';
import { dns } from './dns.ts';
import { mns } from './mns.ts';
import { postgres } from './postgres.ts';
import { secretsmanager } from './secretsmanager.ts';
import { sms } from './sms.ts';
import { sqs } from './sqs.ts';
import { toxiproxy } from './toxiproxy.ts';

/** Every component, in the order of docs/parity.md. */
export const components: readonly Component[] = [
  postgres,
  sqs,
  secretsmanager,
  mns,
  kms,
  alibabaCredentials,
  toxiproxy,
  mail,
  sms,
  worldFront,
  chinaFront,
  dns,
];
