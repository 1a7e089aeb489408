import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { exactJson, rangeJson } from '../../src/write/json/vocabulary.ts';
import { OUTPUT_SCHEMAS } from '../../src/write/schemas.ts';
import { outputSchemas, problemsOf, SCHEMA_FOLDER } from '../json-schemas.ts';
import { eptsweep, inProcess } from './program.ts';

type Name = keyof typeof OUTPUT_SCHEMAS;
type Document = Record<string, unknown>;

const TRACE = ['trace', 'examples/trace/guest.yaml', 'examples/trace/guest.ftrace'];
const LIVE = ['replay', 'examples/trace/live.yaml', '--trace', 'examples/trace/live.ftrace'];
/** Of a campaign that the built program computes: Node runs no TypeScript in its workers. */
const RESULTS = 'build/test-schemas-results';
beforeAll(() => {
  rmSync(RESULTS, { recursive: true, force: true });
  expect(eptsweep(['sweep', 'run', 'examples/sweep/fleet.yaml', '-o', RESULTS])).toMatchObject({ status: 1 });
});
afterAll(() => rmSync(RESULTS, { recursive: true }));
/** A command for each schema, with much in its answer. */
const COMMANDS: Readonly<Record<Name, readonly string[]>> = {
  'assert@2': ['assert', 'examples/assert/firmware.yml', 'precision-t3600', 'ovmf-q35', '--json'],
  'check@2': ['check', 'precision-t3600', '--json'],
  'check-fleet@2': ['check', 'precision-t3600', 'ovmf-q35', '--json'],
  'diff@2': ['diff', 'surface-pro7', '3G+1G', '--against', 'policy:kvm-5.16', '--json'],
  'diff-lines@2': ['diff', 'ovmf-gpu', '--across', 'quirks', '--policy', 'kvm-6.16', '-f', 'ndjson'],
  'diff-vcpus@2': ['diff', 'ovmf-q35', '0-4G', '--across', 'quirks', '--vcpu', 'all', '--json'],
  'entry@2': ['trace', '--decode', '0x600000012200bf3@2', '--json'],
  'explain@2': ['explain', 'ovmf-gpu', '32G', '--policy', 'kvm-6.8', '--json'],
  'explain-fleet@2': ['explain', 'ovmf-gpu', 'ovmf-q35', '4G', '--policy', 'kvm-6.8', '--json'],
  'fit@2': ['fit', 'thinkbook-20vh', '--json'],
  'fit-survey@2': ['fit', 'thinkbook-20vh', 'ovmf-q35', '--json'],
  'fuzz@2': ['fuzz', '--count', '3', '--json'],
  'kvm-msrs': ['convert', 'ovmf-q35', '--to', 'kvm-set-msrs'],
  'list@2': ['list', '--json'],
  'list-lines@2': ['list', 'policies', '-f', 'ndjson'],
  'map@2': ['map', 'ovmf-gpu', '--want', 'mtrr,ept,effective,levels,leaf', '--policy', 'kvm-6.8', '--json'],
  'map-fleet@2': ['map', 'ovmf-gpu', 'ovmf-q35', '3G-4G', '--json'],
  'map-lines@2': ['map', 'ovmf-gpu', '--by', 'gfn', '--policy', 'kvm-6.16', '-f', 'ndjson'],
  'map-vcpus@2': ['map', 'examples/two-states.yaml', '--vcpu', 'all', '--json'],
  'progress@1': ['check', 'precision-t3600', 'ovmf-q35', '--quiet', '--progress', 'json'],
  'replay@2': ['replay', 'live-range-moved', '--json'],
  'replay-designs@2': ['replay', 'one-left-behind', '--design', 'first-fault,role', '--json'],
  'replay-lines@2': ['replay', 'vcpu-hotplug', '-f', 'ndjson'],
  'replay-trace@2': [...LIVE, '--json'],
  'replay-trace-lines@2': [...LIVE, '--policy', 'kvm-6.1.192+dmaZap=all', '-f', 'ndjson'],
  'share@2': ['share', 'examples/two-states.yaml', '--json'],
  'sweep-plan@2': ['sweep', 'plan', 'examples/sweep/releases.yaml', '--json'],
  'sweep-status@2': ['sweep', 'status', RESULTS, '--json'],
  'sweep-summary@2': ['sweep', 'run', RESULTS, '-o', RESULTS, '--json'],
  'trace@2': [...TRACE, '--json'],
  'trace-lines@2': [...TRACE, '--policy', 'kvm-6.8', '-f', 'ndjson'],
  'vectors-lines@2': ['vectors', '--count', '9', '--writes', '3', '--policy', 'kvm-6.8'],
  'verify@2': ['verify', 'thinkpad-t400', '3G+1G', '--policy', 'kvm-5.16', '--against', 'sdm', '--json'],
  'verify-vcpus@2': ['verify', 'examples/two-states.yaml', '0-1G', '--vcpu', 'distinct', '--json'],
};
const NAMES = Object.keys(OUTPUT_SCHEMAS) as Name[];
/** Of one VM each. */
const OF_VM = NAMES.filter(
  (name) =>
    !/^(assert|.*-(fleet|vcpus)|entry|fit-survey|fuzz|kvm-msrs|list|progress|sweep|vectors)/.test(name),
);

async function printed(name: Name): Promise<readonly Document[]> {
  const { status, stdout, stderr } = await inProcess(COMMANDS[name]);
  expect([0, 1]).toContain(status);
  const told = name.startsWith('progress') ? stderr : stdout;
  const texts = name.includes('lines') ? told.trim().split('\n') : [told];
  return texts.map((text) => JSON.parse(text) as Document);
}

/** The first object somewhere in a document with a member of that name that holds a number. */
function holderOf(value: unknown, member: string): Document | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (typeof (value as Document)[member] === 'number') return value as Document;
  for (const inner of Object.values(value)) {
    const found = holderOf(inner, member);
    if (found) return found;
  }
  return undefined;
}

describe('published schemas', () => {
  it('are those of the writers (node scripts/write-schema.mjs writes them)', () => {
    expect([...outputSchemas()].sort()).toEqual([...NAMES].sort());
    for (const name of NAMES) {
      const text = readFileSync(new URL(`${name}.schema.json`, SCHEMA_FOLDER), 'utf8');
      expect(JSON.parse(text)).toEqual(OUTPUT_SCHEMAS[name]());
    }
  });

  it.each(NAMES)('%s is that of its command, and takes nothing else', async (name) => {
    const documents = await printed(name);
    for (const document of documents) expect(problemsOf(name, document)).toEqual([]);
    const [head] = documents;
    if (name !== 'kvm-msrs' && name !== 'progress@1') {
      expect(head).toMatchObject({ schema: `eptsweep/${name}`, provenance: { version: VERSION } });
    }
    expect(problemsOf(name, { ...head, unheardOf: 1 })).not.toEqual([]);
    const { [Object.keys(head!)[1]!]: _, ...less } = head!;
    expect(problemsOf(name, less)).not.toEqual([]);
    const holder = holderOf(documents, 'pages');
    if (!holder) return;
    // Of lines, the one that holds it.
    const changed = documents.find((document) => holderOf(document, 'pages') === holder)!;
    holder.pages = `0x${Number(holder.pages).toString(16)}`;
    expect(problemsOf(name, changed)).not.toEqual([]);
  });

  it.each(OF_VM)('%s says in the same words where it is from', async (name) => {
    const [head] = await printed(name);
    const { provenance, vcpus, maxphyaddr } = head!;
    expect(Object.keys(provenance as Document)).toEqual([
      'version',
      'config',
      'noncoherentDma',
      'quirks',
      'selfSnoop',
      'assumptions',
    ]);
    expect(vcpus).toEqual(expect.arrayContaining([expect.any(Number)]));
    expect(maxphyaddr).toEqual(expect.any(Number));
    const policy = name.startsWith('diff')
      ? ((head!.sides ?? (head!.columns as Document[])[0]!.sides) as Document[])[0]!.policy
      : head!.policy;
    expect(Object.keys(policy as Document)).toEqual(['name', 'row', 'flags', 'commits', 'defaultQuirks']);
  });

  it('are printed by list', async () => {
    const published = readFileSync(new URL('map@2.schema.json', SCHEMA_FOLDER), 'utf8');
    for (const name of ['map@2', 'map', 'eptsweep/map@2']) {
      const { stdout } = await inProcess(['list', 'schema', name]);
      expect(JSON.parse(stdout)).toEqual(JSON.parse(published));
    }
    const { status, stderr } = await inProcess(['list', 'schema', 'mapp@2']);
    expect([status, stderr]).toEqual([2, 'eptsweep list: no schema "mapp@2" (did you mean "map@2"?)\n']);
  });
});

describe('the vocabulary', () => {
  it('has numbers where they are exact, else decimal strings', () => {
    expect(exactJson(2n ** 53n - 1n)).toBe(9007199254740991);
    expect(exactJson(2n ** 53n)).toBe('9007199254740992');
  });

  it('has inclusive ranges in bytes or frames, and none without pages', () => {
    expect(rangeJson({ start: 0xa0, end: 0xc0 })).toEqual({ first: 0xa0000, last: 0xbffff, pages: 32 });
    expect(rangeJson({ start: 0xa0, end: 0xc0 }, 'gfn')).toEqual({ first: 0xa0, last: 0xbf, pages: 32 });
    expect(rangeJson({ start: 16, end: 16 })).toEqual({ first: 0x10000, last: null, pages: 0 });
  });

  it('bears the version of the package', () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(VERSION).toBe(JSON.parse(manifest).version);
  });
});

describe('where answers come from, in other formats', () => {
  it('CSV: line 1 is the header, the columns behind say it in every row', async () => {
    const { stdout } = await inProcess(['map', 'ovmf-gpu', '--policy', 'kvm-6.8', '-f', 'csv']);
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toBe(
      'first,last,pages,mtrr,ept,ipat,level,version,config,vcpus,policy,row,flags,commits,noncoherentDma,quirks,selfSnoop,assumptions',
    );
    const end =
      /,ovmf-gpu,0,kvm-6\.8,kvm-6\.7,mtrr=kvm ept=kvm [^,]+,[^,]*d5e90a699858 [^,]+,true,cd-nw-cleared,true,/;
    for (const row of rows) expect(row).toMatch(end);
    const diff = await inProcess([
      'diff',
      'ovmf-gpu',
      '--across',
      'quirks',
      '--policy',
      'kvm-6.16',
      '-f',
      'csv',
    ]);
    expect(diff.stdout.split('\n')[0]).toMatch(/,why,version,config,.*,assumptions,sides$/);
  });

  it.each([
    ['map', 'ovmf-gpu', '--policy', 'kvm-6.8'],
    ['diff', 'ovmf-gpu', '--across', 'kernels=5.16,6.11'],
    ['share', 'ovmf-gpu', '--policy', 'kvm-6.8'],
    ['replay', 'live-range-moved'],
  ])('pictures of %s %s: in metadata that nobody sees', async (...args) => {
    const { stdout } = await inProcess([...args, '-f', 'svg']);
    expect(stdout).toMatch(
      new RegExp(`<metadata>eptsweep version: ${VERSION}; config: .*; policy: .*; row: .*; selfSnoop: true`),
    );
  });
});
