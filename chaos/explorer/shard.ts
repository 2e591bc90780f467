import { parentPort, workerData } from 'node:worker_threads';

import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { explore } from './explore.ts';
import { openPgliteSides } from './pglite-side.ts';
import { createTally } from './tally.ts';

/** A thread that explores on two databases of its own; posts what it counted and found. */
const Task = Type.Object({ cases: Type.Integer(), seed: Type.Integer(), path: Type.Optional(Type.String()) });

const task = Value.Parse(Task, workerData);
const { world, china, close } = await openPgliteSides();
const tally = createTally();
const found = await explore([world, china], task, tally);
parentPort?.postMessage({ counts: tally.counts(), ranges: tally.ranges(), found });
await close();
