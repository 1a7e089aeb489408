/** What the sections of docs/findings.md are written with. */

/** Size of a number of pages. */
export function size(pages: number | bigint): string {
  const units = ['K', 'M', 'G', 'T'];
  let [value, unit] = [Number(pages) * 4, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number.isInteger(value) ? value : value.toFixed(2)}${units[unit]}`;
}

/** A number with thousands separated. */
export const count = (n: number | bigint): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** A dash where there is none. */
export const none = (text: string, isNone: boolean): string => (isNone ? '-' : text);

/** A table in Markdown. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
