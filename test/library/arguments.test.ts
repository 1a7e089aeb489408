/** What every entry point says of unknown keys, wrong kinds and wrong values. */

import { describe, expect, it } from 'vitest';
import { parseConfig, parseScenario, preset } from '../../src/config/index.ts';
import {
  accepting,
  createEvaluator,
  createEvaluatorSync,
  EptsweepError,
  explain,
  explainPeer,
  frameCount,
  InputRangeError,
  InputTypeError,
  joinDigests,
  planRegisters,
  policy,
  policyFromFlags,
  replay,
  share,
  vcpu,
  vcpuOf,
  vm,
  wantedMap,
} from '../../src/index.ts';
import { readText, toVcpuInits, toVm } from '../../src/read/index.ts';

/** What is called, the class of its error, its path and its whole message; `{code}` where it is not bad-request. */
type Row = readonly [what: string, call: () => unknown, path: string, message: string | RegExp];

/** A caller without types. */
const js = <F extends (...args: never[]) => unknown>(f: F) => f as unknown as (...args: unknown[]) => unknown;

const machine = preset('precision-t3600');
const guest = vm({ maxphyaddr: 36 });
const open = () => createEvaluatorSync({ engine: 'auto' }).view(vcpuOf(guest, 0), policy('sdm'));
const engine = createEvaluatorSync({ engine: 'auto' });
const map = wantedMap(36, []);

const evaluator = createEvaluatorSync();
const view = evaluator.view(vcpuOf(guest, 0), policy('kvm-6.6'));
/** A method of the view or the evaluator, for a caller without types. */
const asked = (name: keyof typeof view) => (view[name] as (...args: unknown[]) => unknown).bind(view);
const evaluated = (name: keyof typeof evaluator) =>
  (evaluator[name] as (...args: unknown[]) => unknown).bind(evaluator);

const VIEW_KINDS: readonly Row[] = [
  [
    'createEvaluatorSync',
    () => js(createEvaluatorSync)({ engin: 'auto' }),
    'engin',
    'engin: unknown key "engin" (did you mean "engine"?)',
  ],
  [
    'createEvaluatorSync',
    () => js(createEvaluatorSync)('auto'),
    '',
    /^expected options such as .* got "auto"$/,
  ],
  [
    'evaluator.view',
    () => evaluated('view')(guest, policy('sdm')),
    'vcpu.name',
    'vcpu.name: unknown key "name" (this is a VM, which has several vCPUs: vcpuOf(vm, 0) gives one)',
  ],
  [
    'evaluator.view',
    () => evaluated('view')(guest.vcpus[0], policy('sdm')),
    'vcpu.id',
    'vcpu.id: unknown key "id" (this is a row of vm.vcpus, without its VM: vcpuOf(vm, 0) has both)',
  ],
  [
    'evaluator.view',
    () => evaluated('view')({ maxphyaddr: 36 }, policy('sdm')),
    'vcpu',
    'vcpu: expected a vCPU that vcpu() or vcpuOf() made, got an object (vcpu({ ... }) makes one of such an object)',
  ],
  ['evaluator.view', () => evaluated('view')(view, policy('sdm')), 'vcpu', /got a value of the class View/],
  ['evaluator.view', () => evaluated('view')(), 'vcpu', /got nothing$/],
  [
    'evaluator.view',
    () => evaluated('view')({ ...vcpuOf(guest, 0), cr0cd: 1 }, policy('sdm')),
    'vcpu',
    /^vcpu: expected a vCPU/,
  ],
  ['evaluator.view', () => evaluated('view')(vcpuOf(guest, 0)), 'policy', /^policy: .* got nothing$/],
  [
    'evaluator.view',
    () => evaluated('view')(vcpuOf(guest, 0), 'sdm'),
    'policy',
    /got "sdm" \(did you mean policy\("sdm"\)\?\)$/,
  ],
  ['evaluator.entryBuffer', () => evaluated('entryBuffer')('8'), 'frames', /did you mean 8\?/],
  ['evaluator.compare', () => evaluated('compare')(vcpuOf(guest, 0), view), 'a', /^a: expected a view/],
  ['evaluator.evaluateMany', () => evaluated('evaluateMany')(view), 'items', /^items: expected an array/],
  [
    'evaluator.evaluateMany',
    () => [...(evaluated('evaluateMany')([[]]) as Iterable<unknown>)],
    'items.0',
    'items.0: expected a vCPU with its policy, { vcpu, policy }, got an array',
  ],
  ['view.typeAt', () => asked('typeAt')('5'), 'gfn', 'gfn: expected a frame number, got "5"'],
  ['view.entryAt', () => asked('entryAt')(5n), 'gfn', /got 5n$/],
  ['view.typeSetAt', () => asked('typeSetAt')(), 'gfn', /got nothing$/],
  [
    'view.totals',
    () => asked('totals')(6),
    'want',
    'want: expected one of mtrr, ept, effective, levels, leaf, got 6',
  ],
  [
    'view.totals',
    () => asked('totals')('ept', { rnge: { start: 0, end: 1 } }),
    'rnge',
    'rnge: unknown key "rnge" (did you mean "range"?)',
  ],
  [
    'view.totals',
    () => asked('totals')('ept', { start: 0, end: 1 }),
    'start',
    'start: unknown key "start" (did you mean { range: { start, end } }?)',
  ],
  ['view.totals', () => asked('totals')('ept', null), '', /^expected a query .* got null$/],
  ['view.totals', () => asked('totals')('effective', { pat: 'WB' }), 'pat', /^pat: expected a PAT type/],
  ['view.spansOf', () => asked('spansOf')(), 'want', /got nothing$/],
  [
    'view.spansOf',
    () => asked('spansOf')('ept', { range: { start: '0', end: 1 } }),
    'range.0',
    'range.0: expected a frame number, got "0"',
  ],
  [
    'view.spans',
    () => asked('spans')({ range: { start: 0, end: 1 } }),
    'range',
    'range: expected a range { start, end }, got an object (a range itself is expected here, no query)',
  ],
  [
    'view.spans',
    () => asked('spans')([0, 1]),
    'range',
    'range: expected a range { start, end }, got an array',
  ],
  ['view.spans', () => asked('spans')(null), 'range', 'range: expected a range { start, end }, got null'],
  ['view.digest', () => asked('digest')(0), 'range', 'range: expected a range { start, end }, got 0'],
  ['view.digest', () => asked('digest')({ start: 0, len: 1 }), 'range.1', /got nothing$/],
  [
    'view.entriesInto',
    () => asked('entriesInto')(new Uint8Array(8), 0),
    'entries',
    'entries: expected a BigUint64Array, got a value of the class Uint8Array',
  ],
  ['view.entriesInto', () => asked('entriesInto')(new BigUint64Array(1), '0'), 'first', /got "0"$/],
  ['view.typesInto', () => asked('typesInto')([0], 0), 'types', 'types: expected a Uint8Array, got an array'],
  ['view.typesOf', () => asked('typesOf')([0]), 'gfns', 'gfns: expected a Float64Array, got an array'],
  ['view.entriesOf', () => asked('entriesOf')(), 'gfns', 'gfns: expected a Float64Array, got nothing'],
  ['view.fill', () => asked('fill')(), 'buffer', /^buffer: expected a buffer/],
  ['view.compare', () => asked('compare')(vcpuOf(guest, 0)), 'other', /^other: expected a view/],
  ['view.compare', () => asked('compare')(view, 1), 'want', /got 1$/],
  ['view.entries', () => asked('entries')([]), 'range', /got an array$/],
  ['view.entries', () => asked('entries')(undefined, { abort: 1 }), 'abort', /^abort: unknown key "abort"/],
  ['view.sibling', () => asked('sibling')(guest, policy('sdm')), 'vcpu.name', /vcpuOf/],
  ['preset', () => js(preset)(), 'preset', 'preset: expected the name of a preset, got nothing'],
  ['parseConfig', () => js(parseConfig)({ maxphyaddr: 46 }), 'text', /^text: expected a VM config as text/],
  ['parseScenario', () => js(parseScenario)(3), 'text', 'text: expected a scenario as text, got 3'],
  [
    'parseScenario',
    () => js(parseScenario)('events: []', { vcpu: 2 }),
    'vcpu',
    'vcpu: unknown key "vcpu" (did you mean "vcpus"?)',
  ],
  ['readText', () => js(readText)(), 'text', 'text: expected text, got nothing'],
  [
    'readText',
    () => js(readText)('', { form: 'rdmsr' }),
    'form',
    'form: unknown key "form" (did you mean "from"?)',
  ],
  ['toVm', () => js(toVm)('dmesg.txt'), 'facts', 'facts: expected what a reader has found, got "dmesg.txt"'],
  [
    'toVcpuInits',
    () => js(toVcpuInits)(readText('0x2ff,0xc06\n'), { physbits: 46 }),
    'physbits',
    'physbits: unknown key "physbits" (did you mean "physBits"?)',
  ],
  ['explainPeer', () => js(explainPeer)(vcpuOf(guest, 0)), 'gfn', /^gfn: expected a guest frame number/],
  ['joinDigests', () => js(joinDigests)(1, 2n, 3n), 'left', 'left: expected a bigint, got 1'],
];

const KINDS: readonly Row[] = [
  [
    'vm',
    () => js(vm)({ ...machine, noncoherentDma: true }),
    'host',
    'host: unknown key "host" (this is a VM already: withChanges(vm, { ... }) of eptsweep/config changes one)',
  ],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, vcpus: machine.vcpus }),
    'vcpus.0.state',
    /^vcpus\.0\.state: unknown key "state" \(this is a VM already/,
  ],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, host: { selfSnoop: false } }),
    'host',
    'host: unknown key "host" (did you mean "selfSnoop" or "vendor"?)',
  ],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, noncoherentDMA: true }),
    'noncoherentDMA',
    'noncoherentDMA: unknown key "noncoherentDMA" (did you mean "noncoherentDma"?)',
  ],
  ['vm', () => js(vm)(), '', 'expected a VM such as { maxphyaddr: 46 }, got nothing'],
  ['vm', () => js(vm)(null), '', 'expected a VM such as { maxphyaddr: 46 }, got null'],
  ['vm', () => js(vm)([]), '', 'expected a VM such as { maxphyaddr: 46 }, got an array'],
  ['vm', () => js(vm)({}), 'maxphyaddr', 'maxphyaddr: expected an integer 32..52, got nothing'],
  ['vm', () => js(vm)({ maxphyaddr: 46, vcpus: 2 }), 'vcpus', 'vcpus: expected an array of vCPUs, got 2'],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, vcpus: [{}, { cr0dc: true }] }),
    'vcpus.1.cr0dc',
    'vcpus.1.cr0dc: unknown key "cr0dc" (did you mean "cr0cd"?)',
  ],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, vcpus: [{}, { cr0cd: 'yes' }] }),
    'vcpus.1.cr0cd',
    'vcpus.1.cr0cd: expected true or false, got "yes"',
  ],
  [
    'vm',
    () => js(vm)({ maxphyaddr: 46, policy: 'kvm-6.6' }),
    'policy',
    'policy: expected a policy that policy() or policyFromFlags() made, got "kvm-6.6" (did you mean policy("kvm-6.6")?)',
  ],
  ['vm', () => js(vm)({ maxphyaddr: 46, name: 7 }), 'name', 'name: expected text, got 7'],
  [
    'vcpu',
    () => js(vcpu)({ maxphyadr: 46 }),
    'maxphyadr',
    'maxphyadr: unknown key "maxphyadr" (did you mean "maxphyaddr"?)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: '46' }),
    'maxphyaddr',
    'maxphyaddr: expected an integer 32..52, got "46" (did you mean 46?)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46n }),
    'maxphyaddr',
    'maxphyaddr: expected an integer 32..52, got 46n (did you mean 46?)',
  ],
  [
    'vcpu',
    () => js(vcpu)(machine),
    'name',
    'name: unknown key "name" (this is a VM, which has several vCPUs: vcpuOf(vm, 0) gives one)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, cr0cd: 'true' }),
    'cr0cd',
    'cr0cd: expected true or false, got "true" (did you mean true?)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, msrs: { 0x2ff: 0x806 } }),
    'msrs.0x2ff',
    'msrs.0x2ff: expected a bigint of 64 bits, got 2054 (did you mean 0x806n?)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, msrs: { IA32_PAT: 0n } }),
    'msrs.IA32_PAT',
    'msrs.IA32_PAT: expected an MSR number, got "IA32_PAT" (names of MSRs are for configs: give its number, such as 0x2ff)',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, msrs: [0x2ff, 0x806n] }),
    'msrs.0',
    'msrs.0: expected a pair of an MSR number and its value, got 767',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, msrs: '0x2ff' }),
    'msrs',
    'msrs: expected register writes, got "0x2ff"',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, quirks: 'ignore-guest-pat' }),
    'quirks',
    'quirks: expected an array, got "ignore-guest-pat"',
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, slots: [{ gfn: 0, count: 1, pfn: '0' }] }),
    'slots.0.pfn',
    /^slots\.0\.pfn: expected an integer 0\.\.\d+, got "0" \(did you mean 0\?\)$/,
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, slots: [{ gfn: 0, count: 1, hpa: 0 }] }),
    'slots.0.hpa',
    /^slots\.0\.hpa: unknown key "hpa"/,
  ],
  [
    'vcpu',
    () => js(vcpu)({ maxphyaddr: 46, mmio: [[0, 1]] }),
    'mmio.0',
    'mmio.0: expected a range { start, end }, got an array',
  ],
  ['vcpuOf', () => js(vcpuOf)({ vcpus: [] }, 0), 'vm', /^vm: expected a VM made by vm\(\)/],
  ['vcpuOf', () => js(vcpuOf)(undefined, 0), 'vm', /^vm: .* got nothing$/],
  ['vcpuOf', () => js(vcpuOf)(guest, '0'), 'vcpu', 'vcpu: expected a position in vm.vcpus, got "0"'],
  ['frameCount', () => js(frameCount)(), 'maxphyaddr', 'maxphyaddr: expected an integer 32..52, got nothing'],
  ['policy', () => js(policy)(undefined), 'policy', 'policy: expected the name of a policy, got nothing'],
  [
    'policy',
    () => js(policy)(policy('sdm')),
    'policy',
    'policy: expected the name of a policy, got an object',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)('kvm-6.6'),
    '',
    'expected a policy such as { base: "kvm-6.6" }, got "kvm-6.6"',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({ base: 'kvm-6.6', flag: {} }),
    'flag',
    'flag: unknown key "flag" (did you mean "flags"?)',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({}),
    'base',
    'base: expected the name of a policy, got nothing',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({ base: 'kvm-6.6', flags: { mttr: 'none' } }),
    'flags.mttr',
    /^flags\.mttr: unknown flag: .* \(did you mean "mtrr"\?\)$/,
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({ base: 'kvm-6.6', flags: { mtrr: false } }),
    'flags.mtrr',
    'flags.mtrr: expected kvm or none, got false',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({ base: 'kvm-6.6', backports: '0a7b73559b39' }),
    'backports',
    'backports: expected an array, got "0a7b73559b39"',
  ],
  [
    'policyFromFlags',
    () => js(policyFromFlags)({ base: 'kvm-6.6', backports: [377] }),
    'backports.0',
    'backports.0: expected the id of a commit, got 377',
  ],
  ['share', () => js(share)(guest, {}), 'evaluator', /^evaluator: expected an evaluator/],
  [
    'share',
    () => js(share)(guest, { open: 5 }),
    'open',
    'open: expected a function that opens a vCPU, got 5',
  ],
  ['share', () => js(share)({}, { open }), 'vm', /^vm: expected a VM made by vm\(\)/],
  [
    'share',
    () => js(share)(guest, { open, design: [] }),
    'design',
    'design: unknown key "design" (did you mean "designs"?)',
  ],
  [
    'share',
    () => js(share)(guest, { open, order: ['0'] }),
    'order.0',
    /^order\.0: expected the id of a vCPU/,
  ],
  [
    'share',
    () => js(share)(guest, { open, range: { first: 0, last: 1 } }),
    'range.0',
    'range.0: expected a frame number, got nothing',
  ],
  [
    'replay',
    () => js(replay)(guest, 'touch', { evaluator: engine }),
    'events',
    /^events: expected an array or another it/,
  ],
  ['replay', () => js(replay)(guest, [], {}), 'evaluator', /^evaluator: expected an evaluator/],
  [
    'replay',
    () => js(replay)(guest, [], { evaluator: engine, onfault: 'stop' }),
    'onfault',
    'onfault: unknown key "onfault" (did you mean "onFault"?)',
  ],
  ['explain', () => js(explain)(undefined, 0), 'view', /^view: expected a view/],
  ['planRegisters', () => js(planRegisters)(map, {}), 'vcnt', 'vcnt: expected an integer 0..40, got nothing'],
  ['planRegisters', () => js(planRegisters)([], { vcnt: 8 }), 'map', /^map: expected a map that wantedMap/],
  [
    'planRegisters',
    () => js(planRegisters)(map, { vcnt: 8, defaultType: 0 }),
    'defaultType',
    'defaultType: unknown key "defaultType" (did you mean "defaultTypes"?)',
  ],
  ['accepting', () => js(accepting)(['WB']), 'types.0', /^types\.0: expected a memory type, .* got "WB"$/],
  ['wantedMap', () => js(wantedMap)(36, {}), 'ranges', 'ranges: expected an array, got an object'],
];

const VALUES: readonly Row[] = [
  [
    'view.totals',
    () => asked('totals')('epts'),
    'want',
    'want: expected one of mtrr, ept, effective, levels, leaf, got "epts" (did you mean "ept"?)',
  ],
  ['view.spansOf', () => asked('spansOf')('level'), 'want', /did you mean "levels"\?/],
  ['view.compare', () => asked('compare')(view, 'efective'), 'want', /did you mean "effective"\?/],
  [
    'view.totals',
    () => asked('totals')('effective', { pat: 3 }),
    'pat',
    /^pat: expected a PAT type, .* got 3$/,
  ],
  ['view.typeAt', () => asked('typeAt')(2 ** 24), 'range.1', /^range\.1: expected a frame number/],
  ['view.digest', () => asked('digest')({ start: 2, end: 1 }), 'range.1', /got 1$/],
  ['evaluator.entryBuffer', () => evaluated('entryBuffer')(-1), 'frames', /got -1$/],
  ['vm', () => vm({ maxphyaddr: 53 }), 'maxphyaddr', 'maxphyaddr: expected an integer 32..52, got 53'],
  ['vm', () => vm({ maxphyaddr: 46.5 }), 'maxphyaddr', 'maxphyaddr: expected an integer 32..52, got 46.5'],
  [
    'vm',
    () => vm({ maxphyaddr: 46, quirks: ['ignore-guest-pats' as never] }),
    'quirks.0',
    'quirks.0: expected one of cd-nw-cleared, ignore-guest-pat, got "ignore-guest-pats" (did you mean "ignore-guest-pat"?)',
  ],
  [
    'vm',
    () => vm({ maxphyaddr: 46, vcpus: [{}, { msrs: { 0x2ff: 1n << 64n } }] }),
    'vcpus.1.msrs.0x2ff',
    /^vcpus\.1\.msrs\.0x2ff: expected a bigint of 64 bits, got 18446744073709551616n$/,
  ],
  ['vm', () => vm({ maxphyaddr: 46, vcpus: [{ id: -1 }] }), 'vcpus.0.id', /got -1$/],
  ['vcpu', () => vcpu({ maxphyaddr: 46, vcnt: 41 }), 'vcnt', 'vcnt: expected an integer 0..40, got 41'],
  [
    'vcpu',
    () => vcpu({ maxphyaddr: 46, mmio: [{ start: 2, end: 1 }] }),
    'mmio.0.end',
    /ends before it starts$/,
  ],
  ['vcpuOf', () => vcpuOf(guest, 1), 'vcpu', 'vcpu: expected a vCPU 0..0, got 1'],
  ['policy', () => policy('kvm-6.l6'), 'policy', /^policy: unknown policy "kvm-6\.l6": expected sdm, [^(]*$/],
  ['policyFromFlags', () => policyFromFlags({ base: 'kvm' }), 'base', /^base: unknown policy "kvm"/],
  [
    'policyFromFlags',
    () => policyFromFlags({ base: 'kvm-6.6', flags: { mtrr: 'non' as never } }),
    'flags.mtrr',
    'flags.mtrr: expected kvm or none, got non (did you mean "none"?)',
  ],
  [
    'createEvaluatorSync',
    () => createEvaluatorSync({ engine: 'fast' as never }),
    'engine',
    'engine: expected one of reference, direct, auto, got "fast"',
  ],
  [
    'createEvaluatorSync',
    () => createEvaluatorSync({ engine: 'aut' as never }),
    'engine',
    'engine: expected one of reference, direct, auto, got "aut" (did you mean "auto"?)',
  ],
  [
    'share',
    () => share(guest, { open, designs: ['uniforn' as never] }),
    'designs.0',
    /got "uniforn" \(did you mean "uniform"\?\)$/,
  ],
  ['share', () => share(guest, { open, range: { start: 0, end: 2 ** 25 } }), 'range.1', /got 33554432$/],
  ['replay', () => replay(guest, [], { evaluator: engine, every: -1 }), 'every', /got -1$/],
  [
    'replay',
    () => replay(guest, [], { evaluator: engine, onFault: 'halt' as never }),
    'onFault',
    'onFault: expected one of continue, stop, got "halt"',
  ],
  [
    'planRegisters',
    () => planRegisters(map, { vcnt: 8, fixed: 'ever' as never }),
    'fixed',
    /did you mean "never"/,
  ],
  ['accepting', () => accepting([2 as never]), 'types.0', /got 2$/],
];

/** What was thrown. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each([
  ['kinds', InputTypeError, TypeError, [...KINDS, ...VIEW_KINDS]],
  ['values', InputRangeError, RangeError, VALUES],
] as const)('wrong %s', (_, own, builtIn, rows) => {
  const titled = rows.map(([what, call, path, message]) => [what, path, message, call] as const);
  it.each(titled)('%s(): %s: %s', (_what, path, message, call) => {
    const error = thrown(call);
    expect(error).toBeInstanceOf(own);
    expect(error).toBeInstanceOf(builtIn);
    expect(error).toBeInstanceOf(EptsweepError);
    const isUnknownPolicy = /unknown policy/.test(String(error));
    expect(error).toMatchObject({ path, code: isUnknownPolicy ? 'unknown-policy' : 'bad-request' });
    if (typeof message === 'string') expect((error as Error).message).toBe(message);
    else expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });
});

it('createEvaluator() rejects what its twin throws', async () => {
  await expect(js(createEvaluator)({ engine: 'fast' })).rejects.toThrow(
    'engine: expected one of reference, direct, auto, got "fast"',
  );
});

it('a vCPU is changed by spreading it', () => {
  const one = vcpuOf(machine, 0);
  expect(vcpu({ ...one })).toEqual(one);
  expect(vcpu({ ...one, noncoherentDma: true })).toEqual({ ...one, noncoherentDma: true });
});

it('a span is a range', () => {
  const [span] = view.spansOf('ept');
  expect(view.totals('ept', { range: span! })).toEqual(view.totals());
  expect(view.digest(span)).toBe(view.digest());
});
