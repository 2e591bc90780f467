import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Region } from '../topology/regions.ts';

/** What a child says of itself on stdout; every other line is log. */
export type Announcement =
  | { readonly event: 'listening'; readonly name: string; readonly url: string }
  | { readonly event: 'ready' }
  | ComponentChange;

/** What has become of a component that the child looks after. */
export interface ComponentChange {
  readonly event: 'component';
  readonly name: string;
  readonly state: 'exited' | 'running';
  readonly detail?: string;
}

const Listening = Compile(
  Type.Object({ event: Type.Literal('listening'), name: Type.String({ minLength: 1 }), url: Type.String({ minLength: 1 }) }),
);
const Component = Compile(
  Type.Object({
    event: Type.Literal('component'),
    name: Type.String(),
    state: Type.Enum(['exited', 'running']),
    detail: Type.Optional(Type.String()),
  }),
);
const Ready = Compile(Type.Object({ event: Type.Literal('ready') }));

/** Reads a line of a child's output; undefined when it announces nothing. A service's name gets its region. */
export function readAnnouncement(line: string, region?: Region): Announcement | undefined {
  if (!line.startsWith('{') || !line.includes('"event"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (Ready.Check(value)) return { event: 'ready' };
  if (Component.Check(value)) return value;
  if (!Listening.Check(value)) return undefined;
  const name = region === undefined || value.name.includes(':') ? value.name : `${region}:${value.name}`;
  return { event: 'listening', name, url: value.url };
}
