/** Masks, bases, idle and free ranges, KVM, large pages, evidence, what is wanted. */
import { policy } from '../../src/policy/index.ts';
import {
  type Case,
  device,
  evidence,
  FIXED,
  G,
  K,
  LOW,
  M,
  MAP,
  NO_MAP,
  NO_SPLITS,
  only,
  ram,
  range,
  SOUND,
  TOM2,
  UC,
  WB,
  WC,
  WP,
  WT,
} from './case.ts';

const ALL_ASSUMED = (
  [
    'default-type',
    'enables',
    'fixed-ranges',
    'variable-ranges',
    'tom2',
    'physical-address-bits',
    'ram',
    'platform',
  ] as const
).map((subject) => evidence(subject, 'assumed'));

export const OF_REGISTERS: Readonly<Record<string, Case>> = {
  // Masks and bases
  'masks that lack one bit, alike and not': {
    msrs: {
      ...SOUND,
      0x206: 0x70000000n,
      0x207: 0x7ffff00800n,
      0x208: 0x60000005n,
      0x209: 0x7fff000800n,
      0x20a: 0x50000000n,
      0x20b: 0x3ffff00800n,
      0x20c: 0n,
      0x20d: 0x800n,
    },
    options: only('mask-holes'),
  },
  'a mask that lacks bits in its middle': {
    msrs: { ...SOUND, 0x206: 0x70000000n, 0x207: 0xfff5f00800n },
    options: only('mask-holes', 'base-unaligned'),
  },
  'masks with millions of stretches': {
    memory: NO_MAP,
    msrs: { 0x200: 5n, 0x201: 0x1800n, 0x202: 6n, 0x203: 0x2800n, 0x2ff: 0xc00n },
  },
  'masks that end at bit 31': {
    init: {
      maxphyaddr: 32,
      vcpus: [
        {
          msrs: {
            0x200: 6n,
            0x201: 0x80000800n,
            0x202: 0xc0000000n,
            0x203: 0xc0000800n,
            0x204: 0n,
            0x205: 0x800n,
            0x2ff: 0x800n,
          },
        },
      ],
    },
    isWidthFromMasks: true,
    options: only('mask-short'),
  },
  'a mask that ends at bit 34': {
    init: { maxphyaddr: 35, vcpus: [{ msrs: { 0x200: 6n, 0x201: 0x780000800n, 0x2ff: 0x800n } }] },
    isWidthFromMasks: true,
    options: only('mask-short'),
  },
  'a mask that ends at bit 35': {
    init: { maxphyaddr: 36, vcpus: [{ msrs: { 0x200: 6n, 0x201: 0xf80000800n, 0x2ff: 0x800n } }] },
    isWidthFromMasks: true,
    options: only('mask-short'),
  },
  'a mask that ends at bit 31, which is known': {
    init: { maxphyaddr: 32, vcpus: [{ msrs: { 0x200: 6n, 0x201: 0x80000800n, 0x2ff: 0x800n } }] },
    options: only('mask-short'),
  },
  'a base that is not aligned': {
    msrs: { ...SOUND, 0x206: 0xffd00005n, 0x207: 0xffffc00800n },
    options: only('base-unaligned'),
  },
  'a base that is not aligned, near the end of the space': {
    msrs: { ...SOUND, 0x206: 0xfffff00006n, 0x207: 0xffffc00800n, 0x208: 0x1006n, 0x209: 0xffffffe800n },
    options: only('base-unaligned'),
  },
  'a base with bits where its mask has a hole': {
    msrs: { ...SOUND, 0x206: 0x8070000000n, 0x207: 0x7ffff00800n },
    options: only('base-unaligned', 'mask-holes'),
  },
  // Idle and free ranges
  'ranges that do nothing': {
    msrs: {
      ...SOUND,
      ...range(3, 0xf0000000n, 256n * M, UC),
      ...range(4, G, 256n * M, WB),
      ...range(5, 0x70000000n, 256n * M, UC),
    },
    options: only('register-idle'),
  },
  'ranges that do nothing under an assumed default': {
    msrs: { ...SOUND, ...range(3, 0xf0000000n, 256n * M, UC), ...range(4, G, 256n * M, WB) },
    isDefaultAssumed: true,
    options: only('register-idle'),
  },
  'ranges that do nothing while the MTRRs are off': {
    msrs: { ...SOUND, 0x2ff: 0n },
    options: only('register-idle'),
  },
  'no range that is free': {
    msrs: {
      ...FIXED,
      ...Object.assign({}, ...Array.from({ length: 8 }, (_, n) => range(n, BigInt(n) * G, G, WB))),
      0x2ff: 0xc00n,
    },
    options: only('ranges-left'),
  },
  'one range that is free, of two': {
    init: { vcpus: [{ vcnt: 2, msrs: LOW }] },
    options: only('ranges-left'),
  },
  'an assumed number of ranges': { isCountStated: false, options: only('ranges-left') },
  'ranges that may be missing': {
    evidence: [evidence('variable-ranges', 'torn')],
    options: only('ranges-left'),
  },
  // As a guest
  'as a guest of 5.16': {
    msrs: {
      ...range(0, 0n, 4n * G, WB),
      ...range(1, 3n * G, G, UC),
      ...range(2, 8n * G, G, WP),
      ...range(3, 8n * G, G, WB),
      ...range(4, 0x40000000n, M, WT),
      ...range(5, 0x40000000n, M, WC),
      0x2ff: 0xc00n,
      0xc0010010: 0x600000n,
      0xc001001d: 16n * G,
    },
    options: only('kvm-differs'),
  },
  'as a guest that is right': {
    msrs: { ...range(0, 3n * G, G, UC), 0x2ff: 0x806n },
    options: only('kvm-differs'),
  },
  'as a guest of 6.12': { options: { ...only('kvm-differs'), policy: policy('kvm-6.12') } },
  'as a guest of sdm': { options: { ...only('kvm-differs'), policy: policy('sdm') } },
  'as a guest on an AMD host': {
    init: { vcpus: [{ msrs: SOUND }], vendor: 'amd' },
  },
  'as a guest with ten ranges': {
    init: { vcpus: [{ vcnt: 10, msrs: { ...SOUND, ...range(9, 9n * G, G, WB) } }] },
    options: only('kvm-differs'),
  },
  'as a guest with stretches without number': {
    msrs: { ...range(0, 0n, 4n * G, WB), 0x202: 0n, 0x203: 0x1800n, 0x2ff: 0x800n },
    options: only('kvm-differs'),
  },
  // Large pages
  'ranges that begin and end inside large pages': {
    msrs: {
      ...SOUND,
      ...range(3, 0x40000000n, 3n * M - 2n * M, UC),
      ...range(4, 0x50000000n, 2n * M, UC),
      ...range(5, 0x60100000n, M, WT),
    },
    options: only('page-split'),
  },
  'large pages without RAM': {
    memory: ram([0n, 0xa0000n], [M, G]),
    msrs: { ...SOUND, ...range(3, 0x40100000n, M, UC) },
    options: only('page-split'),
  },
  'large pages without a map': {
    memory: NO_MAP,
    msrs: { ...LOW, ...range(3, 0x90100000n, M, WB) },
    options: only('page-split'),
  },
  'fixed ranges that are off, and an edge at 1 MiB': {
    msrs: { ...range(0, 0n, 2n * G, WB), ...range(1, 0n, M, UC), 0x2ff: 0x800n },
    options: only('page-split'),
  },
  'an edge at 1 MiB beside fixed ranges, and one at 1 MiB and 4K': {
    msrs: { ...SOUND, ...range(2, 0x101000n, 4n * K, UC) },
    options: only('page-split'),
  },
  'TOM2 that ends inside a large page': {
    memory: ram([4n * G, 9n * G]),
    msrs: { ...LOW, ...TOM2(8n * G + 8n * M + 0x800000n) },
    options: only('page-split'),
  },
  // Other registers
  'SMRR and KeyIDs': {
    others: new Map([
      [0x1f2, 0x7f000006n],
      [0x1f3, 0xff800800n],
      [0x982, 0x600000003n],
    ]),
    options: only('smram', 'key-ids'),
  },
  'SMRR that is off, and one KeyID bit that is told otherwise': {
    others: new Map([
      [0x1f2, 0x7f000006n],
      [0x1f3, 0xff800000n],
      [0x982, 0x600000003n],
    ]),
    keyIdBits: 1,
    options: only('smram', 'key-ids'),
  },
  'no KeyIDs': { others: new Map([[0x982, 0x600000001n]]), options: only('smram', 'key-ids') },
  // Evidence
  'assumed enables': {
    msrs: { ...LOW, 0x258: 0n },
    evidence: [evidence('enables', 'assumed', 'MSR 0x2ff')],
    options: NO_SPLITS,
  },
  'torn ranges': {
    msrs: LOW,
    evidence: [evidence('variable-ranges', 'torn'), evidence('enables', 'read')],
    options: NO_SPLITS,
  },
  'an inferred default type': {
    msrs: LOW,
    evidence: [evidence('default-type', 'inferred')],
    options: NO_SPLITS,
  },
  'evidence that is all read': {
    msrs: LOW,
    evidence: [evidence('default-type', 'read')],
    options: NO_SPLITS,
  },
  'assumed fixed ranges': {
    msrs: { ...SOUND, 0x258: 0n, ...range(3, 0x70000000n, 256n * M, UC) },
    evidence: [evidence('fixed-ranges', 'assumed')],
    options: NO_SPLITS,
  },
  'assumed fixed ranges while the MTRRs are off': {
    msrs: { 0x2ff: 0n },
    evidence: [evidence('fixed-ranges', 'assumed'), evidence('platform', 'inferred')],
  },
  'an assumed platform while the MTRRs are off': {
    msrs: { 0x2ff: 0n },
    isMetal: true,
    evidence: [evidence('platform', 'assumed')],
  },
  'assumed TOM2': {
    msrs: LOW,
    isTom2Stated: false,
    evidence: [evidence('tom2', 'assumed', 'MSR 0xc001001d')],
    options: NO_SPLITS,
  },
  'assumed TOM2 where it is stated': {
    msrs: LOW,
    evidence: [evidence('tom2', 'assumed')],
    options: NO_SPLITS,
  },
  'assumed TOM2 below 4 GiB': {
    memory: ram([2n * G, 4n * G]),
    msrs: LOW,
    isTom2Stated: false,
    evidence: [evidence('tom2', 'assumed')],
    options: NO_SPLITS,
  },
  'an assumed default over a card': {
    memory: device(0xe0000000n, 0xf0000000n),
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    evidence: [evidence('default-type', 'assumed', 'MSR 0x2ff')],
    options: only('mmio-cacheable'),
  },
  'an assumed default beside a card under a range': {
    memory: device(0x7ff00000n, 0x80000000n),
    evidence: [evidence('default-type', 'assumed')],
    placeOf: (_, msr) => ({ file: 'dump', line: msr - 0x1f0 }),
    options: only('mmio-cacheable'),
  },
  'everything assumed while the MTRRs are off': {
    msrs: { 0x2ff: 0n },
    isMetal: true,
    evidence: ALL_ASSUMED,
  },
  'masks that end at bit 31, everything assumed': {
    init: { maxphyaddr: 32, vcpus: [{ msrs: { 0x200: 6n, 0x201: 0x80000800n, 0x2ff: 0x800n } }] },
    isWidthFromMasks: true,
    evidence: ALL_ASSUMED,
    options: only('mask-short'),
  },
  'RAM that nothing covers, everything assumed': {
    msrs: LOW,
    isTom2Stated: false,
    evidence: ALL_ASSUMED,
    options: NO_SPLITS,
  },
  'a card that is WB by default, everything assumed': {
    memory: device(0xe0000000n, 0xf0000000n),
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    evidence: ALL_ASSUMED,
    options: only('mmio-cacheable'),
  },
  'assumed everything': {
    msrs: {
      ...SOUND,
      ...range(2, 8n * G, 8n * G, WB),
      ...range(3, 4n * G, 32n * M, WP),
      ...range(4, G, M, WB),
      0x20a: 0x70000000n,
      0x20b: 0x7ffff00800n,
    },
    memory: { ...MAP, mmio: [{ start: 0x7ff00, end: 0x80000, name: 'a card' }] },
    evidence: ALL_ASSUMED,
    placeOf: (_, msr) => (msr === 0x206 ? undefined : { file: 'dump', line: msr - 0x1f0 }),
    settingOf: (_, msr) => (msr === 0x200 || msr === 0x206 ? `mtrr.variable.${msr - 0x200}` : undefined),
  },
  // What is wanted
  'only what is at least MEDIUM': {
    msrs: {
      ...SOUND,
      0x258: 0n,
      ...range(3, 0x70000000n, 256n * M, UC),
      0x20a: 0x78000000n,
      0x20b: 0x7ffff00800n,
    },
    options: { minSeverity: 'MEDIUM' },
  },
  'only what is HIGH': {
    msrs: { ...SOUND, 0x258: 0n, ...range(3, 0x70000000n, 256n * M, UC) },
    options: { minSeverity: 'HIGH' },
  },
};
