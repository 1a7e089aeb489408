/** Which tests a mutant of a room has to pass by, the nearest and quickest first. */
import { filesBelow, ROOT } from '../shared.mjs';

/** A room, its sources and its tests. */
export interface Room {
  readonly name: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  /** What of it is built anew of each mutant: nothing, the Wasm, or the program that its tests start. */
  readonly builds: 'nothing' | 'wasm' | 'program';
}

const WASM = ['test/wasm/', 'test/golden/', 'test/engine/', 'test/batch/', 'test/fuzz/three-way'];
/** Their tests start the built program, or its workers. */
const OF_PROGRAM = ['campaign', 'cli', 'verify', 'oracle'];

/** What stands before the room's own folder of tests: it notices most, in a few seconds. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  read: ['test/read/said', 'test/transcripts/read.'],
};

/** What stands behind the room's own folder of tests; a folder or the beginning of a name. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  answer: ['test/write/', 'test/web/worker/', 'test/cli/map', 'test/cli/diff', 'test/cli/explain'],
  assembly: ['test/sweep/generate', ...WASM, 'test/diff/'],
  assert: ['test/config/assertions', 'test/cli/assert', 'test/cli/vacuous'],
  campaign: ['test/cli/sweep'],
  check: ['test/cli/check', 'test/cli/fleet', 'test/assert/'],
  cli: ['test/project/readme', 'test/project/examples'],
  config: ['test/open/', 'test/cli/set', 'test/cli/bad-input', 'test/cli/schemas', 'test/sweep/'],
  diff: ['test/cli/diff', 'test/engine/disposal'],
  engine: [
    'test/library/',
    'test/batch/',
    'test/golden/',
    'test/reference/',
    'test/wasm/residents',
    'test/diff/',
    'test/explain/',
  ],
  explain: ['test/write/explain/', 'test/cli/explain', 'test/library/'],
  fit: ['test/cli/fit', 'test/open/wanted', 'test/library/'],
  fuzz: ['test/cli/fuzz'],
  msr: ['test/vm/', 'test/config/', 'test/read/'],
  open: [
    'test/cli/assumed',
    'test/cli/set',
    'test/cli/vcpus',
    'test/cli/check',
    'test/cli/assert',
    'test/sweep/',
    'test/web/worker/opening',
  ],
  oracle: ['test/cli/fuzz'],
  policy: ['test/golden/', 'test/explain/', 'test/reference/', 'test/replay/', 'test/check/', 'test/config/'],
  read: [
    'test/open/',
    'test/msr/',
    'test/cli/bad-input',
    'test/cli/machine',
    'test/cli/convert',
    'test/trace/',
  ],
  'read-file': ['test/open/', 'test/read/', 'test/cli/bad-input'],
  reference: ['test/golden/', 'test/engine/', 'test/wasm/', 'test/explain/agreement'],
  replay: ['test/config/scenario', 'test/cli/share-replay', 'test/web/draw/replay'],
  share: ['test/cli/share-replay'],
  sweep: ['test/config/sweep', 'test/campaign/', 'test/cli/sweep', 'test/write/sweep'],
  trace: ['test/read/trace', 'test/cli/trace'],
  verify: ['test/cli/verify'],
  vm: ['test/golden/', 'test/engine/', 'test/explain/', 'test/library/'],
  wasm: [...WASM, 'test/share/', 'test/diff/'],
  write: ['test/project/pictures', 'test/cli/', 'test/web/worker/as-the-program'],
};

/** Written by the build, or held by tests against what they are generated from. */
const GENERATED = /^src\/wasm\/(binary(-debug)?|abi)\.ts$/;

/** The names of all rooms. */
export const ROOM_NAMES: readonly string[] = Object.keys(FURTHER);

/**
 * A room with its files as they are.
 *
 * @param name - one of {@link ROOM_NAMES}
 */
export function roomOf(name: string): Room {
  const folder = name === 'assembly' ? 'assembly' : `src/${name}`;
  const all = filesBelow(
    ROOT,
    ['test'],
    (path) => path.endsWith('.test.ts') && !path.startsWith('test/slow/'),
  );
  const wanted = [...(FIRST[name] ?? []), `test/${name}/`, `test/transcripts/${name}.`, ...FURTHER[name]!];
  const tests = wanted.flatMap((prefix) => all.filter((path) => path.startsWith(prefix)));
  return {
    name,
    sources: filesBelow(ROOT, [folder], (path) => path.endsWith('.ts') && !GENERATED.test(path)),
    tests: [...new Set(tests)],
    builds: name === 'assembly' ? 'wasm' : OF_PROGRAM.includes(name) ? 'program' : 'nothing',
  };
}
