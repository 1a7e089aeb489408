/** RAM, what is presumed of it, devices, overlaps, MTRRs that are off. */
import {
  type Case,
  device,
  FIXED,
  frames,
  G,
  K,
  LOW,
  M,
  MAP,
  NO_MAP,
  NO_SPLITS,
  only,
  RAM,
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

export const OF_MEMORY: Readonly<Record<string, Case>> = {
  'a sound machine': {},
  // RAM
  'UC over RAM': { msrs: { ...SOUND, ...range(3, 0x70000000n, 256n * M, UC) } },
  'two UC ranges over RAM': {
    msrs: { ...SOUND, ...range(3, 0x70000000n, 256n * M, UC), ...range(4, 0x70000000n, 256n * M, UC) },
    options: NO_SPLITS,
  },
  'WT beside UC over RAM': {
    msrs: { ...SOUND, ...range(3, 0x70000000n, 256n * M, UC), ...range(5, 0x60000000n, 256n * M, WT) },
    options: NO_SPLITS,
  },
  'WC over RAM that nothing else covers': {
    msrs: { ...LOW, ...range(2, 4n * G, 4n * G, WC) },
    options: NO_SPLITS,
  },
  'UC over 255 pages of RAM': {
    msrs: {
      ...SOUND,
      ...range(3, 0x70000000n, 512n * K, UC),
      ...range(4, 0x70080000n, 256n * K, UC),
      ...range(5, 0x700c0000n, 128n * K, UC),
      ...range(6, 0x700e0000n, 64n * K, UC),
      ...range(7, 0x700f0000n, 32n * K, UC),
    },
    options: NO_SPLITS,
  },
  'UC over 256 pages of RAM': { msrs: { ...SOUND, ...range(3, 0x70000000n, M, UC) }, options: NO_SPLITS },
  'UC over 255 pages, in one range less': {
    memory: ram([0x70001000n, 0x70100000n]),
    msrs: { ...SOUND, ...range(3, 0x70000000n, M, UC) },
    options: NO_SPLITS,
  },
  'a fixed register over RAM': { msrs: { ...SOUND, 0x258: 0n }, options: NO_SPLITS },
  'fixed registers of one type over RAM': { msrs: { ...SOUND, 0x250: 0n, 0x258: 0n }, options: NO_SPLITS },
  'fixed registers of two types over RAM': {
    msrs: { ...SOUND, 0x250: 0n, 0x258: 0x0404040404040404n },
    options: NO_SPLITS,
  },
  'fixed registers that are off': { msrs: { ...SOUND, 0x258: 0n, 0x2ff: 0x800n }, options: NO_SPLITS },
  'RAM that nothing covers': { msrs: LOW, options: NO_SPLITS },
  'RAM that nothing covers, and AMD may': { msrs: LOW, isTom2Stated: false, options: NO_SPLITS },
  'RAM on both sides of 4 GiB that nothing covers, and AMD may': {
    msrs: { ...FIXED, 0x2ff: 0xc00n },
    isTom2Stated: false,
    options: NO_SPLITS,
  },
  'RAM on both sides of 4 GiB that nothing covers': { msrs: { ...FIXED, 0x2ff: 0xc00n }, options: NO_SPLITS },
  'RAM that WT by default covers': { msrs: { ...FIXED, 0x2ff: 0xc04n }, options: NO_SPLITS },
  'RAM below TOM2': { msrs: { ...LOW, ...TOM2(8n * G) }, options: NO_SPLITS },
  'RAM past TOM2': { msrs: { ...LOW, ...TOM2(7n * G) }, options: NO_SPLITS },
  'RAM below TOM2 without SYSCFG': { msrs: { ...LOW, 0xc001001d: 8n * G }, options: NO_SPLITS },
  'RAM past TOM2 without SYSCFG': { msrs: { ...LOW, 0xc001001d: 7n * G }, options: NO_SPLITS },
  'RAM below 4 GiB, TOM2 without SYSCFG': {
    msrs: { ...FIXED, 0x2ff: 0xc00n, 0xc001001d: 8n * G },
    options: NO_SPLITS,
  },
  'UC below TOM2': { msrs: { ...LOW, ...TOM2(8n * G), ...range(3, 5n * G, G, UC) }, options: NO_SPLITS },
  'a map without RAM': { memory: { ...MAP, ram: [] } },
  'a map that goes past the space': {
    init: { maxphyaddr: 33, vcpus: [{ msrs: { 0x2ff: 0x800n } }] },
    memory: {
      ram: [{ start: 0, end: 2 ** 22 }],
      described: [{ start: 0, end: 2 ** 22 }],
      mmio: [{ start: 2 ** 21 - 4, end: 2 ** 22, name: 'a card' }],
    },
  },
  'no map but for one device, and WB by default': {
    memory: { ...device(12n * G, 13n * G), ram: undefined, described: [] },
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    options: only('mmio-cacheable'),
  },
  'a map without devices, and WB by default': {
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    options: only('mmio-cacheable'),
  },
  // Presumed RAM
  'no map, and UC over low RAM': {
    memory: NO_MAP,
    msrs: { ...SOUND, ...range(3, 0n, 8n * M, UC) },
    options: NO_SPLITS,
  },
  'no map, and UC from 15 MiB on': {
    memory: NO_MAP,
    msrs: { ...SOUND, ...range(3, 15n * M, M, UC) },
    options: NO_SPLITS,
  },
  'no map, and UC up to 1 MiB': {
    memory: NO_MAP,
    msrs: { ...SOUND, ...range(3, 0n, M, UC) },
    options: NO_SPLITS,
  },
  'no map, no fixed ranges, and UC up to 1 MiB': {
    memory: NO_MAP,
    msrs: { ...range(0, 0n, 2n * G, WB), ...range(3, 0n, M, UC), 0x2ff: 0x800n },
    options: NO_SPLITS,
  },
  'no map, and UC up to 15 MiB': {
    memory: NO_MAP,
    msrs: { ...SOUND, ...range(3, 14n * M, M, UC) },
    options: NO_SPLITS,
  },
  'no map, and nothing covers': { memory: NO_MAP, msrs: { ...FIXED, 0x2ff: 0xc00n }, options: NO_SPLITS },
  'no map, WP and WT above 4 GiB, WC too': {
    memory: NO_MAP,
    msrs: {
      ...LOW,
      ...range(2, 4n * G, 32n * M, WP),
      ...range(3, 5n * G, 64n * M, WT),
      ...range(4, 6n * G, 64n * M, WC),
      ...range(5, 0xff000000n, 16n * M, WP),
    },
    options: NO_SPLITS,
  },
  'no map, WP above 4 GiB under UC': {
    memory: NO_MAP,
    msrs: { ...LOW, ...range(2, 4n * G, 32n * M, WP), ...range(3, 4n * G, 32n * M, UC) },
    options: NO_SPLITS,
  },
  // WB past RAM
  'WB past RAM by 64 MiB': { msrs: { ...SOUND, ...range(2, 8n * G, 64n * M, WB) } },
  'WB past RAM by less': { msrs: { ...SOUND, ...range(2, 8n * G, 32n * M, WB) } },
  'WB past RAM by a page less than 64 MiB': {
    msrs: { ...SOUND, ...range(2, 8n * G, 64n * M, WB), ...range(3, 8n * G, 4n * K, UC) },
    options: only('wb-beyond-ram'),
  },
  'WB past RAM from inside, and UC in it': {
    msrs: {
      ...FIXED,
      ...range(0, 0n, 16n * G, WB),
      ...range(1, 3n * G, G, UC),
      ...range(2, 12n * G, G, UC),
      0x2ff: 0xc00n,
    },
  },
  'WB past RAM below 4 GiB alone': {
    memory: ram([0n, 0xa0000n], [M, G]),
    msrs: { ...FIXED, ...range(0, 0n, 2n * G, WB), 0x2ff: 0xc00n },
  },
  'WB past a device that ends memory': {
    memory: { ...MAP, described: [...RAM, frames(8n * G, 9n * G)] },
    msrs: { ...SOUND, ...range(2, 8n * G, 2n * G, WB) },
    options: only('wb-beyond-ram'),
  },
  'WB by default past RAM': { msrs: { ...FIXED, ...range(0, 2n * G, 2n * G, UC), 0x2ff: 0xc06n } },
  // MTRRs that are off
  off: { msrs: { ...SOUND, 0x2ff: 0n } },
  'off with one range': { msrs: { ...LOW, 0x2ff: 6n } },
  'off without ranges': { msrs: { 0x2ff: 0n }, memory: NO_MAP },
  'off on bare metal': { msrs: { 0x2ff: 0n }, isMetal: true },
  'off on bare metal with ranges': { msrs: { ...SOUND, 0x2ff: 0x400n }, isMetal: true },
  'off in a guest': { msrs: { 0x2ff: 0n }, isGuest: true },
  'off in a guest with ranges': { msrs: { ...SOUND, 0x2ff: 0n }, isGuest: true },
  // Overlaps
  'WP over WB in RAM': { msrs: { ...SOUND, ...range(3, 4n * G, 32n * M, WP) } },
  'WC over WB without RAM': {
    msrs: {
      ...SOUND,
      ...range(3, 12n * G, G, WB),
      ...range(4, 12n * G, 32n * M, WC),
      ...range(5, 12n * G, 16n * M, WP),
    },
    options: only('undefined-overlap'),
  },
  'WT over WB, UC over WC': {
    msrs: { ...SOUND, ...range(3, G, 32n * M, WT), ...range(4, 12n * G, G, WC), ...range(5, 12n * G, M, UC) },
    options: only('undefined-overlap'),
  },
  // Devices
  'a card under a WB range': { memory: device(0x7ff00000n, 0x80000000n) },
  'a card under two WT ranges': {
    memory: device(12n * G, 12n * G + M),
    msrs: { ...SOUND, ...range(3, 12n * G, G, WT), ...range(4, 12n * G, 2n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'a card under two WB ranges': {
    memory: device(9n * G, 9n * G + M),
    msrs: { ...SOUND, ...range(3, 9n * G, G, WB), ...range(4, 8n * G, 2n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'a card that is WB by default': {
    memory: device(0xe0000000n, 0xf0000000n),
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    options: only('mmio-cacheable'),
  },
  'a card that is WC, and one that is UC': {
    memory: {
      ...MAP,
      mmio: [
        { ...frames(0xe0000000n, 0xe1000000n), name: 'a framebuffer' },
        { ...frames(0xd0000000n, 0xd1000000n), name: 'a card' },
      ],
    },
    msrs: { ...SOUND, ...range(3, 0xe0000000n, 16n * M, WC) },
    options: only('mmio-cacheable'),
  },
  'a card under TOM2': {
    memory: device(5n * G, 6n * G),
    msrs: { ...LOW, ...TOM2(8n * G) },
    options: only('mmio-cacheable'),
  },
  'a card past the space': {
    memory: { ...MAP, mmio: [{ start: 2 ** 28 - 1, end: 2 ** 28 + 5, name: 'a card' }] },
    msrs: { ...FIXED, 0x2ff: 0xc06n },
    options: only('mmio-cacheable'),
  },
  'flash below 4 GiB, and past it': {
    memory: {
      ...MAP,
      mmio: [
        { ...frames(0xff000000n, 4n * G), name: 'flash' },
        { ...frames(0xfeff0000n, 0xff000000n), name: 'no flash' },
      ],
    },
    msrs: { ...SOUND, ...range(3, 0xfe000000n, 32n * M, WP) },
    options: only('mmio-cacheable'),
  },
  'flash that goes on past 4 GiB, and begins a page early': {
    memory: {
      ...MAP,
      mmio: [
        { start: 0xfffff, end: 0x100001, name: 'past' },
        { start: 0xfefff, end: 0xff001, name: 'early' },
      ],
    },
    msrs: { ...FIXED, 0x2ff: 0xc05n },
    options: only('mmio-cacheable'),
  },
  'WB flash': {
    memory: device(0xff000000n, 4n * G, 'flash'),
    msrs: { ...SOUND, ...range(3, 0xff000000n, 16n * M, WB) },
    options: only('mmio-cacheable'),
  },
  'a machine whose fixtures are WB': {
    msrs: { ...SOUND, 0x259: 0x0606060606060606n, ...range(2, 0n, 4n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'the same without fixed ranges': {
    msrs: { ...range(2, 0n, 4n * G, WB), 0x2ff: 0x800n },
    options: only('mmio-cacheable'),
  },
  'the same without a map': {
    memory: NO_MAP,
    msrs: { ...SOUND, 0x259: 0x0606060606060606n, ...range(2, 0n, 4n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'the same of a guest': {
    isGuest: true,
    msrs: { ...SOUND, 0x259: 0x0606060606060606n, ...range(2, 0n, 4n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'a guest with cards beside what is emulated': {
    isGuest: true,
    memory: {
      ...MAP,
      mmio: [
        { start: 0xfec00, end: 0xfec02, name: 'more than the I/O APIC' },
        { start: 0xfebff, end: 0xfec01, name: 'before the I/O APIC' },
        { start: 0xfed00, end: 0xfed01, name: 'the HPET' },
        { start: 0xfecff, end: 0xfed01, name: 'before the HPET' },
        { start: 0xfed00, end: 0xfed02, name: 'more than the HPET' },
        { start: 0xfedff, end: 0xfee01, name: 'before the local APIC' },
        { start: 0xfeeff, end: 0xfef00, name: 'messages' },
        { start: 0xfef00, end: 0xfef01, name: 'behind them' },
      ],
    },
    msrs: { ...SOUND, ...range(2, 0n, 4n * G, WB) },
    options: only('mmio-cacheable'),
  },
  'a card that is named twice, and within another': {
    memory: {
      ...MAP,
      mmio: [
        { start: 0x70000, end: 0x70010, name: 'a card' },
        { start: 0x70004, end: 0x70010, name: 'its part' },
        { start: 0x70000, end: 0x70010, name: 'its twin' },
        { start: 0x70008, end: 0x70011, name: 'a neighbour' },
      ],
    },
    options: only('mmio-cacheable'),
  },
  'WT in the VGA window': { msrs: { ...SOUND, 0x259: 0x0404040404040404n }, options: only('mmio-cacheable') },
};
