/**
 * Request lines of the oracle whose every part is drawn from its extremes: smallest, largest, one beside a boundary, none,
 * too many, beyond what is allowed. It shares nothing with `eptsweep fuzz` and nothing with the parsers, so that it asks what
 * neither of them thought of.
 */
import { PEER_NAMES, POLICY_NAMES } from '../../src/policy/index.ts';
import type { Rng } from './rng.ts';

const WANTS = ['mtrr', 'ept', 'effective', 'leaf', 'levels'];
/** IA32_MTRR_FIX64K_00000 to FIX4K_F8000 (SDM vol. 3A, 13.11.2.2). */
const FIXED = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
/** SYSCFG, TOP_MEM, TOP_MEM2 (AMD64 APM vol. 2, 7.9). */
const AMD = [0xc0010010, 0xc001001a, 0xc001001d];
const PAGE_SHIFT = 12n;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** One side or the other of a power of two, or just it. */
function besidePower(rng: Rng, bits: number): bigint {
  return (1n << BigInt(rng.below(bits + 1))) + BigInt(rng.pick([-1, 0, 0, 1]));
}

/** A register's value that a part of it stands out of. */
function word(rng: Rng, maxphyaddr: number): bigint {
  const whole = 2n ** BigInt(maxphyaddr);
  const value = rng.pick([
    () => 0n,
    () => 0xffffffffffffffffn,
    () => whole - 1n,
    () => whole,
    () => besidePower(rng, 63),
    () => rng.bits(64),
  ])();
  return BigInt.asUintN(64, value);
}

function base(rng: Rng, maxphyaddr: number): bigint {
  if (rng.chance(0.01)) return word(rng, maxphyaddr);
  const top = 1n << BigInt(maxphyaddr);
  const at = rng.pick([
    () => 0n,
    () => top - 0x1000n,
    () => top >> 1n,
    () => 0x100000n,
    () => 1n << BigInt(12 + rng.below(maxphyaddr - 12)),
    () => (1n << BigInt(12 + rng.below(maxphyaddr - 12))) - 0x1000n,
    () => rng.bits(maxphyaddr),
  ])();
  const type = rng.chance(0.01) ? rng.below(256) : rng.pick([0, 1, 4, 5, 6]);
  return (at & ~0xfffn & (top - 1n)) | BigInt(type);
}

/** A mask: of one stretch, or with holes, of which wild ones cut the space more often than an answer may have spans. */
function mask(rng: Rng, maxphyaddr: number): bigint {
  if (rng.chance(0.01)) return word(rng, maxphyaddr);
  const all = (1n << BigInt(maxphyaddr)) - 0x1000n;
  const low = BigInt(12 + rng.below(maxphyaddr - 12));
  const high = BigInt(maxphyaddr - 1 - rng.below(6));
  const stretch = all & ~((1n << low) - 1n);
  const bits = rng.pick([
    () => 0n,
    () => all,
    () => stretch,
    () => stretch,
    () => stretch & ~(1n << high),
    () => all & ~(1n << low),
    () => 1n << high,
    () => (rng.chance(0.02) ? 1n << BigInt(Math.max(12, maxphyaddr - 20 + rng.below(3))) : stretch),
    () => (rng.chance(0.005) ? rng.bits(maxphyaddr) & rng.bits(maxphyaddr) : stretch),
  ])();
  return (bits & all) | (rng.chance(0.9) ? 0x800n : 0n);
}

function bytesOf(rng: Rng, types: readonly number[]): bigint {
  let value = 0n;
  for (let at = 0; at < 8; at++) value = (value << 8n) | BigInt(rng.pick(types));
  return value;
}

function msrs(rng: Rng, maxphyaddr: number, ranges: number): Record<string, string> {
  const registers = new Map<number, bigint>();
  const type = rng.chance(0.02) ? rng.below(256) : rng.pick([0, 1, 4, 5, 6]);
  registers.set(0x2ff, BigInt(rng.pick([0, 0x400, 0x800, 0x800, 0xc00, 0xc00]) | type));
  for (let one = 0; one < ranges; one++) {
    registers.set(0x200 + 2 * one, base(rng, maxphyaddr));
    registers.set(0x201 + 2 * one, mask(rng, maxphyaddr));
  }
  for (const msr of FIXED) {
    if (rng.chance(0.3))
      registers.set(msr, bytesOf(rng, rng.chance(0.02) ? [2, 3, 7, 255] : [0, 1, 4, 5, 6]));
  }
  if (rng.chance(0.1)) registers.set(0x277, bytesOf(rng, rng.chance(0.1) ? [2, 3, 8] : [0, 1, 4, 5, 6, 7]));
  if (rng.chance(0.1)) registers.set(0xfe, BigInt(rng.below(0x1000)));
  for (const msr of AMD) if (rng.chance(0.05)) registers.set(msr, word(rng, maxphyaddr) & ~0x7fffffn);
  if (rng.chance(0.05)) registers.set(0xc0010010, BigInt(rng.below(128)) << 17n);
  if (rng.chance(0.01))
    registers.set(rng.pick([0x174, 0x1d9, 0x2fe, 0x250, 0xffffffff]), word(rng, maxphyaddr));
  return Object.fromEntries(rng.shuffled([...registers]).map(([msr, value]) => [hex(msr), hex(value)]));
}

/** A frame at an edge of the space, of a leaf, of the fixed ranges. */
function frame(rng: Rng, frames: bigint): bigint {
  const at = rng.pick([
    () => 0n,
    () => frames,
    () => frames - 1n,
    () => besidePower(rng, Number(frames.toString(2).length) - 1),
    () => 0x100n + BigInt(rng.pick([-1, 0, 1])),
    () => BigInt(rng.below(64)) * 512n + BigInt(rng.pick([-1, 0, 1])),
    () => BigInt(rng.below(8)) * 0x40000n + BigInt(rng.pick([-1, 0, 1])),
    () => rng.bits(frames.toString(2).length - 1),
  ])();
  return at < 0n ? 0n : at > frames && !rng.chance(0.02) ? frames : at;
}

function range(rng: Rng, frames: bigint): [string, string] {
  const [one, other] = [frame(rng, frames), frame(rng, frames)];
  const isBackwards = rng.chance(0.01);
  return one <= other !== isBackwards ? [hex(one), hex(other)] : [hex(other), hex(one)];
}

/** Slots one after the other, with and without gaps of a page. */
function memory(rng: Rng, frames: bigint): object[] {
  const slots: object[] = [];
  let gfn = rng.chance(0.5) ? 0n : frame(rng, frames);
  for (let left = rng.below(6); left > 0 && gfn < frames; left--) {
    const most = frames - gfn;
    const wanted = rng.pick([1n, 511n, 512n, 513n, 0x40000n, 0x3ffffn, 0x80001n, most]);
    const count = wanted < most || rng.chance(0.01) ? wanted : most;
    const pfn = rng.pick([gfn, 0n, 1n, 512n, 0x40000n, (1n << 40n) - count, besidePower(rng, 39)]);
    slots.push({
      gfn: hex(gfn),
      count: hex(count),
      pfn: hex(pfn < 0n ? 0n : pfn),
      ...(rng.chance(0.2) && { readonly: rng.chance(0.5) }),
      ...(rng.chance(0.3) && { maxLevel: rng.between(rng.chance(0.01) ? 0 : 1, 3) }),
    });
    gfn += count + BigInt(rng.pick([0, 0, 1, 511, 0x40000, -1].slice(0, rng.chance(0.02) ? 6 : 5)));
  }
  return slots;
}

/** Some part of a request made wrong: a key misspelt, a value of another kind. */
function spoiled(rng: Rng, request: Record<string, unknown>): Record<string, unknown> {
  const key = rng.pick(Object.keys(request));
  const wrong = rng.pick<unknown>([
    null,
    -1,
    1.5,
    true,
    [],
    {},
    '',
    '0x',
    'UC',
    2 ** 53,
    '0x1ffffffffffffffff',
  ]);
  return rng.chance(0.2) ? { ...request, [`${key} `]: request[key] } : { ...request, [key]: wrong };
}

/** A request line without its newline. */
export function extremeRequest(rng: Rng, id: number): string {
  const maxphyaddr = rng.pick([32, 32, 33, 36, 39, 40, 46, 48, 51, 52, 52]);
  const frames = (1n << BigInt(maxphyaddr)) >> PAGE_SHIFT;
  const vcnt = rng.pick([undefined, undefined, undefined, 0, 1, 8, 9, 10, 40]);
  const ranges = Math.min(rng.pick([0, 1, 2, 3, 8, 8, 40]), rng.chance(0.97) ? (vcnt ?? 8) : 40);
  const isOfPeer = rng.chance(0.25);
  const policy = rng.chance(0.1) ? 'sdm' : rng.pick(isOfPeer ? PEER_NAMES : POLICY_NAMES);
  const request: Record<string, unknown> = {
    id: rng.chance(0.01) ? rng.pick(['', '\u0000"\\', 1e308, -0.5, 2 ** 53]) : id,
    maxphyaddr,
    want: isOfPeer ? rng.pick(WANTS.slice(0, 2)) : rng.pick(WANTS),
    policy: rng.chance(0.005) ? rng.pick(['kvm-0.1', 'KVM-5.16', 'peer', '']) : policy,
    msrs: msrs(rng, maxphyaddr, ranges),
    ...(vcnt !== undefined && { vcnt }),
    ...(rng.chance(0.3) && { cr0cd: true }),
    ...(rng.chance(0.1) && { guestHasMtrr: false }),
    ...(rng.chance(0.7) && { noncoherentDma: true }),
    ...(rng.chance(0.2) && { selfSnoop: false }),
    ...(rng.chance(0.3) && {
      quirks: ['cd-nw-cleared', 'ignore-guest-pat'].filter(() => rng.chance(0.5)),
    }),
    ...(rng.chance(0.3) && { mmio: Array.from({ length: rng.below(4) }, () => range(rng, frames)) }),
    ...(rng.chance(0.5) && { memory: memory(rng, frames) }),
    ...(rng.chance(0.1) && { hostMsrs: msrs(rng, rng.pick([maxphyaddr, 52]), rng.below(9)) }),
    ...(rng.chance(0.15) && { vendor: rng.pick(['amd', 'amd', 'intel']) }),
    ...(rng.chance(0.5) && { pat: rng.pick(rng.chance(0.02) ? [2, 3, 8] : [0, 1, 4, 5, 6, 7]) }),
    ...(rng.chance(0.7) && { range: range(rng, frames) }),
  };
  return JSON.stringify(rng.chance(0.02) ? spoiled(rng, request) : request);
}
