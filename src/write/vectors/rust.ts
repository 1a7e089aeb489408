/** Golden tables as a Rust module: no crates, no std. */
import { QUIRKS } from '../../policy/index.ts';
import { type PageRow, type PageTable, RULE_IDS, RULES, type RuleId } from '../../vectors/index.ts';
import { VERSION } from '../../version.ts';
import { hexText } from '../../words.ts';
import { type FlatLayout, flatTables } from './flat.ts';
import { constantName, type GoldenTables } from './tables.ts';

/** `mtrr.uc-wins` as a variant: `MtrrUcWins`. */
function variantName(id: RuleId): string {
  return id.replaceAll(/(^|[.-])([a-z0-9])/g, (_, _before: string, letter: string) => letter.toUpperCase());
}

const arms = (part: 'says' | 'source') =>
  RULE_IDS.map((id) => `            Rule::${variantName(id)} => ${JSON.stringify(RULES[id][part])},`).join(
    '\n',
  );

const RECORDS = `
/// A type as MTRRs, PAT entries and EPT entries encode it: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB, 7 UC-.
/// \`None\` where the manual leaves an overlap undefined.
pub type Type = Option<u8>;

${QUIRKS.map((quirk, at) => `/// Quirk ${quirk} of KVM, a bit of \`Layout::quirks\`.\npub const QUIRK_${constantName(quirk)}: u8 = ${1 << at};`).join('\n')}

/// Why a row is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
${RULE_IDS.map((id) => `    ${variantName(id)},`).join('\n')}
}

impl Rule {
    /// What the rule says.
    pub const fn says(self) -> &'static str {
        match self {
${arms('says')}
        }
    }

    /// Where it is written.
    pub const fn source(self) -> &'static str {
        match self {
${arms('source')}
        }
    }
}

/// A memory slot, in frames.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub gfn: u64,
    pub count: u64,
    pub pfn: u64,
    pub readonly: bool,
    /// 1: 4K, 2: 2M, 3: 1G.
    pub max_level: u8,
}

/// A page with its answer.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub gfn: u64,
    /// What the MTRRs give; outer \`None\` where the policy does not look at them.
    pub mtrr: Option<Type>,
    /// Bits 5:3 of the entry.
    pub ty: Type,
    /// Bit 6 of the entry.
    pub ipat: bool,
    /// Of the leaf; 0: not mapped, or of a policy that maps nothing.
    pub level: u8,
    /// The leaf; 0 where not mapped or undefined.
    pub entry: u64,
    pub mtrr_rule: Option<Rule>,
    pub entry_rule: Rule,
}

/// A vCPU and the VM around it.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub maxphyaddr: u8,
    /// Variable ranges that exist; those behind \`pairs\` are 0.
    pub ranges: u8,
    pub cr0_cd: bool,
    pub guest_has_mtrr: bool,
    pub noncoherent_dma: bool,
    pub self_snoop: bool,
    pub quirks: u8,
    pub def_type: u64,
    pub pat: u64,
    pub syscfg: u64,
    pub top_mem2: u64,
    /// MSRs 0x250, 0x258, 0x259, 0x268..0x26f.
    pub fixed: [u64; 11],
    /// IA32_MTRR_PHYSBASEn, IA32_MTRR_PHYSMASKn.
    pub pairs: &'static [(u64, u64)],
    pub slots: &'static [Slot],
    /// Frames that the host backs by MMIO: first, end.
    pub mmio: &'static [(u64, u64)],
    pub pages: &'static [Page],
}

/// WRMSR of a value: taken, or #GP.
#[derive(Clone, Copy, Debug)]
pub struct Wrmsr {
    pub maxphyaddr: u8,
    pub ranges: u8,
    pub msr: u32,
    pub value: u64,
    pub faults: bool,
    pub rule: Rule,
}
`.trim();

function ty(type: number): string {
  return type < 0 ? 'None' : `Some(${type})`;
}

function rule(id: RuleId): string {
  return `Rule::${variantName(id)}`;
}

function pageRow({ gfn, mtrr, type, ipat, leaf, mtrrRule, rule: entryRule }: PageRow): string {
  const fields = [
    `gfn: ${hexText(gfn)}`,
    `mtrr: ${mtrr === undefined ? 'None' : `Some(${ty(mtrr)})`}`,
    `ty: ${ty(type)}`,
    `ipat: ${ipat === 1}`,
    `level: ${leaf?.level ?? 0}`,
    `entry: ${hexText(leaf?.entry ?? 0n)}`,
    `mtrr_rule: ${mtrrRule === undefined ? 'None' : `Some(${rule(mtrrRule)})`}`,
    `entry_rule: ${rule(entryRule)}`,
  ];
  return `            Page { ${fields.join(', ')} },`;
}

function pairList(name: string, pairs: readonly (readonly [bigint | number, bigint | number])[]): string {
  return `        ${name}: &[${pairs.map(([a, b]) => `(${hexText(a)}, ${hexText(b)})`).join(', ')}],`;
}

function slotText({ gfn, count, pfn, readonly, maxLevel }: PageTable['vcpu']['slots'][number]): string {
  return `            Slot { gfn: ${hexText(gfn)}, count: ${hexText(count)}, pfn: ${hexText(pfn)}, readonly: ${readonly}, max_level: ${maxLevel} },`;
}

function* layoutLines(
  layout: FlatLayout,
  allPairs: readonly (readonly [bigint, bigint])[],
): Generator<string> {
  const { table, pairs } = layout;
  const { maxphyaddr, cr0cd, guestHasMtrr, noncoherentDma, selfSnoop, slots, mmio } = table.vcpu;
  yield `    // ${table.index}: ${table.kind}`;
  yield '    Layout {';
  yield `        maxphyaddr: ${maxphyaddr},`;
  yield `        ranges: ${layout.ranges},`;
  yield `        cr0_cd: ${cr0cd},`;
  yield `        guest_has_mtrr: ${guestHasMtrr},`;
  yield `        noncoherent_dma: ${noncoherentDma},`;
  yield `        self_snoop: ${selfSnoop},`;
  yield `        quirks: ${layout.quirks},`;
  yield `        def_type: ${hexText(layout.defType)},`;
  yield `        pat: ${hexText(layout.pat)},`;
  yield `        syscfg: ${hexText(layout.syscfg)},`;
  yield `        top_mem2: ${hexText(layout.topMem2)},`;
  yield `        fixed: [${layout.fixed.map(hexText).join(', ')}],`;
  yield pairList('pairs', allPairs.slice(pairs.first, pairs.first + pairs.count));
  yield '        slots: &[';
  yield* slots.map(slotText);
  yield '        ],';
  yield pairList(
    'mmio',
    mmio.map(({ start, end }) => [start, end] as const),
  );
  yield '        pages: &[';
  yield* table.rows.map(pageRow);
  yield '        ],';
  yield '    },';
}

/**
 * The module.
 *
 * @param tables - what to write; all of it is in memory at once
 */
export function* rustLines(tables: GoldenTables): Generator<string, void, undefined> {
  const { seed, policy, engines, command } = tables;
  yield '// SPDX-License-Identifier: MIT';
  yield `//! Golden tables of eptsweep ${VERSION}: policy ${policy.name}, seed ${seed}; ${engines.join(', ')} agree.`;
  for (const assumption of policy.assumptions) yield `//! Assumed: ${assumption}.`;
  yield `//! Made by: ${command}`;
  yield '';
  yield* RECORDS.split('\n');
  const { layouts, pairs } = flatTables(tables);
  yield '';
  yield '/// Layouts with their pages.';
  yield 'pub static LAYOUTS: &[Layout] = &[';
  for (const layout of layouts) yield* layoutLines(layout, pairs);
  yield '];';
  yield '';
  yield '/// Values of registers.';
  yield 'pub static WRMSRS: &[Wrmsr] = &[';
  for (const one of tables.wrmsr ?? []) {
    const { maxphyaddr, ranges, msr, value, faults } = one;
    yield `    Wrmsr { maxphyaddr: ${maxphyaddr}, ranges: ${ranges}, msr: ${hexText(msr)}, value: ${hexText(value)}, faults: ${faults}, rule: ${rule(one.rule)} },`;
  }
  yield '];';
  yield '';
  yield '/// MTRR type, PAT type, and what an access gets.';
  yield 'pub static COMBINATIONS: &[(u8, u8, u8)] = &[';
  for (const { mtrr, pat, effective } of tables.pat ?? []) yield `    (${mtrr}, ${pat}, ${effective}),`;
  yield '];';
}
