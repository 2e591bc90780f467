import { Type, type TSchema } from 'typebox';
import { Settings } from 'typebox/system';

import type { FieldError } from '#contracts/errors.ts';

import { branchOf, hasProperty, ownNamesOf, tellingNamesOf } from './union-branch.ts';

// By itself TypeBox stops at eight, which the branches of a union that was not meant fill alone. Some bound there has to be: a body may be wrong a thousand times.
const MOST_FAULTS = 200;
Settings.Set({ maxErrors: MOST_FAULTS });
/** Nobody mends more at a time. */
const MOST_TOLD = 20;

/** What a validator says of a value: TypeBox's errors, as Fastify hands them on. */
export interface Fault {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message?: string;
}

/**
 * The `faults` of `value` against `schema` in words for whoever sent it: each once, of a union those of the branch alone that was meant. They name fields, and say
 * what the schema wants; of a value they say nothing. Pure.
 */
export function fieldErrorsOf(schema: unknown, value: unknown, faults: readonly Fault[]): FieldError[] {
  const unions = faults.filter(({ keyword }) => keyword === 'anyOf').map((fault) => readUnion(schema, value, fault));
  const isOfOtherBranch = ({ schemaPath, instancePath }: Fault): boolean =>
    unions.some(({ fault, leaves }) => {
      if (!isWithin(instancePath, fault.instancePath) || !isWithin(schemaPath, `${fault.schemaPath}/anyOf`)) return false;
      return leaves !== 'all' && !(leaves !== 'none' && isWithin(schemaPath, `${fault.schemaPath}/anyOf/${leaves}`));
    });
  // The validator says of a union last that it does not fit: where it has stopped before that, nobody knows which branch was meant.
  const isWithinUnread = ({ schemaPath, instancePath }: Fault): boolean =>
    faults.length >= MOST_FAULTS &&
    unionsAbove(schemaPath).some(
      (path) => !unions.some(({ fault }) => fault.schemaPath === path && isWithin(instancePath, fault.instancePath)),
    );
  const meant = faults.filter((fault) => !isOfOtherBranch(fault));
  const read = meant.filter((fault) => !isWithinUnread(fault));
  const errors = (read.length > 0 ? read : meant).flatMap(
    (fault) => unions.find((union) => union.fault === fault)?.errors ?? errorsOfFault(schema, fault),
  );
  return [...new Map(errors.map((error) => [`${error.field} ${error.message}`, error])).values()].slice(0, MOST_TOLD);
}

/** A union that a value does not fit: which branches' faults are told, and what is told instead of the others. */
interface UnfitUnion {
  readonly fault: Fault;
  readonly leaves: number | 'all' | 'none';
  readonly errors: readonly FieldError[];
}

function readUnion(schema: unknown, value: unknown, fault: Fault): UnfitUnion {
  const union = at(schema, fault.schemaPath);
  const given = at(value, fault.instancePath);
  const branch = branchOf(union, given);
  if (branch !== undefined) return { fault, leaves: branch, errors: [] };
  const branches = Type.IsUnion(union) ? union.anyOf : [];
  const errors = branchlessErrors(branches, given, pathOf(fault.instancePath));
  return errors === undefined ? { fault, leaves: 'all', errors: [] } : { fault, leaves: 'none', errors };
}

/** What is said of a value that means no branch; undefined where that is best said by what each of them says. */
function branchlessErrors(branches: readonly TSchema[], value: unknown, path: string): FieldError[] | undefined {
  const values = branches.flatMap((branch) => (Type.IsLiteral(branch) ? [branch.const] : Type.IsNull(branch) ? [null] : []));
  if (values.length > 0 && values.length === branches.length) return [{ field: path, message: oneOf(values) }];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !branches.every((branch) => Type.IsObject(branch)))
    return undefined;
  const unknown = Object.keys(value)
    .filter((name) => branches.every((branch) => at(branch, '/additionalProperties') === false && !hasProperty(branch, name)))
    .map((name) => ({ field: within(path, shownName(name)), message: NOT_KNOWN }));
  const [telling] = tellingNamesOf(branches);
  if (telling !== undefined) {
    const known = branches.map((branch) => at(branch, `/properties/${telling}/const`));
    return [...unknown, { field: within(path, telling), message: oneOf(known) }];
  }
  const own = branches.map((branch) => ownNamesOf(branch, branches));
  if (own.some((names) => names.length === 0)) return undefined;
  const forms = own.map((names) => names.join(' with '));
  const isGiven = own.flat().some((name) => Object.hasOwn(value, name));
  return [...unknown, { field: path, message: isGiven ? `takes only one of ${forms.join(', ')}` : `needs ${forms.join(' or ')}` }];
}

const NOT_KNOWN = 'is not known';
const oneOf = (values: readonly unknown[]): string => `must be ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;

function errorsOfFault(schema: unknown, { keyword, schemaPath, instancePath, params, message = 'is not valid' }: Fault): FieldError[] {
  const field = pathOf(instancePath);
  const given = new Map<string, unknown>(Object.entries(params));
  switch (keyword) {
    // Each of them is told by itself, as what fits no schema.
    case 'additionalProperties':
      return [];
    case 'boolean':
      return [{ field, message: NOT_KNOWN }];
    case 'required':
      return listed(given.get('requiredProperties')).map((name) => ({ field: within(field, String(name)), message: 'is required' }));
    case 'const':
      return [{ field, message: oneOf([given.get('allowedValue')]) }];
    case 'enum':
      return [{ field, message: oneOf(listed(given.get('allowedValues'))) }];
    case 'pattern': {
      const description = at(schema, `${schemaPath}/description`);
      return [{ field, message: typeof description === 'string' ? `must be ${description}` : message }];
    }
    default:
      return [{ field, message }];
  }
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A path of names as schemas have them. What else a client may have called a field is not said after it: it may be anybody's name. */
const pathOf = (pointer: string): string => namesIn(pointer).map(shownName).join('.');

const shownName = (name: string): string => (/^[A-Za-z0-9_$-]{1,40}$/.test(name) ? name : '*');

const within = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** The schema paths of the unions that a schema path leads through, itself not among them. */
const unionsAbove = (path: string): string[] => [...path.matchAll(/\/anyOf\//g)].map(({ index }) => path.slice(0, index));

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

const namesIn = (pointer: string): string[] => pointer.split('/').slice(1);

/** What stands at `pointer` in `value`. */
const at = (value: unknown, pointer: string): unknown =>
  namesIn(pointer).reduce((holder: unknown, name): unknown => {
    if (typeof holder !== 'object' || holder === null) return undefined;
    return Object.getOwnPropertyDescriptor(holder, name)?.value;
  }, value);
