/** Findings about other systems that decide by MTRRs: where their own code, or what they write, goes wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/index.ts';
import { type Evaluator, PEERS, policy, typeName, type Vcpu, vcpuOf } from '../../src/index.ts';
import { ROOT } from '../shared.mjs';
import { type Layout, typesUnlike } from './layouts.ts';
import { count, none, size, table } from './page.ts';

const FILE = 'examples/peer-faults.yaml';

/** A vCPU of the example, and who reads its registers otherwise than the manual. */
interface Fault {
  readonly who: string;
  readonly does: string;
  readonly vcpu: string;
  /** A policy, or another vCPU of the file, which is what the fault makes of the first. */
  readonly against: { readonly policy: string } | { readonly vcpu: string };
}

const FAULTS: readonly Fault[] = [
  {
    who: 'HyperDbg',
    does: 'asks whether what it has so far is UC, not whether the next range is: a UC range yields to a later one',
    vcpu: 'uc-then-wb',
    against: { policy: 'peer-hyperdbg' },
  },
  {
    who: 'HyperDbg',
    does: 'lets WB in a later register win over WT',
    vcpu: 'wt-then-wb',
    against: { policy: 'peer-hyperdbg' },
  },
  {
    who: 'HyperPlatform',
    does: 'the same: WT holds only where its register comes after that of WB',
    vcpu: 'wt-then-wb',
    against: { policy: 'peer-hyperplatform' },
  },
  {
    who: 'hvpp',
    does: 'passes over a fixed range that is not UC (one of two outcomes: it compares the address of a local copy)',
    vcpu: 'fixed-ranges',
    against: { policy: 'peer-hvpp' },
  },
  {
    who: 'hvpp',
    does: 'counts no variable range but those of UC',
    vcpu: 'wb-by-range',
    against: { policy: 'peer-hvpp' },
  },
  {
    who: "jonomango's hv",
    does: 'takes all of the first MiB for UC where fixed ranges are enabled',
    vcpu: 'fixed-ranges',
    against: { policy: 'peer-jonomango' },
  },
  {
    who: 'Linux from 6.5 on',
    does: 'takes a mask with a hole for a contiguous one',
    vcpu: 'holes',
    against: { policy: 'peer-linux-6.5' },
  },
  {
    who: 'Linux from 6.5 on',
    does: 'lets the WB of TOM2 win over a variable range, which overrides it by the manual',
    vcpu: 'tom2',
    against: { policy: 'peer-linux-6.5' },
  },
  {
    who: 'OpenVMM',
    does: 'writes ranges whose base is no multiple of their size: by the manual they start lower, here for Linux from 6.5 on, which moves them up',
    vcpu: 'odd-base',
    against: { policy: 'peer-linux-6.5' },
  },
  {
    who: 'OpenVMM',
    does: 'the same for KVM up to 6.10, which starts at the base and ends where the manual does',
    vcpu: 'odd-base',
    against: { policy: 'kvm-6.6' },
  },
  {
    who: 'Xen',
    does: "`hvm_save_mtrr_msr` saves range 0 in all eight places of a migration's record: the other ranges are gone behind it",
    vcpu: 'before',
    against: { vcpu: 'after' },
  },
];

function commandOf({ vcpu, against }: Fault): string {
  const other = 'policy' in against ? `policy:${against.policy}` : `vcpu:${against.vcpu}`;
  return `eptsweep diff ${FILE} --vcpu ${vcpu} --policy sdm --want mtrr --against ${other}`;
}

function namedVcpus(): ReadonlyMap<string, Vcpu> {
  const { vm } = parseConfig(readFileSync(join(ROOT, FILE), 'utf8'), FILE);
  return new Map(vm.vcpus.map(({ name }, index) => [name, vcpuOf(vm, index)]));
}

function faultRows(evaluator: Evaluator): readonly (readonly string[])[] {
  const vcpus = namedVcpus();
  const named = (name: string): Vcpu => {
    const found = vcpus.get(name);
    if (!found) throw new Error(`${FILE} has no vCPU ${name}`);
    return found;
  };
  const sdm = policy('sdm');
  return FAULTS.map(({ who, does, vcpu, against }) => {
    const manual = evaluator.view(named(vcpu), sdm);
    const other =
      'policy' in against
        ? evaluator.view(named(vcpu), policy(against.policy))
        : evaluator.view(named(against.vcpu), sdm);
    try {
      const { matrix, pages } = manual.compare(other, 'mtrr');
      if (pages === 0n) throw new Error(`${who}: nothing differs on ${vcpu}`);
      const pairs = matrix
        .filter(({ a, b }) => a.type !== b.type)
        .map(({ a, b, pages: of }) => `${typeName(a.type!)} -> ${typeName(b.type!)} (${size(of)})`);
      return [who, does, vcpu, pairs.join(', ')];
    } finally {
      manual.dispose();
      other.dispose();
    }
  });
}

/** How many of the shipped layouts each peer reads otherwise than the manual. */
function layoutRows(evaluator: Evaluator, all: readonly Layout[]): readonly (readonly string[])[] {
  return PEERS.map(({ name }) => {
    const wrong = all
      .map((layout) => ({ layout, pages: typesUnlike(evaluator, layout, policy(name)) }))
      .filter(({ pages }) => pages > 0n)
      .toSorted((a, b) => Number(b.pages - a.pages));
    const [most] = wrong;
    return [
      name,
      none(`${wrong.length} of ${all.length}`, wrong.length === 0),
      most ? `${count(most.pages)} pages (${size(most.pages)}) of ${most.layout.name}` : '-',
    ];
  });
}

/** The section. */
export function peersSection(evaluator: Evaluator, all: readonly Layout[]): string {
  return `## What other systems make of the same registers

Claim: programs that write EPT entries by MTRRs on their own, and those that write MTRRs, have faults of their own, each
found by running their code. The registers of \`${FILE}\` show them, one vCPU for each.

${table(['system', 'what it does', 'vCPU', 'manual -> there'], faultRows(evaluator))}

\`\`\`sh
${FAULTS.map(commandOf).join('\n')}
\`\`\`

Known of others, and not to be shown by a command here, with what is missing:

| system | what it does | why not here |
| --- | --- | --- |
| EDK2 | the list of ranges (MtrrGetMemoryAttributesInMtrrSettings) has a wrong type in 0.17 % of random points: an entry's type is read after the list was compacted over it | which entries are compacted when was measured, not stated as a rule; the getter of one address is right |
| Linux from 6.5 on | reads \`cache_map[-1]\` where TOM2 is at 4 GiB or below and fixed ranges are off | what lies in front of the array is not known: there is no type to answer |
| Linux from 6.5 on | takes [UC, WB] in one 2M page for uniform, [WB, UC] not | peers answer types of 4K pages alone; of larger ones, mistakes were counted, rules are not stated in full |
| Xen | its lookup of a larger page misses a range that covers part of it, against the default | the same |
| HyperDbg, Linux up to 6.4 | split pages that are uniform | the same |
| gbhv and about ten that copied it | ignore fixed ranges, E and the default, drop WB ranges, and give a 2M page the type of a range that touches it | read, not run: how far a range goes where its mask has a hole or its base is odd is not stated |
| illusion | ignores fixed ranges and E; the last page of each range falls through | the same |
| ACRN | applies fixed ranges, has no variable ones; of several vCPUs the last that writes wins | read, not run; a view here is of one vCPU |

What they read otherwise than the manual in what the ${all.length} shipped layouts hold:

${table(['policy', 'layouts', 'the most'], layoutRows(evaluator, all))}

\`\`\`sh
eptsweep diff precision-t3600 --across peers --want mtrr
\`\`\``;
}
