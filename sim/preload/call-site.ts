const preload = new URL('./', import.meta.url);

export interface CallSite {
  /** The first frame that is the application's: neither Node's, nor this folder's, nor a library's. */
  readonly application: string | undefined;
  /** The first frame that is a library's. */
  readonly library: string | undefined;
}

/** Who is in a stack. Both are undefined in one that begins in Node itself, with a timer or a socket. */
export function callSiteOf(stack: string): CallSite {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim().slice('at '.length))
    .filter((frame) => !isOurs(frame) && !/\bnode:|^native |<anonymous>\)?$/.test(frame));
  const isLibrary = (frame: string): boolean => /\/(?:node_modules|\.cache\/packages)\//.test(frame);
  return { application: frames.find((frame) => !isLibrary(frame)), library: frames.find(isLibrary) };
}

/** Its tests stand in the same folder, and are applications. */
function isOurs(frame: string): boolean {
  if (frame.includes('.test.ts') || frame.includes('/testing/')) return false;
  return frame.includes(preload.href) || frame.includes(`(${preload.pathname}`) || frame.startsWith(preload.pathname);
}
