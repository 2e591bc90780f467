export type Call = (self: unknown, args: readonly unknown[]) => unknown;

/**
 * Puts a function in the place of a method, which it is given to call. What hangs on the method (its name, how `util.promisify` takes it) stays.
 * A method that this version of Node does not have is passed over.
 */
export function replaceMethod(owner: object, name: string, make: (original: Call) => Call): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return;
  const replaced = make((self, args): unknown => Reflect.apply(original, self, args));
  // Node's own methods are called with their object as `this`; nothing else would do.
  const method = function (this: unknown, ...args: unknown[]): unknown {
    return replaced(this, args);
  };
  Object.defineProperties(method, Object.getOwnPropertyDescriptors(original));
  const enumerable = Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? false;
  Object.defineProperty(owner, name, { value: method, writable: true, configurable: true, enumerable });
}

/** Has what a class is constructed with changed by `change`; everything else of the class stays, and what is of it is of it as before. */
export function replaceClass(owner: object, name: string, change: (args: readonly unknown[]) => unknown[]): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return;
  const replaced = new Proxy(original, {
    construct: (target, args: unknown[], newTarget): object => Reflect.construct(target, change(args), newTarget),
    apply: (target, self, args: unknown[]): unknown => Reflect.apply(target, self, change(args)),
  });
  const enumerable = Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? false;
  Object.defineProperty(owner, name, { value: replaced, writable: true, configurable: true, enumerable });
}

/** A property of what may be anything. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Calls back as Node does: later, and never before the caller has gone on. */
export function callBack(args: readonly unknown[], error: Error): boolean {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return false;
  process.nextTick((): unknown => Reflect.apply(callback, undefined, [error]));
  return true;
}
