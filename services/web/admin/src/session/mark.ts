import type { Region } from '../region/region.ts';

/**
 * Says in this browser, for all its tabs, that there may be a session at a region: the cookie that keeps it is hidden from scripts, and
 * asking the server without one is an error for nothing.
 */
export type SessionMark = {
  readonly isSet: () => boolean;
  readonly set: () => void;
  readonly clear: () => void;
};

/** A mark in the browser's storage. Where that is forbidden, there may always be a session. */
export function browserMark(region: Region): SessionMark {
  const key = `madeinworld.session.${region}`;
  return {
    isSet: () => attempt(() => localStorage.getItem(key) !== null) ?? true,
    set: () => attempt(() => localStorage.setItem(key, '1')),
    clear: () => attempt(() => localStorage.removeItem(key)),
  };
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
