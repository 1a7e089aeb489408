/**
 * Single changes counted out by hand and answered by the reference engine: what `explain` computes with another
 * enumeration, another evaluator and spans must come to the same. Nothing of src/explain is used here.
 */
import { POLICY_NAMES, type Policy, policy, QUIRKS } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { PatType } from '../../src/types.ts';
import { type Vcpu, type VcpuInit, vcpu } from '../../src/vm/index.ts';

type Write = readonly [number, bigint];
type Init = Omit<VcpuInit, 'msrs'> & { readonly msrs: readonly Write[] };

const engine = createReferenceEngine();

/** `type ipat level effective`, or why there is none. */
export function referenceAnswer(subject: Vcpu, rule: Policy, gfn: number, pat: PatType): string {
  try {
    const view = engine.open(subject, rule);
    const range = { start: gfn, end: gfn + 1 };
    const [ept] = view.spans('ept', { range });
    const [levels] = view.spans('levels', { range });
    const [effective] = view.spans('effective', { range, pat });
    return [ept!.type, ept!.ipat, levels!.level, effective!.type].join(' ');
  } catch (error) {
    return (error as { code?: string }).code === 'wrmsr-gp' ? 'refused' : `${error}`;
  }
}

/** The value that a list of writes leaves in a register. */
function left(init: Init, msr: number): bigint {
  let value = 0n;
  for (const [number, written] of init.msrs) if (number === msr) value = written;
  return value;
}

/** One more write at the end: the last one wins. */
function written(init: Init, msr: number, value: bigint): Init {
  return { ...init, msrs: [...init.msrs, [msr, value]] };
}

function* registerChanges(init: Init): Generator<readonly [string, Init]> {
  const numbers = new Set(init.msrs.map(([msr]) => msr));
  for (let n = 0; n < 40; n++) {
    const mask = left(init, 0x201 + 2 * n);
    if (mask === 0n) continue;
    yield [`variable ${n}`, written(init, 0x201 + 2 * n, mask ^ 0x800n)];
  }
  yield ['FE', written(init, 0x2ff, left(init, 0x2ff) ^ 0x400n)];
  yield ['E', written(init, 0x2ff, left(init, 0x2ff) ^ 0x800n)];
  if (numbers.has(0xc0010010) || numbers.has(0xc001001d)) {
    yield ['MtrrTom2En', written(init, 0xc0010010, left(init, 0xc0010010) ^ 0x200000n)];
    yield ['Tom2ForceMemTypeWB', written(init, 0xc0010010, left(init, 0xc0010010) ^ 0x400000n)];
  }
  const fixed = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
  for (const msr of [...fixed, 0xc001001d]) {
    if (left(init, msr) !== 0n) yield [`reset 0x${msr.toString(16)}`, written(init, msr, 0n)];
  }
}

function* vmChanges(init: Init, rule: Policy, gfn: number): Generator<readonly [string, Init]> {
  const quirks = init.quirks ?? rule.defaultQuirks;
  for (const quirk of QUIRKS) {
    const others = quirks.filter((one) => one !== quirk);
    yield [`quirk ${quirk}`, { ...init, quirks: quirks.includes(quirk) ? others : [...others, quirk] }];
  }
  yield ['dma', { ...init, noncoherentDma: !(init.noncoherentDma ?? false) }];
  yield ['self-snoop', { ...init, selfSnoop: !(init.selfSnoop ?? true) }];
  yield ['cd', { ...init, cr0cd: !(init.cr0cd ?? false) }];
  yield ['cpuid', { ...init, guestHasMtrr: !(init.guestHasMtrr ?? true) }];
  const { mmio } = vcpu(init);
  if (!mmio.some(({ start, end }) => start <= gfn && gfn < end)) {
    yield ['mmio here', { ...init, mmio: [...mmio, { start: gfn, end: gfn + 1 }] }];
  }
  for (const gone of mmio) {
    yield [`mmio ${gone.start}`, { ...init, mmio: mmio.filter(({ start }) => start !== gone.start) }];
  }
}

/**
 * Every single change that alters the answer, and the answer then.
 *
 * @param others - inits of the VM's other vCPUs, by name
 */
export function bruteForceChanges(
  init: Init,
  rule: Policy,
  gfn: number,
  pat: PatType,
  others: ReadonlyMap<string, Init>,
): ReadonlyMap<string, string> {
  const before = referenceAnswer(vcpu(init), rule, gfn, pat);
  const altered = new Map<string, string>();
  const consider = (name: string, changed: Init, under = rule) => {
    const after = referenceAnswer(vcpu(changed), under, gfn, pat);
    if (after !== before) altered.set(name, after);
  };
  for (const [name, changed] of registerChanges(init)) consider(name, changed);
  for (const [name, changed] of vmChanges(init, rule, gfn)) consider(name, changed);
  for (const name of new Set([...POLICY_NAMES, 'kvm-6.0'])) {
    if (name !== rule.name) consider(`policy ${name}`, init, policy(name));
  }
  for (const [name, changed] of others) consider(name, changed);
  return altered;
}
