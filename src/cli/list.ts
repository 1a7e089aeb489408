/** `eptsweep list`: what there is to choose from. */
import { Argument, Command } from 'commander';
import { FIXED_MSRS, msrName } from '../config/msr-names.ts';
import { PRESETS } from '../config/presets/index.ts';
import { COMMITS, PEERS, POLICY_NAMES, policy, QUIRKS } from '../policy/index.ts';
import { WANTS } from '../types.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import {
  type Column,
  csvLines,
  type JsonValue,
  markdownTable,
  ndjsonLines,
  rowObject,
  tableLines,
} from '../write/index.ts';
import { UsageError } from './exit.ts';
import {
  addExamples,
  addOutputOptions,
  type Format,
  formatOf,
  type OutputOptions,
  wantsColour,
} from './options.ts';
import { writeLines } from './output.ts';

/** One thing to choose. */
interface Item {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  /** What only JSON carries. */
  readonly more?: Readonly<Record<string, JsonValue>>;
}

const ENGINE_TEXTS: Readonly<Record<EngineName, string>> = {
  reference: 'the rules in plain TypeScript, slow and obvious',
  direct: 'Wasm, one page at a time',
  auto: 'Wasm, runs, patterns and reductions: the fast one',
};

const WANT_TEXTS = {
  mtrr: 'the type that the MTRRs alone give',
  ept: 'memory type and IPAT of the EPT leaf entry',
  effective: "the type that an access gets, with the PAT type of the guest's page-table entry",
  levels: 'level of the leaf that maps a page: 4K, 2M, 1G',
  leaf: 'the leaf entry itself',
} as const;

const QUIRK_TEXTS = {
  'cd-nw-cleared': 'KVM_X86_QUIRK_CD_NW_CLEARED: CR0.CD=1 is taken for cacheable',
  'ignore-guest-pat': "KVM_X86_QUIRK_IGNORE_GUEST_PAT: the guest's PAT is ignored",
} as const;

function presets(): Item[] {
  return PRESETS.map(({ name, description, source, maxphyaddr }) => ({
    kind: 'preset',
    name,
    description,
    more: { source, maxphyaddr: Number(maxphyaddr) },
  }));
}

function policies(): Item[] {
  const kernels = POLICY_NAMES.map((name): Item => {
    const { flags, commits, defaultQuirks, model } = policy(name);
    const rules = Object.entries(flags).map(([flag, value]) => `${flag}=${value}`);
    const ids = commits.length > 0 ? `; commits ${commits.map(({ id }) => id).join(' ')}` : '';
    return {
      kind: 'policy',
      name,
      description: name === 'sdm' ? 'what the manual says' : `${rules.join(' ')}${ids}`,
      more: {
        model,
        flags: { ...flags },
        defaultQuirks: [...defaultQuirks],
        commits: commits.map(({ id }) => id),
      },
    };
  });
  const peers = PEERS.map(
    ({ name, title, rules }): Item => ({
      kind: 'policy',
      name,
      description: title,
      more: { model: 'peer', rules: { ...rules } },
    }),
  );
  return [...kernels, ...peers];
}

function msrs(): Item[] {
  const ranges = Array.from({ length: 8 }, (_, n) => [0x200 + 2 * n, 0x201 + 2 * n]).flat();
  const numbers = [0xfe, ...ranges, ...FIXED_MSRS, 0x277, 0x2ff, 0xc0010010, 0xc001001a, 0xc001001d];
  return numbers.map((msr) => ({ kind: 'msr', name: msrName(msr), description: `0x${msr.toString(16)}` }));
}

/** The dumps that are read; their readers are loaded for this list alone. */
async function formats(): Promise<Item[]> {
  const { FORMATS } = await import('../read/formats.ts');
  return FORMATS.map(({ name, title }) => ({ kind: 'format', name, description: title }));
}

const TOPICS = {
  presets,
  policies,
  engines: (): Item[] =>
    ENGINE_NAMES.map((name) => ({ kind: 'engine', name, description: ENGINE_TEXTS[name] })),
  wants: (): Item[] => WANTS.map((name) => ({ kind: 'want', name, description: WANT_TEXTS[name] })),
  quirks: (): Item[] => QUIRKS.map((name) => ({ kind: 'quirk', name, description: QUIRK_TEXTS[name] })),
  commits: (): Item[] =>
    Object.values(COMMITS).map(({ id, since, effect }) => ({
      kind: 'commit',
      name: id,
      description: `${since}: ${effect}`,
      more: { since, effect },
    })),
  msrs,
} satisfies Record<string, () => Item[]>;
type Topic = keyof typeof TOPICS;

const COLUMNS: readonly Column<Item>[] = [
  { name: 'kind', title: 'kind', text: (item) => item.kind, value: (item) => item.kind },
  {
    name: 'name',
    title: 'name',
    text: (item) => item.name,
    value: (item) => item.name,
    colour: () => 'cyan',
  },
  {
    name: 'description',
    title: 'description',
    text: (item) => item.description,
    value: (item) => item.description,
  },
];

function* jsonList(items: readonly Item[]): Generator<string> {
  yield '[';
  for (const [k, item] of items.entries()) {
    const object = JSON.stringify({ ...rowObject(COLUMNS, item), ...item.more });
    yield `  ${object}${k < items.length - 1 ? ',' : ''}`;
  }
  yield ']';
}

/** A preset or a schema, as it would stand in a file. */
async function documentText(what: string, name: string | undefined): Promise<string> {
  if (what === 'schema' && name === 'assert') {
    const { assertionJsonSchema } = await import('../config/assertion-json-schema.ts');
    return JSON.stringify(assertionJsonSchema(), null, 2);
  }
  if (what === 'schema') {
    if (name !== undefined) throw new UsageError(`no schema "${name}": leave it out for configs, or assert`);
    const { configJsonSchema } = await import('../config/json-schema.ts');
    return JSON.stringify(configJsonSchema(), null, 2);
  }
  const found = PRESETS.find((preset) => preset.name === name);
  if (!found) {
    const { preset } = await import('../config/presets/index.ts');
    preset(name ?? '');
  }
  const { stringify } = await import('yaml');
  return stringify(found, { lineWidth: 110, aliasDuplicateObjects: false }).trimEnd();
}

async function runList(
  topic: string | undefined,
  name: string | undefined,
  options: OutputOptions,
): Promise<void> {
  if (topic === 'schema' || (topic === 'presets' && name !== undefined)) {
    await writeLines([await documentText(topic, name)], options.output);
    return;
  }
  const topics = topic === undefined ? (Object.keys(TOPICS) as Topic[]).slice(0, 3) : [topic as Topic];
  const items = topic === 'formats' ? await formats() : topics.flatMap((one) => TOPICS[one]());
  const format = formatOf(options);
  const forPeople = COLUMNS.slice(topic === undefined ? 0 : 1);
  const lines: Partial<Record<Format, () => Iterable<string>>> = {
    json: () => jsonList(items),
    ndjson: () => ndjsonLines(COLUMNS, items),
    csv: () => csvLines(COLUMNS, items),
    markdown: () => markdownTable(forPeople, items),
  };
  const table = () => tableLines(forPeople, items, { colour: wantsColour(options) });
  await writeLines((lines[format] ?? table)(), options.output);
}

/** The sub-command. */
export function listCommand(): Command {
  const command = new Command('list')
    .description('print what there is to choose from: presets, policies, engines and more')
    .addArgument(
      new Argument('[topic]', 'default: presets, policies and engines').choices([
        ...Object.keys(TOPICS),
        'formats',
        'schema',
      ]),
    )
    .argument(
      '[name]',
      'with presets: print this preset as the config that could stand in a file; with schema: assert for that of policy files',
    );
  addOutputOptions(command).action(runList);
  return addExamples(
    command,
    '$ eptsweep list',
    '$ eptsweep list policies -f json',
    '$ eptsweep list presets ovmf-gpu',
    '$ eptsweep list formats',
    '$ eptsweep list schema',
    '$ eptsweep list schema assert',
  );
}
