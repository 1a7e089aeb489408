import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { PRESETS, parseConfig } from '../../src/config/index.ts';
import { ConfigError } from '../../src/errors.ts';

/** A config with one mistake, and the line on which people would look for it. */
interface Malformed {
  readonly what: string;
  readonly text: string;
  readonly line: number;
}

const KEY = /^(\s*(?:- )?)([A-Za-z]\w*):(.*)$/;
const REQUIRED = new Set(['type', 'size', 'range', 'base', 'maxphyaddr']);

/** First line of the list item that a line belongs to, after `dropped` is gone; 1 at the top. */
function itemLine(lines: readonly string[], dropped: number): number {
  const indent = lines[dropped]!.replace('- ', '  ').search(/\S/);
  if (indent === 0) return 1;
  for (let k = dropped; k >= 0; k--) if (lines[k]!.startsWith(`${' '.repeat(indent - 2)}- `)) return k + 1;
  return 1;
}

/** Mistakes that a preset's text can have: one for each line and kind that fits. */
function* mistakesOf(name: string, lines: readonly string[]): Generator<Malformed> {
  for (const [index, line] of lines.entries()) {
    const [, before = '', key = '', after = ''] = KEY.exec(line) ?? [];
    if (key === '') continue;
    const made = (what: string, changed: string | undefined, at = index + 1): Malformed => {
      const text = lines.flatMap((one, k) => (k !== index ? [one] : changed === undefined ? [] : [changed]));
      return { what: `${name}:${index + 1} ${what} ${key}`, text: text.join('\n'), line: at };
    };
    yield made('misspelt', `${before}${key[1]}${key[0]}${key.slice(2)}x:${after}`);
    if (after.trim() === '') continue;
    yield made('mistyped', `${before}${key}: [[1.5]]`);
    if (key === 'range') {
      const [first, last] = after.trim().split('-') as [string, string];
      yield made('reordered', `${before}${key}: ${last}-${first}`);
    }
    if (REQUIRED.has(key) && !line.includes('- ')) yield made('dropped', undefined, itemLine(lines, index));
  }
}

/** Every n-th, so that all presets and kinds are among them. */
function sample<Item>(items: readonly Item[], size: number): readonly Item[] {
  return Array.from({ length: size }, (_, k) => items[Math.floor((k * items.length) / size)]!);
}

const all = PRESETS.flatMap((preset) => [
  ...mistakesOf(
    preset.name,
    stringify(preset, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split('\n'),
  ),
]);
const kinds = ['misspelt', 'mistyped', 'reordered', 'dropped'];

describe('a malformed config', () => {
  it('comes in every kind', () => {
    for (const kind of kinds) {
      expect(all.filter(({ what }) => what.includes(` ${kind} `)).length).toBeGreaterThanOrEqual(30);
    }
  });

  const chosen = kinds.flatMap((kind) =>
    sample(
      all.filter(({ what }) => what.includes(` ${kind} `)),
      30,
    ),
  );
  it.each(chosen)('is reported on its line: $what', ({ text, line }) => {
    let caught: unknown;
    try {
      parseConfig(text, 'guest.yaml');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConfigError);
    const { problems, message } = caught as ConfigError;
    expect(problems[0]!.line).toBe(line);
    expect(message).toMatch(/^guest\.yaml:\d+:\d+: \S/);
    expect(message).not.toMatch(/\n\s+at |Error:|undefined/);
  });
});
