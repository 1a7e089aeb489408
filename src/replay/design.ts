/**
 * Designs as rules: whose state gives an entry its type, which entries a change zaps, and which root a vCPU uses. What
 * the rules leave open is as the release has it: zaps for DMA, slots and dirty logging, and what becomes of roots.
 */
import { InputRangeError } from '../errors.ts';
import { DESIGNS, type Design } from '../share/index.ts';
import { didYouMean } from '../suggest.ts';

/** Rules of a design. */
export interface DesignRules {
  /** A name of `DESIGNS`, or the flags as they were given. */
  readonly name: string;
  /**
   * Whose MTRRs and CR0.CD give an entry its type and level: those of the vCPU that faults; of the first vCPU, that is
   * the lowest id that there is; or the MTRRs of the one that faults and CR0.CD=1 while any vCPU has it.
   */
  readonly type: 'faulter' | 'vcpu0' | 'max-cd';
  /**
   * What register writes and CR0.CD zap: as the release does it (under `max-cd`, where the maximum changes); the same
   * for the first vCPU's alone; everything for each change of CR0.CD by the guest, whatever the quirk, and nothing for
   * MTRRs that are written while the vCPU has CR0.CD=1; the frames whose type by the rule above changes for the vCPU
   * that writes, and no others; or nothing.
   */
  readonly zap: 'release' | 'vcpu0' | 'cd-toggle' | 'fine' | 'none';
  /** What a vCPU's root depends on: the release's role, or its MTRRs and CR0.CD as well. */
  readonly root: 'release' | 'state';
}

/** The values of each flag, the default first. */
export const DESIGN_FLAG_VALUES = {
  type: ['faulter', 'vcpu0', 'max-cd'],
  zap: ['release', 'vcpu0', 'cd-toggle', 'fine', 'none'],
  root: ['release', 'state'],
} as const satisfies { readonly [Flag in keyof Omit<DesignRules, 'name'>]: readonly DesignRules[Flag][] };

type Flag = keyof typeof DESIGN_FLAG_VALUES;
const FLAGS = Object.keys(DESIGN_FLAG_VALUES) as readonly Flag[];

const AS_TODAY = { type: 'faulter', zap: 'release', root: 'release' } as const;

/** `uniform` and `try-without-vcpu` change no entry: what they are about is counted in every replay. */
const RULES: Readonly<Record<Design, Omit<DesignRules, 'name'>>> = {
  'first-fault': AS_TODAY,
  vcpu0: { ...AS_TODAY, type: 'vcpu0', zap: 'vcpu0' },
  'try-without-vcpu': AS_TODAY,
  role: { ...AS_TODAY, zap: 'none', root: 'state' },
  uniform: AS_TODAY,
  'max-cd': { ...AS_TODAY, type: 'max-cd' },
  'zap-on-cd': { ...AS_TODAY, zap: 'cd-toggle' },
  'fine-zap': { ...AS_TODAY, zap: 'fine' },
};

function flagOf(text: string, part: string): readonly [Flag, string] {
  const [flag = '', value = ''] = part.split('=').map((one) => one.trim());
  const known = (FLAGS as readonly string[]).includes(flag) ? (flag as Flag) : undefined;
  if (!known) {
    throw new InputRangeError(
      'design',
      `"${text}" has no flag "${flag}": expected ${FLAGS.join(', ')}`,
      didYouMean(flag, FLAGS),
    );
  }
  const values: readonly string[] = DESIGN_FLAG_VALUES[known];
  if (values.includes(value)) return [known, value];
  throw new InputRangeError(
    'design',
    `"${value}" is no ${flag} rule: expected ${values.join(', ')}`,
    didYouMean(value, values),
  );
}

/**
 * A design by its name, or by flags.
 *
 * @param text - one of `DESIGNS`, or `type=...,zap=...,root=...`, where what is left out is as KVM has it
 * @returns its rules
 * @throws InputRangeError with path `design` for what is neither, with the name that was meant where one is near
 * @example
 * designNamed('type=vcpu0,zap=fine').root; // 'release'
 */
export function designNamed(text: string): DesignRules {
  const known = Object.hasOwn(RULES, text) ? RULES[text as Design] : undefined;
  if (known) return { name: text, ...known };
  if (!text.includes('=')) {
    const names = DESIGNS;
    throw new InputRangeError(
      'design',
      `no design "${text}": expected ${names.join(', ')}, or flags such as type=vcpu0,zap=fine`,
      didYouMean(text, names),
    );
  }
  const flags = text.split(',').map((part) => flagOf(text, part.trim()));
  const twice = flags.find(([flag], index) => flags.findIndex(([other]) => other === flag) < index);
  if (twice) throw new InputRangeError('design', `"${text}" gives ${twice[0]} twice`);
  return { name: text, ...AS_TODAY, ...Object.fromEntries(flags) };
}
