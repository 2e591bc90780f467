import type { Component } from './behaviour.ts';
import { mns } from './mns.ts';
import { postgres } from './postgres.ts';
import { secretsmanager } from './secretsmanager.ts';
import { toxiproxy } from './toxiproxy.ts';

/** Every component, in the order of docs/parity.md. */
export const components: readonly Component[] = [postgres, secretsmanager, mns, toxiproxy];
