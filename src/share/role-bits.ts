/**
 * Bits of `kvm_mmu_page_role` that a release leaves unused: what is there to put per-vCPU state into. Counted
 * in the union's declarations of the releases named here (arch/x86/include/asm/kvm_host.h).
 */
import { type Policy, releaseAtLeast } from '../policy/index.ts';

/** Bits of the role that are free. */
export interface RoleBits {
  readonly free: number;
  /** The release in which they were counted. */
  readonly countedIn: string;
  /** Whether that is the policy's own release; else the nearest one before it, or the oldest. */
  readonly isExact: boolean;
}

/** 6.6 has `passthrough` beside what 5.16 has, 6.14 `is_mirror` as well. */
const COUNTED = [
  { name: '6.14', release: { major: 6, minor: 14, patch: 0 }, free: 4 },
  { name: '6.8', release: { major: 6, minor: 8, patch: 0 }, free: 5 },
  { name: '6.6', release: { major: 6, minor: 6, patch: 0 }, free: 5 },
  { name: '5.16', release: { major: 5, minor: 16, patch: 0 }, free: 6 },
] as const;

/**
 * The free bits of a policy's kernel.
 *
 * @returns undefined where the policy is no kernel
 */
export function roleBitsOf(policy: Policy): RoleBits | undefined {
  const { release } = policy;
  if (!release) return undefined;
  const oldest = COUNTED.at(-1)!;
  const row = COUNTED.find((one) => releaseAtLeast(release, one.release)) ?? oldest;
  const { major, minor } = row.release;
  const isExact = release.major === major && release.minor === minor;
  return { free: row.free, countedIn: row.name, isExact };
}
