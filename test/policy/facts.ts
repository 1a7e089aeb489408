/** What docs/policies/ says of each policy beside its prose, from src/policy and from what the reference answers. */
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { typeName, type VcpuInit, vcpu, wantsOf } from '../../src/index.ts';
import {
  COMMITS,
  type Commit,
  PEER_NAMES,
  PEERS,
  type Peer,
  type PeerRules,
  type POLICY_FLAG_VALUES,
  type Policy,
  type PolicyFlags,
  policy,
  XEN_EPT_PEER,
} from '../../src/policy/index.ts';

/** KVM pages in the order of releases; each is named after the first release that answers so. */
export const KVM_PAGES = [
  'kvm-4.7',
  'kvm-5.4',
  'kvm-5.13',
  'kvm-6.0',
  'kvm-6.7',
  'kvm-6.10',
  'kvm-6.11-rc',
  'kvm-6.11',
  'kvm-6.16',
  'kvm-7.2',
] as const;
/** All pages but the index. */
export const PAGES: readonly string[] = ['sdm', ...KVM_PAGES, ...PEER_NAMES];

/** Releases that exist or can be named, in order: what the pages are held against. */
export const RELEASES: readonly string[] = [
  ...Array.from({ length: 14 }, (_, minor) => `4.${minor + 7}`),
  ...Array.from({ length: 20 }, (_, minor) => `5.${minor}`),
  ...Array.from({ length: 11 }, (_, minor) => `6.${minor}`),
  ...Array.from({ length: 7 }, (_, candidate) => `6.11-rc${candidate + 1}`),
  '6.11',
  '6.12',
  '6.12.77',
  '6.12.78',
  '6.13',
  '6.14',
  '6.15',
  '6.16',
  '6.17',
  '6.18',
  '6.19',
  '7.0',
  '7.1',
  '7.2',
  '7.3',
];

const FLAG_TITLES: Readonly<Record<keyof typeof POLICY_FLAG_VALUES, string>> = {
  mtrr: "guest's MTRRs",
  cacheDisable: 'CR0.CD=1, quirk on',
  ignorePat: 'IPAT without non-coherent DMA',
  levelCheck: 'what limits large pages',
  mmioLevel: 'host MMIO',
  leaf: 'leaf entry',
};

const FLAG_TEXTS: {
  readonly [Flag in keyof typeof FLAG_TITLES]: Readonly<Record<PolicyFlags[Flag], string>>;
} = {
  mtrr: {
    architectural: 'as the manual says',
    kvm: "KVM's own fold, in VMs with non-coherent DMA",
    peer: "the peer's rules",
    none: 'not looked at',
  },
  cacheDisable: {
    'wb-ipat': 'WB + IPAT, in VMs with non-coherent DMA',
    wb: 'WB, in VMs with non-coherent DMA',
    ignored: 'not looked at',
  },
  ignorePat: {
    always: 'always',
    'without-self-snoop': 'only on CPUs without self-snoop',
    quirk: 'while the quirk ignore-guest-pat is on, and on CPUs without self-snoop',
  },
  levelCheck: {
    'one-type': 'all pages of a leaf have one defined type',
    kvm: 'the consistency check of the MTRRs, in every VM; slots',
    'kvm-noncoherent-dma': 'the consistency check of the MTRRs, in VMs with non-coherent DMA; slots',
    none: 'slots alone',
  },
  mmioLevel: {
    '4k': 'by 4K pages alone',
    host: "as large as the host's own page tables and the slot have it",
  },
  leaf: {
    architectural: 'the bits of the architecture',
    'kvm-4.7': 'host-writable 10, MMU-writable 11',
    'kvm-5.4': 'host-writable 10, MMU-writable 11; what is put aside lies in other bits than before',
    kvm: 'MMU-present 11, host-writable 57, MMU-writable 58',
    'kvm-suppress-ve': 'MMU-present 11, host-writable 57, MMU-writable 58, suppress-#VE 63',
    'kvm-7.2': 'user-execute 10, MMU-present 11, host-writable 53, MMU-writable 55, suppress-#VE 63',
  },
};

const PEER_TITLES: Readonly<Record<keyof PeerRules, string>> = {
  disabled: 'E = 0',
  fixed: 'fixed ranges, FE = 1',
  match: 'a variable range covers',
  overlap: 'where ranges overlap',
  tom2: 'AMD TOM2',
};

const PEER_TEXTS: { readonly [Rule in keyof PeerRules]: Readonly<Record<PeerRules[Rule], string>> } = {
  disabled: {
    uc: 'UC everywhere',
    undefined: 'no answer (-1)',
    'not-looked-at': 'not looked at: ranges and default decide',
  },
  fixed: {
    applied: 'the fixed type, nothing else',
    'uc-only': 'UC where the fixed range is UC, else the variable ranges',
    'all-uc': 'UC throughout the first MiB',
  },
  match: {
    mask: 'the frames that agree with the base in the bits of the mask',
    'lowest-bit': "from the base as much as the mask's lowest bit says; a mask of 0 nothing",
    'size-of-mask': 'from the base, not aligned down, 2^MAXPHYADDR less the mask',
  },
  overlap: {
    'manual-or-last': "the manual's type; where it has none the last register's",
    'wt-or-uc': 'WT for WB with WT, else UC',
    hyperdbg: "the last register's; WB keeps WT; after UC the next one's, and the search ends",
    'uc-ends': "UC ends the search, WT stays over WB, else the last register's",
    'uc-or-nothing': 'UC where any is UC; other types never count',
    lowest: 'the lowest number',
  },
  tom2: { 'not-looked-at': 'not looked at', wins: 'WB from 4 GiB to TOM2, even where a range is UC' },
};

/** Whether a commit decides answers; the others say what becomes of entries. */
function decides({ flags }: Commit): boolean {
  return Object.keys(flags).length > 0;
}

/** Everything by which two policies can answer differently, and what is said of them. */
function answersLike({ flags, defaultQuirks, commits, assumptions }: Policy): string {
  const deciding = commits.filter(decides);
  return JSON.stringify([flags, defaultQuirks, deciding, assumptions.length]);
}

/** The page of a KVM policy: the last that answers like it, or undefined where none does. */
export function pageOf(name: string): string | undefined {
  const wanted = answersLike(policy(name));
  return KVM_PAGES.find((page) => answersLike(policy(page)) === wanted);
}

/** `6.7 to 6.9`, `6.12.78, 6.16 and later`. */
function releasesText(page: string): string {
  const runs: string[][] = [];
  let isRunning = false;
  for (const release of RELEASES) {
    const isHere = pageOf(`kvm-${release}`) === page;
    if (isHere && isRunning) runs.at(-1)!.push(release);
    else if (isHere) runs.push([release]);
    isRunning = isHere;
  }
  const texts = runs.map((run) => {
    const last = run.at(-1)!;
    if (last === RELEASES.at(-1)) return `${run[0]} and later`;
    if (last === '6.12.78') return '6.12.78 and later 6.12.y';
    return run.length === 1 ? last : `${run[0]} to ${last}`;
  });
  return texts.join(', ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)];
}

function answersText(one: Policy): string {
  return wantsOf(one)
    .map((want) => `\`${want}\``)
    .join(', ');
}

function commitRows(one: Policy, before: Policy | undefined): string[][] {
  return one.commits.filter(decides).map(({ id, since, effect }) => {
    const isNew = before !== undefined && !before.commits.some((commit) => commit.id === id);
    return [`\`${id}\``, since, isNew ? `**new here:** ${effect}` : effect];
  });
}

function kvmFacts(page: (typeof KVM_PAGES)[number]): string[] {
  const one = policy(page);
  const index = KVM_PAGES.indexOf(page);
  const before = index > 0 ? policy(KVM_PAGES[index - 1]!) : undefined;
  const flags = Object.keys(FLAG_TITLES) as (keyof typeof FLAG_TITLES)[];
  const rows = [
    ['releases', releasesText(page)],
    ['answers', answersText(one)],
    ...flags.map((flag) => {
      const value = one.flags[flag];
      const texts: Readonly<Record<string, string>> = FLAG_TEXTS[flag];
      return [FLAG_TITLES[flag], `${texts[value]} (\`${flag}=${value}\`)`];
    }),
    ['quirks on by default', one.defaultQuirks.map((quirk) => `\`${quirk}\``).join(', ')],
    ...one.assumptions.map((text) => ['taken on trust', text]),
  ];
  const commits = commitRows(one, before);
  return [
    ...table([`\`${page}\``, ''], rows),
    '',
    ...(commits.length > 0
      ? table(['commit', 'since', 'what it does'], commits)
      : ['No commit is named: this is the rule that the later ones change.']),
  ];
}

function peerFacts({ name, title, rules }: Peer): string[] {
  const rows = (Object.keys(PEER_TITLES) as (keyof PeerRules)[]).map((rule) => {
    const texts: Readonly<Record<string, string>> = PEER_TEXTS[rule];
    return [PEER_TITLES[rule], texts[rules[rule]]!];
  });
  return table([`\`${name}\``, ''], [['what', title], ['answers', answersText(policy(name))], ...rows]);
}

function xenFacts(): string[] {
  const { name, title } = XEN_EPT_PEER;
  return table(
    [`\`${name}\``, ''],
    [
      ['what', title],
      ['answers', answersText(policy(name))],
      ['direct MMIO (`mmio`)', 'UC'],
      ['no passed-through device (`noncoherentDma: false`)', 'WB + IPAT'],
      ['else', "the guest's MTRR type, as [peer-xen](peer-xen.md) looks it up, merged with the host's"],
      [
        'of the host (`hostMsrs`)',
        "its own MTRRs, by the same lookup at the host frame behind; not stated: the guest's",
      ],
    ],
  );
}

/** The facts of a page. */
export function factsOf(page: string): string[] {
  const peer = PEERS.find(({ name }) => name === page);
  if (peer) return peerFacts(peer);
  if (page === XEN_EPT_PEER.name) return xenFacts();
  if (page !== 'sdm') return kvmFacts(page as (typeof KVM_PAGES)[number]);
  const { flags } = policy('sdm');
  return table(
    ['`sdm`', ''],
    [
      ['answers', answersText(policy('sdm'))],
      ['MTRRs', FLAG_TEXTS.mtrr[flags.mtrr]],
      ['entry', 'of that type, without IPAT'],
      [FLAG_TITLES.levelCheck, FLAG_TEXTS.levelCheck[flags.levelCheck]],
      [FLAG_TITLES.leaf, FLAG_TEXTS.leaf[flags.leaf]],
    ],
  );
}

/** What the index says: each page in a line. */
export function indexFacts(): string[] {
  const news = (page: (typeof KVM_PAGES)[number]): string => {
    const index = KVM_PAGES.indexOf(page);
    const known = index > 0 ? policy(KVM_PAGES[index - 1]!).commits : [];
    const commits = policy(page).commits.filter((commit) => decides(commit) && !known.includes(commit));
    return commits.map(({ id }) => COMMITS[id as keyof typeof COMMITS].id).join(', ');
  };
  const link = (page: string): string => `[${page}](${page}.md)`;
  return [
    ...table(
      ['policy', 'releases', 'commits that are new'],
      [
        [link('sdm'), '-', '-'],
        ...KVM_PAGES.map((page) => [link(page), releasesText(page), news(page) || '-']),
      ],
    ),
    '',
    ...table(
      ['peer', 'what it is'],
      [...PEERS, XEN_EPT_PEER].map(({ name, title }) => [link(name), title]),
    ),
  ];
}

/** The commits that say what becomes of entries, by release. */
export function zapFacts(): string[] {
  const rows = Object.values(COMMITS)
    .filter(({ zaps }) => Object.keys(zaps).length > 0)
    .map(({ id, since, effect, zaps }) => {
      const flags = Object.entries(zaps).map(([flag, value]) => `\`${flag}=${value}\``);
      return [`\`${id}\``, since, effect, flags.join(', ')];
    });
  return table(['commit', 'since', 'what it does', 'flag'], rows);
}

/** States of a VM in the order in which KVM's rule asks for them. */
const STATES: readonly (readonly [string, Omit<VcpuInit, 'maxphyaddr'>])[] = [
  ['host MMIO', { mmio: [{ start: 0, end: 1 }], noncoherentDma: true }],
  ['no non-coherent DMA', {}],
  ['CD=1, quirk on', { noncoherentDma: true, cr0cd: true, quirks: ['cd-nw-cleared'] }],
  ['CD=1, quirk off', { noncoherentDma: true, cr0cd: true, quirks: [] }],
  ['else', { noncoherentDma: true }],
];

/** KVM's rule by release, as the reference answers it for a guest whose MTRRs say WT. */
export function ruleFacts(): string[] {
  const engine = createEvaluatorSync({ engine: 'reference' });
  const rows = KVM_PAGES.map((page) => [
    `[${page}](${page}.md)`,
    ...STATES.map(([, state]) => {
      const guest = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x804n }, ...state });
      const [span] = engine.view(guest, policy(page)).spansOf('ept', { range: { start: 0, end: 1 } });
      const type = typeName(span!.type!);
      return `${type === 'WT' ? 'MTRR type' : type}${span!.ipat === 1 ? ' + IPAT' : ''}`;
    }),
  ]);
  engine.dispose();
  return table(['policy', ...STATES.map(([title]) => title)], rows);
}
