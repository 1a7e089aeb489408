/**
 * The schema of a VM config: which keys there are, and what each value must look like. The published JSON
 * Schema is made from it, so every key has a description. What needs two values together (a base beyond
 * MAXPHYADDR, overlapping slots) is checked in compile.ts.
 */
import * as z from 'zod/mini';
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
    index: z.optional(count('Number of the register pair; the position in the list if left out.', 0, 39)),
    base: z.optional(pages('First address.')),
    size: z.optional(powerOfTwo('Size in bytes.')),
    range: z.optional(range('Instead of base and size: the range.')),
    mask: z.optional(quantity(registerSchema, 'Instead of size: the mask register without its V bit.')),
    type: z.optional(type('The type of the range.')),
    valid: z.optional(flag('The V bit of the mask register; true if left out.')),
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
    default: z.optional(type('Type where no range matches (IA32_MTRR_DEF_TYPE bits 7:0).')),
    enabled: z.optional(flag('IA32_MTRR_DEF_TYPE.E; true if left out.')),
    fixedEnabled: z.optional(flag('IA32_MTRR_DEF_TYPE.FE; if left out, whether fixed is given.')),
    fixed: z.optional(
      z.array(fixed).register(z.globalRegistry, { description: 'Fixed ranges; those left out keep 0, UC.' }),
    ),
    variable: z.optional(
      z
        .array(variable)
        .check(z.maxLength(40))
        .register(z.globalRegistry, { description: 'Variable ranges.' }),
    ),
  },
  { description: 'MTRRs in words.' },
);

function registers(description: string) {
  return z
    .record(msrKey as unknown as z.ZodMiniString, quantity(registerSchema, 'Value of the register, 64 bits.'))
    .register(z.globalRegistry, { description });
}

const state = {
  mtrr: z.optional(mtrr),
  msrs: z.optional(registers('Raw register writes, in this order, by MSR number or name.')),
  pat: z.optional(
    oneOf(
      z.array(patType).check(z.length(8)),
      quantity(registerSchema, 'The register as a number.'),
      'IA32_PAT: the register as a number, or its eight types.',
    ),
  ),
  cr0cd: z.optional(flag('CR0.CD; false if left out.')),
  guestHasMtrr: z.optional(flag("Whether the guest's CPUID has MTRR; true if left out.")),
  vcnt: z.optional(count('Number of variable ranges; 8 if left out, always 8 for KVM.', 0, 40)),
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
    id: z.optional(ids),
    count: z.optional(count('How many vCPUs; 1 if left out.', 1, MAX_VCPUS)),
    name: z.optional(text('Name of the vCPU; a group numbers its members.')),
    ...state,
  },
  {
    description: 'vCPUs that differ from the top of the config in what is given here.',
    ...notBoth(['id', 'count']),
  },
);

const slot = map(
  {
    range: z.optional(range('Guest addresses.')),
    base: z.optional(pages('Instead of range: first guest address.')),
    size: z.optional(pages('Size in bytes, with base.')),
    kind: z.optional(
      word('ram if left out; mmio is backed by host MMIO, such as a passed-through BAR.', [
        'ram',
        'readonly',
        'mmio',
      ]),
    ),
    hpa: z.optional(pages('Host address of the first byte; the guest address if left out.')),
    pfn: z.optional(quantity(frameSchema, 'Instead of hpa: host frame number.', 1n << 40n)),
    maxLevel: z.optional(
      word(
        'Largest mapping that the backing allows; 1G if left out.',
        ['4K', '2M', '1G'],
        levelSchema,
        (value) => (values.parseLevel(value) === undefined ? { expected: '4K, 2M or 1G' } : undefined),
      ),
    ),
  },
  {
    anyOf: [{ required: ['range'] }, { required: ['base', 'size'] }],
    ...notBoth(['range', 'base'], ['range', 'size'], ['hpa', 'pfn']),
  },
);

const policyByFlags = map(
  {
    base: policyNamed,
    name: z.optional(text('How to call it.')),
    backports: z.optional(
      z
        .array(text('Abbreviated id of a commit, as eptsweep list policies prints it.'))
        .register(z.globalRegistry, { description: "Commits that this kernel has on top of the base's." }),
    ),
    flags: z.optional(
      map(
        Object.fromEntries(
          Object.entries(CUSTOM_FLAG_VALUES).map(([name, allowed]) => [
            name,
            z.optional(word('One of the rules that make up a policy.', allowed)),
          ]),
        ),
        { description: "Rules that differ from the base's." },
      ),
    ),
    defaultQuirks: z.optional(
      z.array(quirk).register(z.globalRegistry, { description: 'Quirks that are on by default.' }),
    ),
  },
  { description: 'A policy by what differs from a named one.' },
);

/** The schema of a VM config. */
export const configSchema = map(
  {
    $schema: z.optional(text('Where this schema is, for editors.')),
    name: z.optional(text('How to call the VM.')),
    description: z.optional(text('What it is.')),
    source: z.optional(text('Where the values come from.')),
    maxphyaddr: count("The guest's physical address bits.", 32, 52),
    policy: z.optional(oneOf(policyByFlags, policyNamed, 'The policy to evaluate under; sdm if left out.')),
    host: z.optional(
      map(
        {
          vendor: z.optional(vendor),
          selfSnoop: z.optional(flag('Whether the host CPUs have self-snoop; true if left out.')),
        },
        { description: 'The host that runs the VM.' },
      ),
    ),
    hostMsrs: z.optional(
      registers(
        "The host's own MTRRs and PAT, by MSR number or name: what an AMD host, or Xen, takes into account.",
      ),
    ),
    confidential: z.optional(
      word(
        'A confidential VM: tdx, an Intel trust domain, whose guest PAT KVM always honours, or snp, on an AMD host.',
        CONFIDENTIAL,
      ),
    ),
    noncoherentDma: z.optional(flag('Whether the VM has non-coherent DMA; false if left out.')),
    quirks: z.optional(
      z.array(quirk).register(z.globalRegistry, {
        description: 'KVM quirks that are on, instead of those that the kernel enables.',
      }),
    ),
    slots: z.optional(
      z.array(slot).register(z.globalRegistry, {
        description: 'Memory slots; if left out, one over the whole space with host = guest addresses.',
      }),
    ),
    mmio: z.optional(
      z
        .array(range('Guest addresses that the host backs by MMIO.'))
        .register(z.globalRegistry, { description: 'Ranges that the host backs by MMIO.' }),
    ),
    ...state,
    vcpus: z.optional(
      oneOf(
        z.array(vcpuGroup).check(z.minLength(1), z.maxLength(MAX_VCPUS)),
        count('How many equal vCPUs.', 1, MAX_VCPUS),
        'How many vCPUs, or groups with what each has for itself; 1 if left out.',
      ),
    ),
  },
  { title: 'eptsweep VM config' },
);
