import { callSiteOf } from './call-site.ts';

/** How the guard says no: an error for the caller, and a line on stderr for who reads the log. */
export interface Denials {
  /** Makes the error and logs it. `target` is `host:port` or a name; `verb` is what was tried. */
  deny(verb: string, target: string, allowance?: string): Error;
  /** Notes who begins what will reach for `target` later, out of another stack. */
  begins(target: string): void;
}

const stackFrames = 100;
const maxRemembered = 200;

export function createDenials({ write, now }: { readonly write: (line: string) => void; readonly now: () => number }): Denials {
  const begun = new Map<string, string>();
  return {
    deny(verb, target, allowance) {
      const message =
        `The twin lets nothing out: ${verb} ${target} is refused. ` +
        `Point what wants it at the twin (sim/topology/environment.ts has the endpoints)` +
        (allowance === undefined ? '.' : `, or attach it: SIM_EGRESS_ALLOW=${allowance}`);
      const error = Object.assign(withDeepStack(message), { code: 'EGRESS_DENIED', target });
      const { application, library } = callSiteOf(error.stack ?? '');
      const callSite = application ?? begun.get(target) ?? library ?? null;
      const fields = { level: 'error', time: new Date(now()).toISOString(), code: error.code, target, callSite, pid: process.pid };
      write(`${JSON.stringify({ ...fields, message })}\n`);
      return error;
    },
    begins(target) {
      const { application } = callSiteOf(withDeepStack('').stack ?? '');
      if (application === undefined) return;
      if (begun.size >= maxRemembered) begun.clear();
      begun.set(target, application);
    },
  };
}

/** The application's frame lies below those of its libraries: ten frames, as is usual, seldom reach it. */
function withDeepStack(message: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = stackFrames;
  const error = new Error(message);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
