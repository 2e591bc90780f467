import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** The version that this node writes. Major versions must agree; an unknown minor is tolerated, and so are header fields that are not known. */
export const PROTOCOL_VERSION = '1.3';
/** What this node takes. */
export const SPOKEN: readonly string[] = [PROTOCOL_VERSION];

/** Answers which versions are spoken, to whoever asks: it says nothing else. */
export const VERSIONS_PATH = '/sync/v1/versions';
/** All trace contexts that led to a batch, separated by commas; `traceparent` has room for one. */
export const TRACES_HEADER = 'x-sync-traceparents';

const VERSION = /^[0-9]{1,4}\.[0-9]{1,4}$/;
const majorOf = (version: string): string => version.split('.')[0] ?? '';

/** Does this node speak `version`? */
export function isSpoken(version: string): boolean {
  return VERSION.test(version) && SPOKEN.some((own) => majorOf(own) === majorOf(version));
}

/** Does a peer that writes `version` read items by column? */
export const readsByColumn = (version: string | undefined): boolean => /^1\.([2-9]|[1-9][0-9]{1,3})$/.test(version ?? '');

const Spoken = Type.Array(Type.String({ pattern: VERSION.source }), { maxItems: 20 });
const checkVersions = Compile(Type.Object({ spoken: Spoken }));
const checkProblem = Compile(Type.Object({ code: Type.String({ pattern: '^[a-z_]{1,60}$' }), spoken: Type.Optional(Spoken) }));

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The versions that a peer says it speaks; undefined where the answer is no such list. */
export function readVersions(body: Buffer): readonly string[] | undefined {
  const answer = parse(body);
  return checkVersions.Check(answer) ? answer.spoken : undefined;
}

/** Code and spoken versions of a refusal; a page that is no problem document has neither. */
export function readProblem(body: Buffer): { code: string; spoken: readonly string[] } {
  const problem = parse(body);
  return checkProblem.Check(problem) ? { code: problem.code, spoken: problem.spoken ?? [] } : { code: '', spoken: [] };
}
