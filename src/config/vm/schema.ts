/**
 * The schema of a VM config: which keys there are, and what each value must look like. The published JSON
 * Schema is made from it, so every key has a description. What needs two values together (a base beyond
 * MAXPHYADDR, overlapping slots) is checked in compile.ts.
 */
import * as z from 'zod';
import { msrSpellings } from '../../msr/index.ts';
import {
  CUSTOM_FLAG_VALUES,
  PEER_NAMES,
  policy,
  policyHint,
  policyName,
  QUIRKS,
  VENDORS,
} from '../../policy/index.ts';
import { didYouMean } from '../../suggest.ts';
import { CONFIDENTIAL, MAX_VCPUS } from '../../vm/index.ts';
import { msrNumber } from '../msr-key.ts';
import * as values from '../values.ts';
import {
  checked,
  count,
  flag,
  map,
  oneOf,
  pages,
  powerOfTwo,
  quantity,
  range,
  text,
  type,
  word,
} from './fields.ts';
import {
  frameSchema,
  type JsonSchema,
  levelSchema,
  msrKeySchema,
  patTypeSchema,
  policySchema,
  quirkSchema,
  registerSchema,
} from './patterns.ts';

const patType = checked(
  (value) =>
    values.parsePatType(value) === undefined
      ? {
          expected: `${values.MEMORY_TYPE_FORMS}, UC-`,
          hint: didYouMean(String(value), values.TYPE_SPELLINGS),
        }
      : undefined,
  patTypeSchema('The type of this PAT entry.'),
);

const msrKey = checked((key) => {
  if (msrNumber(String(key)) !== undefined) return undefined;
  const bare = /^[0-9a-f]{2,8}$/i.test(String(key));
  return {
    expected: 'the number or name of an MSR',
    hint: bare ? `did you mean 0x${String(key)}?` : didYouMean(String(key), msrSpellings()),
  };
}, msrKeySchema);

/** A policy by its name. */
export const policyNamed = checked((value) => {
  try {
    if (typeof value === 'string' && policy(policyName(value))) return undefined;
  } catch {
    // Any name that policy() refuses is described below.
  }
  return {
    expected: 'sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, or a peer',
    hint: policyHint(typeof value === 'number' ? value : String(value), ['sdm', ...PEER_NAMES]),
  };
}, policySchema('A policy by name: sdm (the manual), the KVM of a kernel release, or another system.'));

const quirk = word('A KVM quirk that is on.', QUIRKS, quirkSchema, (value) =>
  values.parseQuirk(value) === undefined
    ? { expected: QUIRKS.join(' or '), hint: didYouMean(String(value), QUIRKS) }
    : undefined,
);

const vendor = word(
  'Maker of the host CPUs: intel (EPT), or amd (nested page tables, of KVM policies); intel if left out.',
  VENDORS,
  undefined,
  (value) => {
    if (VENDORS.some((one) => one === value)) return undefined;
    const isAmd = typeof value === 'string' && /^(amd|authenticamd|hygon|hygongenuine)$/i.test(value);
    return {
      expected: VENDORS.join(' or '),
      hint: isAmd ? 'did you mean amd?' : didYouMean(String(value), VENDORS),
    };
  },
);

/** Not both of two keys. */
function notBoth(...pairs: readonly (readonly [string, string])[]): JsonSchema {
  return { allOf: pairs.map((pair) => ({ not: { required: [...pair] } })) };
}

const fixed = map({
  range: range('Addresses below 1 MiB that the fixed-range registers can tell apart.'),
  type: type('The type of these ranges.'),
});

const variable = map(
  {
    index: count('Number of the register pair; the position in the list if left out.', 0, 39).optional(),
    base: pages('First address.').optional(),
    size: powerOfTwo('Size in bytes.').optional(),
    range: range('Instead of base and size: the range.').optional(),
    mask: quantity(registerSchema, 'Instead of size: the mask register without its V bit.').optional(),
    type: type('The type of the range.').optional(),
    valid: flag('The V bit of the mask register; true if left out.').optional(),
  },
  {
    anyOf: [
      { required: ['type', 'range'] },
      { required: ['type', 'base', 'size'] },
      { required: ['type', 'base', 'mask'] },
      { required: ['valid'], properties: { valid: { const: false } } },
    ],
    ...notBoth(['range', 'base'], ['range', 'size'], ['range', 'mask'], ['size', 'mask']),
  },
);

const mtrr = map(
  {
    default: type('Type where no range matches (IA32_MTRR_DEF_TYPE bits 7:0).').optional(),
    enabled: flag('IA32_MTRR_DEF_TYPE.E; true if left out.').optional(),
    fixedEnabled: flag('IA32_MTRR_DEF_TYPE.FE; if left out, whether fixed is given.').optional(),
    fixed: z.array(fixed).meta({ description: 'Fixed ranges; those left out keep 0, UC.' }).optional(),
    variable: z.array(variable).max(40).meta({ description: 'Variable ranges.' }).optional(),
  },
  { description: 'MTRRs in words.' },
);

function registers(description: string) {
  return z
    .record(msrKey as unknown as z.ZodString, quantity(registerSchema, 'Value of the register, 64 bits.'))
    .meta({ description });
}

const state = {
  mtrr: mtrr.optional(),
  msrs: registers('Raw register writes, in this order, by MSR number or name.').optional(),
  pat: oneOf(
    z.array(patType).length(8),
    quantity(registerSchema, 'The register as a number.'),
    'IA32_PAT: the register as a number, or its eight types.',
  ).optional(),
  cr0cd: flag('CR0.CD; false if left out.').optional(),
  guestHasMtrr: flag("Whether the guest's CPUID has MTRR; true if left out.").optional(),
  vcnt: count('Number of variable ranges; 8 if left out, always 8 for KVM.', 0, 40).optional(),
};

const ids = checked(
  (value) =>
    (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) ||
    (typeof value === 'string' && /^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/.test(value))
      ? undefined
      : { expected: 'a vCPU number, or a list such as 0-3,7' },
  {
    description: 'A number, or a list such as 0-3,7; if left out, those that follow the group before.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 0xffffffff },
      { type: 'string', pattern: '^\\d{1,9}(-\\d{1,9})?(,\\d{1,9}(-\\d{1,9})?)*$' },
    ],
  },
);

const vcpuGroup = map(
  {
    id: ids.optional(),
    count: count('How many vCPUs; 1 if left out.', 1, MAX_VCPUS).optional(),
    name: text('Name of the vCPU; a group numbers its members.').optional(),
    ...state,
  },
  {
    description: 'vCPUs that differ from the top of the config in what is given here.',
    ...notBoth(['id', 'count']),
  },
);

const slot = map(
  {
    range: range('Guest addresses.').optional(),
    base: pages('Instead of range: first guest address.').optional(),
    size: pages('Size in bytes, with base.').optional(),
    kind: word('ram if left out; mmio is backed by host MMIO, such as a passed-through BAR.', [
      'ram',
      'readonly',
      'mmio',
    ]).optional(),
    hpa: pages('Host address of the first byte; the guest address if left out.').optional(),
    pfn: quantity(frameSchema, 'Instead of hpa: host frame number.', 1n << 40n).optional(),
    maxLevel: word(
      'Largest mapping that the backing allows; 1G if left out.',
      ['4K', '2M', '1G'],
      levelSchema,
      (value) => (values.parseLevel(value) === undefined ? { expected: '4K, 2M or 1G' } : undefined),
    ).optional(),
  },
  {
    anyOf: [{ required: ['range'] }, { required: ['base', 'size'] }],
    ...notBoth(['range', 'base'], ['range', 'size'], ['hpa', 'pfn']),
  },
);

const policyByFlags = map(
  {
    base: policyNamed,
    name: text('How to call it.').optional(),
    backports: z
      .array(text('Abbreviated id of a commit, as eptsweep list policies prints it.'))
      .meta({ description: "Commits that this kernel has on top of the base's." })
      .optional(),
    flags: map(
      Object.fromEntries(
        Object.entries(CUSTOM_FLAG_VALUES).map(([name, allowed]) => [
          name,
          word('One of the rules that make up a policy.', allowed).optional(),
        ]),
      ),
      { description: "Rules that differ from the base's." },
    ).optional(),
    defaultQuirks: z.array(quirk).meta({ description: 'Quirks that are on by default.' }).optional(),
  },
  { description: 'A policy by what differs from a named one.' },
);

/** The schema of a VM config. */
export const configSchema = map(
  {
    $schema: text('Where this schema is, for editors.').optional(),
    name: text('How to call the VM.').optional(),
    description: text('What it is.').optional(),
    source: text('Where the values come from.').optional(),
    maxphyaddr: count("The guest's physical address bits.", 32, 52),
    policy: oneOf(policyByFlags, policyNamed, 'The policy to evaluate under; sdm if left out.').optional(),
    host: map(
      {
        vendor: vendor.optional(),
        selfSnoop: flag('Whether the host CPUs have self-snoop; true if left out.').optional(),
      },
      { description: 'The host that runs the VM.' },
    ).optional(),
    hostMsrs: registers(
      "The host's own MTRRs and PAT, by MSR number or name: what an AMD host, or Xen, takes into account.",
    ).optional(),
    confidential: word(
      'A confidential VM: tdx, an Intel trust domain, whose guest PAT KVM always honours, or snp, on an AMD host.',
      CONFIDENTIAL,
    ).optional(),
    noncoherentDma: flag('Whether the VM has non-coherent DMA; false if left out.').optional(),
    quirks: z
      .array(quirk)
      .meta({ description: 'KVM quirks that are on, instead of those that the kernel enables.' })
      .optional(),
    slots: z
      .array(slot)
      .meta({
        description: 'Memory slots; if left out, one over the whole space with host = guest addresses.',
      })
      .optional(),
    mmio: z
      .array(range('Guest addresses that the host backs by MMIO.'))
      .meta({ description: 'Ranges that the host backs by MMIO.' })
      .optional(),
    ...state,
    vcpus: oneOf(
      z.array(vcpuGroup).min(1).max(MAX_VCPUS),
      count('How many equal vCPUs.', 1, MAX_VCPUS),
      'How many vCPUs, or groups with what each has for itself; 1 if left out.',
    ).optional(),
  },
  { title: 'eptsweep VM config' },
);
