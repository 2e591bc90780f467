import { Type, type Static } from 'typebox';

/** A fault that is in force: what `sim status` shows, and what can be healed by its id or its target. */
export const Fault = Type.Object({
  id: Type.String(),
  /** What kind of thing is broken: `link`, `process`, `clock`, `queue`, `database`, `secret`. */
  kind: Type.String(),
  /** What is broken, by name: a link, a process, a component. A later fault of the same kind on it takes the place of this one. */
  target: Type.String(),
  /** The fault in a few words, for people: `cut`, `stopped`, `drops 10 % of what is sent`. */
  summary: Type.String(),
  since: Type.String(),
  /** When it heals by itself. */
  until: Type.Union([Type.String(), Type.Null()]),
});
export type Fault = Static<typeof Fault>;

/** A fault that has just been applied, and how it is taken away again. */
export interface AppliedFault {
  readonly kind: string;
  readonly target: string;
  readonly summary: string;
  /**
   * Takes it away. May be called when what it was applied to is gone; throws where the fault may still be in force. May answer what is to be shown of it
   * in the place of its summary: what it has done.
   */
  heal(): Promise<string | void>;
  /** Its summary as it is by now, where it changes: counts. */
  summarize?(): Promise<string>;
  /** Where something that begins anew would forget it: the addresses that are announced then, and how it is put in force there once more. */
  readonly restored?: { readonly on: readonly string[]; again(): Promise<void> };
  /** Where another process takes the place of the one that is broken, as at a restart: how it is put in force there. */
  readonly inherited?: Inheritance;
}

/** What is done to a process that takes the place of one that is broken. */
export interface Inheritance {
  /** It is ready, and no link leads to it yet. */
  readonly ready?: (signal: (signal: NodeJS.Signals) => void) => void;
  /** Links lead to it, and it has the name of the one before. */
  readonly named?: () => Promise<void> | void;
}
