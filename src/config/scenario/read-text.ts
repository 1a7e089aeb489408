/** The text of a scenario: YAML, JSON, or JSON lines (the head on the first line, an event on each further one). */
import { ConfigError } from '../../errors.ts';
import type { Places } from '../fields.ts';
import type { Path } from '../path.ts';
import { readSource, type Source } from '../source.ts';

/** A text, read. */
export interface ReadText {
  /** The scenario; without its events where these are lines of their own. */
  readonly value: unknown;
  readonly places: Places;
  /** The events of JSON lines, from the first on each time. */
  readonly events?: () => Iterable<unknown>;
}

/** Integers that a number does not hold are only read exactly by the YAML reader. */
const LONG_NUMBER = /[:[,]\s*\d{16,}/;

function fromJson(text: string, file: string): ReadText | undefined {
  if (!/^\s*\{/.test(text) || LONG_NUMBER.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    let source: Source | undefined;
    const places: Places = {
      file,
      locate: (path, what) => {
        source ??= readSource(text, file);
        return source.locate(path, what);
      },
    };
    return { value, places };
  } catch {
    return undefined;
  }
}

function lineProblem(file: string, line: number, error: unknown): ConfigError {
  const message = `JSON: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`;
  return new ConfigError([{ file, line, column: 1, path: '', message }]);
}

/** Lines of a text, without a list of all of them. */
function* linesOf(text: string): Generator<string, void, undefined> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

/** Head and events a line each; events are read as they are asked for, so that any number of them fits into memory. */
function fromLines(lines: () => Iterable<string>, file: string): ReadText {
  let line = 0;
  function* values(): Generator<unknown, void, undefined> {
    line = 0;
    for (const text of lines()) {
      line += 1;
      if (text.trim() === '') continue;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw lineProblem(file, line, error);
      }
      yield value;
    }
  }
  const reading = values();
  const head = reading.next().value;
  reading.return();
  const headLine = line;
  const locate = (path: Path) => ({
    line: path[0] === 'events' && path.length > 1 ? line : headLine,
    column: 1,
  });
  function* events(): Generator<unknown, void, undefined> {
    let isHead = true;
    for (const value of values()) {
      if (!isHead) yield value;
      isHead = false;
    }
  }
  return { value: head, places: { file, locate }, events };
}

/** Whether a text, or what it begins with, is a head without events, and more lines of JSON. */
export function areScenarioLines(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0 || !/^\s*\{/.test(text) || !/^\s*\{/.test(text.slice(end + 1, end + 100))) return false;
  try {
    return !('events' in (JSON.parse(text.slice(0, end)) as object));
  } catch {
    return false;
  }
}

/** Reads a scenario's text as YAML, JSON or JSON lines. */
export function readText(text: string | (() => Iterable<string>), file: string): ReadText {
  if (typeof text === 'function') return fromLines(text, file);
  if (/\.(ndjson|jsonl)$/.test(file) || areScenarioLines(text)) return fromLines(() => linesOf(text), file);
  const json = fromJson(text, file);
  if (json) return json;
  const source = readSource(text, file);
  return { value: source.value, places: source };
}
