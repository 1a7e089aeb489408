/** Keys and positions that lead to a value of a config. */
export type Path = readonly (string | number)[];

/** A path as people write it: `vcpus[0].mtrr.variable[1].size`. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}
