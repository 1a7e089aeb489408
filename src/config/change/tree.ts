/** Changes by path as one tree, every path and every value of it checked. */
import { InputRangeError } from '../../errors.ts';
import { type Path, pathText } from '../path.ts';
import { parsePath, requireValue } from '../paths.ts';

/** Values by key or position; what is no `Branch` stands where it is set. */
export class Branch {
  readonly children = new Map<string | number, unknown>();

  /** The branch at a key; undefined where nothing within it was changed. */
  branch(key: string | number): Branch | undefined {
    const child = this.children.get(key);
    return child instanceof Branch ? child : undefined;
  }

  /** The value at a key; undefined where it was not set as a whole. */
  value(key: string | number): unknown {
    const child = this.children.get(key);
    return child instanceof Branch ? undefined : child;
  }

  /** Keys with values that were set as a whole, as a config would have them. */
  values(): Record<string, unknown> {
    return Object.fromEntries([...this.children].filter(([, child]) => !(child instanceof Branch)));
  }

  /** Positions with what was changed at each, ascending. */
  positions(): (readonly [position: number, child: unknown])[] {
    return [...this.children]
      .filter((entry): entry is [number, unknown] => typeof entry[0] === 'number')
      .sort(([a], [b]) => a - b);
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function put(root: Branch, path: Path, value: unknown): void {
  let at = root;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const known = at.children.get(key);
    if (known !== undefined && !(known instanceof Branch)) {
      const whole = pathText(path.slice(0, depth + 1));
      throw new InputRangeError(pathText(path), `is changed twice: ${whole} is set as a whole`);
    }
    const next = known ?? new Branch();
    at.children.set(key, next);
    at = next;
  }
  const last = path.at(-1) as string | number;
  if (at.children.has(last)) throw new InputRangeError(pathText(path), 'is changed twice');
  at.children.set(last, value);
}

function gather(changes: Readonly<Record<string, unknown>>, within: Path, root: Branch): void {
  for (const [key, value] of Object.entries(changes)) {
    const path = parsePath(key, within);
    if (isMap(value) && !isPolicy(path, value)) gather(value, path, root);
    else {
      if (!isPolicy(path, value)) requireValue(path, value);
      put(root, path, value);
    }
  }
}

/** A policy that `policy()` or `policyFromFlags()` made: configs cannot say one, programs can. */
function isPolicy(path: Path, value: unknown): boolean {
  return path.length === 1 && path[0] === 'policy' && isMap(value) && 'row' in value && 'flags' in value;
}

/**
 * Reads changes.
 *
 * @param changes - values by path; a map within is read as further paths
 * @throws {@link InputTypeError}, {@link InputRangeError} with the path of the first that is no path, cannot stand
 * there, or is set twice
 */
export function changeTree(changes: Readonly<Record<string, unknown>>): Branch {
  const root = new Branch();
  gather(changes, [], root);
  return root;
}
