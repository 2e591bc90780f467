import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';

import { composeFile } from '#sim/docker/compose.ts';
import { checkoutDir } from '#sim/paths.ts';

const Service = Type.Object({
  image: Type.String(),
  /** null: passed on from the environment of whoever starts it. */
  environment: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
  command: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
  ports: Type.Optional(Type.Array(Type.String())),
  network_mode: Type.Optional(Type.String()),
});
const ComposeFile = Compile(Type.Object({ services: Type.Record(Type.String(), Service) }));

/** A service of compose.yaml as a container is started from it. */
export interface ComposeService {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** The ports inside the container that compose.yaml publishes. */
  readonly ports: readonly number[];
  readonly networkMode: string | undefined;
}

/**
 * Reads a service of compose.yaml, with `values` for its variables and their defaults for the others. Throws when compose.yaml has no such
 * service: the suite would else test an image that nobody runs.
 */
export function composeService(name: string, values: Readonly<Record<string, string>> = {}): ComposeService {
  const service = readServices()[name];
  if (service === undefined) throw new Error(`${composeFile} has no service ${name}: name another in sim/conformance/behaviours`);
  const filled = (text: string): string => text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, variable, byDefault) => values[variable] ?? byDefault);
  const { image, environment = {}, command = [], ports = [], network_mode: networkMode } = service;
  return {
    image,
    environment: Object.fromEntries(Object.entries(environment).flatMap(([key, value]) => (value === null ? [] : [[key, filled(value)]]))),
    command: (typeof command === 'string' ? command.split(' ') : command).map(filled),
    ports: ports.map((port) => Number(filled(port).split(':').at(-1))),
    networkMode,
  };
}

function readServices(): Readonly<Record<string, Static<typeof Service>>> {
  return ComposeFile.Parse(parse(readFileSync(join(checkoutDir, composeFile), 'utf8'), { merge: true })).services;
}
