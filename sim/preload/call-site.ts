const preload = new URL('./', import.meta.url);

/**
 * The first frame of a stack that is the application's: not Node's, not this folder's, and not a library's unless there are only such. undefined where
 * the stack holds none, as in what runs off a timer or a socket.
 */
export function callSiteOf(stack: string): string | undefined {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim().slice('at '.length))
    .filter((frame) => !isOurs(frame) && !/\bnode:|^native |<anonymous>\)?$/.test(frame));
  return frames.find((frame) => !frame.includes('/node_modules/')) ?? frames[0];
}

/** Its tests stand in the same folder, and are applications. */
function isOurs(frame: string): boolean {
  if (frame.includes('.test.ts') || frame.includes('/testing/')) return false;
  return frame.includes(preload.href) || frame.includes(`(${preload.pathname}`) || frame.startsWith(preload.pathname);
}
