/** Golden tables as a C header: C99, no headers but stdint.h and stdbool.h. */
import { QUIRKS } from '../../policy/index.ts';
import { MEMORY_TYPES, typeName, UC_MINUS, UNDEFINED } from '../../types.ts';
import { type PageRow, RULE_IDS, RULES, type RuleId } from '../../vectors/index.ts';
import { VERSION } from '../../version.ts';
import { hexText } from '../../words.ts';
import { type FlatLayout, flatTables, type Stretch } from './flat.ts';
import { constantName, type GoldenTables } from './tables.ts';

const RECORDS = `
/* Types as MTRRs, PAT entries and EPT entries encode them; -1 where the manual leaves an overlap undefined. */
enum eptsweep_type {
${[UNDEFINED, ...MEMORY_TYPES, UC_MINUS].map((type) => `\tEPTSWEEP_${constantName(typeName(type).replace('-', ' minus'))} = ${type},`).join('\n')}
};

/* Quirks of KVM, as bits of eptsweep_layout.quirks. */
${QUIRKS.map((quirk, at) => `#define EPTSWEEP_QUIRK_${constantName(quirk)} ${1 << at}u`).join('\n')}

/* Why a row is as it is. */
enum eptsweep_rule {
${RULE_IDS.map((id) => `\tEPTSWEEP_RULE_${constantName(id)},`).join('\n')}
\tEPTSWEEP_RULE_NONE,
};

struct eptsweep_rule_text {
\tconst char *id, *says, *source;
};

static const struct eptsweep_rule_text eptsweep_rules[] = {
${RULE_IDS.map((id) => `\t{ ${[id, RULES[id].says, RULES[id].source].map((text) => JSON.stringify(text)).join(', ')} },`).join('\n')}
};

struct eptsweep_pair {
\tuint64_t base, mask; /* IA32_MTRR_PHYSBASEn, IA32_MTRR_PHYSMASKn */
};

struct eptsweep_slot {
\tuint64_t gfn, count, pfn;
\tbool readonly;
\tuint8_t max_level; /* 1: 4K, 2: 2M, 3: 1G */
};

struct eptsweep_frames {
\tuint64_t first, end; /* GFNs, first <= gfn < end */
};

/* A vCPU and the VM around it. Lists are stretches of eptsweep_pairs, eptsweep_slots, eptsweep_mmio, eptsweep_pages. */
struct eptsweep_layout {
\tuint8_t maxphyaddr;
\tuint8_t ranges; /* variable ranges that exist; those behind the pairs are 0 */
\tbool cr0_cd, guest_has_mtrr, noncoherent_dma, self_snoop;
\tuint8_t quirks;
\tuint64_t def_type, pat, syscfg, top_mem2;
\tuint64_t fixed[11]; /* MSRs 0x250, 0x258, 0x259, 0x268..0x26f */
\tuint32_t first_pair, pairs, first_slot, slots, first_mmio, mmio, first_page, pages;
};

struct eptsweep_page {
\tuint64_t gfn;
\tint8_t mtrr; /* enum eptsweep_type; EPTSWEEP_NO_MTRR where the policy does not look at them */
\tint8_t type; /* bits 5:3 of the entry */
\tuint8_t ipat; /* bit 6 of the entry */
\tuint8_t level; /* of the leaf; 0: not mapped, or of a policy that maps nothing */
\tuint64_t entry; /* the leaf; 0 where not mapped or undefined */
\tuint8_t mtrr_rule, entry_rule; /* enum eptsweep_rule */
};
#define EPTSWEEP_NO_MTRR (-2)

/* WRMSR of a value: taken, or #GP. */
struct eptsweep_wrmsr {
\tuint8_t maxphyaddr, ranges;
\tuint32_t msr;
\tuint64_t value;
\tbool faults;
\tuint8_t rule;
};

/* What an access gets by MTRR type and PAT type. */
struct eptsweep_combination {
\tint8_t mtrr, pat, effective;
};
`.trim();

function hex(value: bigint | number): string {
  const digits = hexText(value);
  return BigInt(value) > 0xffffffffn ? `${digits}ULL` : digits;
}

function stretch({ first, count }: Stretch): string {
  return `${first}, ${count}`;
}

function ruleName(id: RuleId | undefined): string {
  return `EPTSWEEP_RULE_${id === undefined ? 'NONE' : constantName(id)}`;
}

function layoutRow(layout: FlatLayout): string {
  const { table, fixed, ranges, quirks, pairs, slots, mmio, rows } = layout;
  const { maxphyaddr, cr0cd, guestHasMtrr, noncoherentDma, selfSnoop } = table.vcpu;
  const switches = [cr0cd, guestHasMtrr, noncoherentDma, selfSnoop].map(Number).join(', ');
  const registers = [layout.defType, layout.pat, layout.syscfg, layout.topMem2].map(hex).join(', ');
  const lists = [pairs, slots, mmio, rows].map(stretch).join(', ');
  return `\t{ ${maxphyaddr}, ${ranges}, ${switches}, ${quirks}, ${registers}, { ${fixed.map(hex).join(', ')} }, ${lists} }, /* ${table.index}: ${table.kind} */`;
}

function pageRow({ gfn, mtrr, type, ipat, leaf, mtrrRule, rule }: PageRow): string {
  const entry = [leaf?.level ?? 0, hex(leaf?.entry ?? 0n)].join(', ');
  return `\t{ ${hex(gfn)}, ${mtrr ?? 'EPTSWEEP_NO_MTRR'}, ${type}, ${ipat}, ${entry}, ${ruleName(mtrrRule)}, ${ruleName(rule)} },`;
}

/** A list; C has no empty ones, so that one without rows gets one that is never reached. */
function* list(type: string, name: string, rows: readonly string[]): Generator<string> {
  yield '';
  yield `static const struct eptsweep_${type} eptsweep_${name}[] = {`;
  if (rows.length > 0) yield* rows;
  else yield '\t{ 0 },';
  yield '};';
  yield `#define EPTSWEEP_${constantName(name)} ${rows.length}u`;
}

/**
 * The header.
 *
 * @param tables - what to write; all of it is in memory at once
 */
export function* cLines(tables: GoldenTables): Generator<string, void, undefined> {
  const { seed, policy, engines, command } = tables;
  yield '/* SPDX-License-Identifier: MIT */';
  yield `/* Golden tables of eptsweep ${VERSION}: policy ${policy.name}, seed ${seed}; ${engines.join(', ')} agree.`;
  for (const assumption of policy.assumptions) yield ` * Assumed: ${assumption}.`;
  yield ` * Made by: ${command.replaceAll('*/', '* /')} */`;
  yield '#ifndef EPTSWEEP_VECTORS_H';
  yield '#define EPTSWEEP_VECTORS_H';
  yield '#include <stdbool.h>';
  yield '#include <stdint.h>';
  yield '';
  yield* RECORDS.split('\n');
  const { layouts, pairs } = flatTables(tables);
  const guests = layouts.map(({ table }) => table.vcpu);
  yield* list(
    'pair',
    'pairs',
    pairs.map(([base, mask]) => `\t{ ${hex(base)}, ${hex(mask)} },`),
  );
  const slots = guests.flatMap((one) => one.slots);
  yield* list(
    'slot',
    'slots',
    slots.map(
      (one) =>
        `\t{ ${hex(one.gfn)}, ${hex(one.count)}, ${hex(one.pfn)}, ${Number(one.readonly)}, ${one.maxLevel} },`,
    ),
  );
  const mmio = guests.flatMap((one) => one.mmio);
  yield* list(
    'frames',
    'mmio',
    mmio.map(({ start, end }) => `\t{ ${hex(start)}, ${hex(end)} },`),
  );
  yield* list('layout', 'layouts', layouts.map(layoutRow));
  yield* list(
    'page',
    'pages',
    layouts.flatMap(({ table }) => table.rows.map(pageRow)),
  );
  const verdicts = [...(tables.wrmsr ?? [])];
  yield* list(
    'wrmsr',
    'wrmsrs',
    verdicts.map(
      (one) =>
        `\t{ ${one.maxphyaddr}, ${one.ranges}, ${hex(one.msr)}, ${hex(one.value)}, ${Number(one.faults)}, ${ruleName(one.rule)} },`,
    ),
  );
  const combinations = [...(tables.pat ?? [])];
  yield* list(
    'combination',
    'combinations',
    combinations.map(({ mtrr, pat, effective }) => `\t{ ${mtrr}, ${pat}, ${effective} },`),
  );
  yield '';
  yield '#endif';
}
