/** The shape of `explain -f json`. */
import { LINUX_LOOKUPS } from '../../explain/index.ts';
import { VENDORS } from '../../policy/index.ts';
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  object,
  oneOf,
  orNull,
  TEXT,
} from '../json/json-schema.ts';
import {
  ADDRESS,
  ENTRY,
  FRAME,
  HEAD,
  HOST_FACTS,
  KNOWN,
  LEVEL,
  MSR,
  MSR_VALUE,
  MSR_WRITE,
  POLICY,
  published,
  RANGE,
  TYPE,
  VCPUS,
} from '../json/vocabulary-schema.ts';

const ANSWER = object({ type: TYPE, ipat: BOOLEAN, level: LEVEL, effective: TYPE });
const REGISTER = object(
  {
    kind: oneOf('fixed', 'variable', 'default', 'tom2'),
    name: TEXT,
    msrs: listOf(MSR),
    type: TYPE,
    range: RANGE,
  },
  { index: COUNT, base: MSR_VALUE, mask: MSR_VALUE, hasHoles: BOOLEAN, byte: COUNT, evidence: KNOWN },
);
const REGISTERS = listOf(REGISTER);
const TYPES = listOf(TYPE);
const MISSES = listOf(COUNT);
const MANUAL = object(
  { type: TYPE, rule: TEXT, types: TYPES, matches: REGISTERS, misses: MISSES },
  { precedence: TEXT, evidence: KNOWN },
);
const KVM = object({
  type: TYPE,
  rule: TEXT,
  types: TYPES,
  matches: REGISTERS,
  steps: listOf(object({ register: TEXT, sees: TYPE, rule: TEXT, type: TYPE })),
  unseen: REGISTERS,
  misses: MISSES,
});
const OBSTACLE = either(
  object({ kind: exactly('slot-edge'), slot: RANGE }),
  object({ kind: exactly('slot-max-level'), maxLevel: LEVEL }),
  object({ kind: exactly('not-congruent'), gfnOffset: FRAME, pfnOffset: FRAME }),
  object({ kind: oneOf('mmio-mixed', 'mmio-4k'), ranges: listOf(RANGE) }),
  object({ kind: exactly('types-differ'), type: TYPE, other: TYPE, at: ADDRESS }),
  object({ kind: exactly('types-mixed'), types: TYPES, registers: REGISTERS, isFalseAlarm: BOOLEAN }),
  object({
    kind: exactly('gap'),
    type: TYPE,
    defaultType: TYPE,
    registers: REGISTERS,
    isFalseAlarm: BOOLEAN,
  }),
);
const CHANGE = either(
  object({ kind: exactly('quirk'), quirk: TEXT, on: BOOLEAN }),
  object({
    kind: oneOf('noncoherent-dma', 'self-snoop', 'cr0-cd', 'guest-has-mtrr'),
    on: BOOLEAN,
  }),
  object({ kind: exactly('variable-range'), index: COUNT, on: BOOLEAN }),
  object({ kind: exactly('register-bit'), bit: TEXT, msr: MSR, on: BOOLEAN }),
  object({ kind: exactly('register-reset'), msr: MSR }),
  object({ kind: exactly('host-mmio'), range: RANGE, on: BOOLEAN }),
  object({ kind: exactly('policy'), policy: POLICY }),
  object({ kind: exactly('vendor'), vendor: oneOf(...VENDORS) }),
  object({ kind: exactly('vcpu'), vcpus: VCPUS }),
);
const EFFECT = object(
  { change: CHANGE, text: TEXT, differs: listOf(oneOf('ept', 'level', 'effective')), answer: orNull(ANSWER) },
  { refused: MSR_WRITE },
);
const ACCESS = object({ pat: TYPE, type: TYPE, formerlyUndefined: BOOLEAN });
const MAPPING = object({ granted: TYPE, gets: TYPE });
const HOST_LINUX = object({
  untracked: BOOLEAN,
  ioremap: MAPPING,
  ioremapWc: MAPPING,
  readings: listOf(
    object({
      lookup: oneOf(...LINUX_LOOKUPS),
      type: TYPE,
      writeBack: MAPPING,
      regions: listOf(object({ level: LEVEL, range: RANGE, type: TYPE, uniform: BOOLEAN, huge: BOOLEAN })),
      level: LEVEL,
    }),
  ),
});
const PLACE = { gpa: ADDRESS, gfn: FRAME, range: RANGE, vcpus: VCPUS } as const;

const EXPLANATION = object(
  {
    ...PLACE,
    answer: ANSWER,
    slot: orNull(object({ range: RANGE, pfn: FRAME, readonly: BOOLEAN, maxLevel: LEVEL })),
    mtrr: object({ manual: MANUAL, decidesEpt: BOOLEAN }, { kvm: KVM }),
    ept: object({
      type: TYPE,
      ipat: BOOLEAN,
      steps: listOf(
        object(
          { question: TEXT, applies: BOOLEAN, commits: listOf(TEXT) },
          { patReason: TEXT, quirkOn: BOOLEAN, isIgnored: BOOLEAN },
        ),
      ),
    }),
    level: object({
      level: LEVEL,
      asksMtrr: BOOLEAN,
      tries: listOf(object({ level: LEVEL, region: RANGE, obstacles: listOf(OBSTACLE) })),
    }),
    entry: orNull(
      object({
        entry: ENTRY,
        gfn: FRAME,
        pfn: FRAME,
        fields: listOf(object({ bits: TEXT, name: TEXT, value: MSR_VALUE })),
      }),
    ),
    access: object(
      { rule: TEXT, byType: listOf(ACCESS), patMsr: MSR_VALUE, byIndex: listOf(ACCESS) },
      { hostMtrr: TYPE, patEvidence: KNOWN },
    ),
  },
  {
    guestLinux: object({ rule: TEXT, writeBackRequestGets: TYPE }, { pciHole: RANGE }),
    hostLinux: HOST_LINUX,
    wouldChange: listOf(EFFECT),
    wouldChangeGuestMtrr: listOf(object({ change: CHANGE, text: TEXT, type: TYPE })),
  },
);
const PEER_EXPLANATION = object({
  ...PLACE,
  answer: object({ type: TYPE }, { ipat: BOOLEAN, rule: TEXT, host: object({ pfn: FRAME, type: TYPE }) }),
  peer: object(
    {
      rule: TEXT,
      steps: listOf(
        object({ register: TEXT, sees: TYPE, type: orNull(TYPE), isLast: BOOLEAN }, { evidence: KNOWN }),
      ),
      misses: MISSES,
    },
    { register: TEXT, evidence: KNOWN },
  ),
  mtrr: object({ manual: object({ type: TYPE, rule: TEXT }) }),
});

/** Schema of the document. */
export function explainSchema(): JsonSchema {
  return published(
    'eptsweep/explain@2',
    'Why a page gets its type, and what would change it: eptsweep explain -f json.',
    object(
      {
        schema: exactly('eptsweep/explain@2'),
        ...HEAD,
        engine: TEXT,
        explanations: listOf(either(EXPLANATION, PEER_EXPLANATION)),
      },
      { pat: TYPE, host: HOST_FACTS, truncated: BOOLEAN, vcpuStatesLeftOut: COUNT },
    ),
  );
}
