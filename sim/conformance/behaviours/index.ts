import type { Component } from './behaviour.ts';
import { mns } from './mns.ts';
import { secretsmanager } from './secretsmanager.ts';

/** Every component, in the order of docs/parity.md. */
export const components: readonly Component[] = [secretsmanager, mns];
