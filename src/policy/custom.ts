/**
 * A policy for a kernel that no version number describes: a distribution's kernel with backports, or a what-if.
 * It starts from a named policy and changes flags, either one by one or by the commits that were backported.
 */
import {
  requireArray,
  requireKeys,
  requireObject,
  requireText,
  requireWord,
  wrongKind,
} from '../arguments.ts';
import { InputError, InputRangeError, InputTypeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { assumptionsOf } from './assumptions.ts';
import { COMMITS, type Commit, type CommitId, commitNamed, quirksWith } from './commits.ts';
import {
  CUSTOM_FLAG_VALUES,
  type KvmFlag,
  type PolicyFlags,
  QUIRKS,
  type Quirk,
  ZAP_FLAG_VALUES,
  type ZapFlags,
} from './flags.ts';
import { policy } from './named.ts';
import type { Policy } from './policy.ts';

/** Flags of a KVM, those that decide answers and those that say what becomes of entries. */
export type CustomFlags = Partial<Pick<PolicyFlags, KvmFlag> & ZapFlags>;

/** A policy in terms of flags. */
export interface CustomPolicy {
  /** Name of the policy to start from. */
  readonly base: string;
  /** Default: the base's name with the changes behind it. */
  readonly name?: string;
  /** Commits that this kernel has on top of the base's. */
  readonly backports?: readonly string[];
  /** Flags that differ from the base's, whatever the commits say. */
  readonly flags?: CustomFlags;
  /** Quirks that this kernel enables by default. Default: the base's and those that the backports add. */
  readonly defaultQuirks?: readonly Quirk[];
}

const CUSTOM_KEYS: readonly string[] = ['base', 'name', 'backports', 'flags', 'defaultQuirks'];

/** All commits, oldest first: the order in which their effects add up. */
const COMMIT_IDS = Object.keys(COMMITS) as CommitId[];

function requireCommit(id: string, index: number): Commit {
  requireText(`backports.${index}`, id, 'the id of a commit');
  const known = commitNamed(id);
  if (known) return known;
  throw new InputRangeError(
    `backports.${index}`,
    `unknown commit "${id}": expected one of ${COMMIT_IDS.join(', ')}`,
  );
}

function requireKnownFlags(flags: CustomFlags): void {
  for (const [flag, value] of Object.entries(flags)) {
    const path = `flags.${flag}`;
    const known = Object.keys(CUSTOM_FLAG_VALUES);
    if (!known.includes(flag)) {
      const problem = `unknown flag: expected one of ${known.join(', ')}`;
      throw new InputTypeError(path, problem, didYouMean(flag, known));
    }
    const values: readonly string[] = CUSTOM_FLAG_VALUES[flag as keyof CustomFlags];
    if (values.includes(value)) continue;
    const expected = values.join(' or ');
    if (typeof value !== 'string') throw wrongKind(path, expected, value);
    throw new InputRangeError(path, `expected ${expected}, got ${value}`, didYouMean(value, values));
  }
}

function baseNamed(name: string): Policy {
  try {
    return policy(name);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { problem, hint, code } = error;
    if (error instanceof InputTypeError) throw new InputTypeError('base', problem, hint);
    throw new InputRangeError('base', problem, hint, code);
  }
}

/** A policy that uses no MTRRs has none for a level check to look at. */
function requireConsistent(flags: PolicyFlags): void {
  if (flags.mtrr !== 'none') return;
  if (flags.levelCheck !== 'none') {
    throw new InputRangeError(
      'flags.levelCheck',
      'expected none: a policy without MTRRs has no types to compare',
    );
  }
}

/**
 * A policy from a base and what differs from it.
 *
 * @param custom - see {@link CustomPolicy}; quirks and commits as `list policies` prints them
 * @returns a frozen policy; its `row` is the base's
 * @throws {@link InputRangeError} with code `unknown-policy` for the base's name, with a path (`flags.mtrr`,
 * `backports.0`) for a value, quirk or commit that does not exist or fit; {@link InputTypeError} for an unknown key or
 * flag, and for a value of the wrong kind
 * @example
 * policyFromFlags({ base: 'kvm-5.14', backports: ['0a7b73559b39'] }).flags.mtrr; // 'none'
 */
export function policyFromFlags(custom: CustomPolicy): Policy {
  requireKeys('', custom, CUSTOM_KEYS, 'a policy such as { base: "kvm-6.6" }');
  const base = baseNamed(custom.base);
  if (base.release === undefined) {
    throw new InputRangeError(
      'base',
      `${base.name} is no KVM, its rules have no flags: expected a KVM policy`,
    );
  }
  const flags = custom.flags ?? {};
  requireObject('flags', flags, 'an object of flags');
  requireKnownFlags(flags);
  const backports = requireArray('backports', custom.backports ?? [])
    .map(requireCommit)
    .sort((a, b) => COMMIT_IDS.indexOf(a.id as CommitId) - COMMIT_IDS.indexOf(b.id as CommitId));
  const named = custom.defaultQuirks && requireArray('defaultQuirks', custom.defaultQuirks);
  named?.forEach((quirk, index) => {
    requireWord(`defaultQuirks.${index}`, quirk, QUIRKS);
  });
  const isZap = ([flag]: readonly [string, unknown]): boolean => flag in ZAP_FLAG_VALUES;
  const own = Object.entries(flags);
  const merged: PolicyFlags = Object.freeze({
    ...base.flags,
    ...Object.assign({}, ...backports.map((commit) => commit.flags)),
    ...Object.fromEntries(own.filter((one) => !isZap(one))),
  });
  const zaps = {
    ...base.zaps,
    ...Object.assign({}, ...backports.map((commit) => commit.zaps)),
    ...Object.fromEntries(own.filter(isZap)),
  } as ZapFlags;
  requireConsistent(merged);
  const quirks = custom.defaultQuirks ?? quirksWith(base.defaultQuirks, backports);
  const changes = [...backports.map((commit) => commit.id), ...Object.keys(flags)];
  const commits = [...base.commits, ...backports.filter((commit) => !base.commits.includes(commit))];
  return Object.freeze({
    name: custom.name === undefined ? [base.name, ...changes].join('+') : requireText('name', custom.name),
    row: base.row,
    release: base.release,
    traits: base.traits,
    flags: merged,
    zaps: Object.freeze(zaps),
    defaultQuirks: Object.freeze([...new Set(quirks)]),
    commits: Object.freeze(commits),
    assumptions: Object.freeze(assumptionsOf(base.release, merged)),
  } satisfies Policy);
}
