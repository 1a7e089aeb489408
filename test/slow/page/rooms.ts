/** What a page does with a dump that somebody pasted; test/slow/browser.test.ts runs it in a browser and in Node. */
import { judge } from '../../../src/assert/index.ts';
import { check, RULES, USUAL_KVM } from '../../../src/check/index.ts';
import { preset } from '../../../src/config/index.ts';
import { compareViews } from '../../../src/diff/index.ts';
import { explain, explainedStretches } from '../../../src/explain/index.ts';
import { ownMap, planRegisters } from '../../../src/fit/index.ts';
import { createEvaluatorSync, vcpuGroups, vcpuOf } from '../../../src/index.ts';
import {
  assertInput,
  checkInput,
  isMachine,
  knownRegisters,
  openSafely,
  openText,
} from '../../../src/open/index.ts';
import { sweep } from '../../../src/open/sweep/index.ts';
import { POLICY_NAMES, policy } from '../../../src/policy/index.ts';
import { readStream } from '../../../src/read/index.ts';
import { createReferenceEngine } from '../../../src/reference/index.ts';
import { replay } from '../../../src/replay/index.ts';
import { DESIGNS } from '../../../src/share/index.ts';
import { basisOf, checkJsonLines, explainLines, mapLines } from '../../../src/write/index.ts';

/** What came out, a text each. */
export interface PageAnswers {
  readonly said: string;
  readonly map: string;
  readonly check: string;
  readonly explain: string;
  /** Of rooms that the three above do not reach: something of each. */
  readonly others: readonly unknown[];
  /** Of the dump as gzip, whole and spoilt: registers that were read, or what was wrong. */
  readonly gzip: readonly string[];
}

const joined = (lines: Iterable<string>): string => `${[...lines].join('\n')}\n`;

async function gzipped(text: string): Promise<Uint8Array> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function readGzip(bytes: Uint8Array): Promise<string> {
  try {
    return `${(await readStream([bytes.subarray(0, 100), bytes.subarray(100)], { file: 'it' })).registers.size}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Points of a small campaign of which KVM gives pages other types than the manual. */
async function differingPoints(): Promise<number> {
  const spec = '{ask: compare, want: mtrr, layouts: {random: {count: 100}}, axes: {policy: [kvm-5.16]}}';
  let points = 0;
  for await (const { table } of sweep(spec)) if (table === 'findings') points += 1;
  return points;
}

/**
 * @param text - the dump
 * @param name - of its file
 * @param address - to be explained
 */
export async function pageAnswers(text: string, name: string, address: number): Promise<PageAnswers> {
  const opened = await openText(text, { name });
  const { vm, assumptions = [], evidence, said = [] } = opened;
  const sdm = policy('sdm');
  const evaluator = createEvaluatorSync({ engine: 'auto' });
  const open = (index: number) => openSafely(opened, index, sdm, (guest) => evaluator.view(guest, sdm));
  const input = checkInput(opened);
  const findings = check(input, evaluator, open, { minSeverity: 'INFO' });
  const range = { start: 0, end: 2 ** (vm.maxphyaddr - 12) };
  const map = mapLines(
    {
      vm,
      view: open(0),
      vcpu: 0,
      engine: 'auto',
      wants: ['mtrr', 'ept', 'levels'],
      query: { range, pat: 6 },
      by: 'gpa',
      limit: 65536,
      assumptions,
      evidence,
    },
    'json',
  );
  const view = evaluator.view(vcpuOf(vm, 0), vm.policy);
  const gfn = Math.floor(address / 4096);
  const [span] = explainedStretches(view, { start: gfn, end: gfn + 1 });
  const subject = vm.vcpus.length === 1 ? vm.name : `${vm.name} vCPU 0`;
  const whole = await gzipped(text);
  const spoilt = whole.slice();
  // A kind of block that there is not.
  spoilt[10] = 0xff;
  const twice = new Uint8Array([...whole, ...whole]);
  return {
    said: joined(said),
    map: joined(map),
    check: joined(
      checkJsonLines({
        basis: basisOf(vm, sdm, { assumptions, evidence }),
        kvm: policy(USUAL_KVM),
        file: name,
        isRamKnown: input.memory.ram !== undefined,
        rules: RULES,
        findings,
      }),
    ),
    explain: joined(
      explainLines(explain(view, gfn, { hostLinux: isMachine(opened, vm.policy) }), {
        ...(span && { span }),
        subject,
        known: knownRegisters(opened, 0),
      }),
    ),
    others: [
      judge(assertInput(opened), [], evaluator, open).length,
      compareViews(open(0), open(0), 'mtrr').pages === 0n,
      planRegisters(ownMap(open(0)).map, { vcnt: 8 }).fits,
      vcpuGroups(preset('ovmf-q35')).length,
      POLICY_NAMES.includes('kvm-6.16'),
      [...createReferenceEngine().open(vcpuOf(vm, 0), sdm).spans('mtrr')].length,
      typeof replay,
      DESIGNS.length,
      await differingPoints(),
    ],
    gzip: [
      await readGzip(whole),
      await readGzip(whole.subarray(0, 300)),
      await readGzip(spoilt),
      await readGzip(twice),
    ],
  };
}
