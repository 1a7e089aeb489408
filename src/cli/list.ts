/** `eptsweep list`: what there is to choose from. */
import { Argument, Command } from 'commander';
import { PRESETS } from '../config/presets/index.ts';
import { SCENARIOS, scenarioNamed } from '../config/scenarios/index.ts';
import {
  FIXED_MSRS,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
  msrName,
  physBase,
  physMask,
  USUAL_VARIABLE_RANGES,
} from '../msr/index.ts';
import { COMMITS, PEERS, POLICY_NAMES, policy, QUIRKS, XEN_EPT_PEER } from '../policy/index.ts';
import { changedReleases } from '../policy/kvm.ts';
import { didYouMean } from '../suggest.ts';
import { WANTS } from '../types.ts';
import { CONFIDENTIAL, type Confidential, ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import { policyJson } from '../write/json/vocabulary.ts';
import { type ListItem, listLines } from '../write/list/items.ts';
import type { LoadCommand } from './completion/tree.ts';
import { addExamples, addOutputOptions, formatOf, type OutputOptions } from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { UsageError } from './output/exit.ts';
import { writeLines } from './output/output.ts';

type Loaders = Readonly<Record<string, LoadCommand>>;

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

function presets(): ListItem[] {
  return PRESETS.map(({ name, description, source, maxphyaddr }) => ({
    kind: 'preset',
    name,
    description,
    more: { source, maxphyaddr: Number(maxphyaddr) },
  }));
}

function policies(): ListItem[] {
  const kernels = POLICY_NAMES.map((name): ListItem => {
    const { flags, commits } = policy(name);
    const rules = Object.entries(flags).map(([flag, value]) => `${flag}=${value}`);
    const ids = commits.length > 0 ? `; commits ${commits.map(({ id }) => id).join(' ')}` : '';
    return {
      kind: 'policy',
      name,
      description: name === 'sdm' ? 'what the manual says' : `${rules.join(' ')}${ids}`,
      more: { policy: policyJson(policy(name)) },
    };
  });
  const peers = PEERS.map(
    ({ name, title, rules }): ListItem => ({
      kind: 'policy',
      name,
      description: title,
      more: { policy: policyJson(policy(name)), rules: { ...rules } },
    }),
  );
  const { name, title } = XEN_EPT_PEER;
  peers.push({ kind: 'policy', name, description: title, more: { policy: policyJson(policy(name)) } });
  return [...kernels, otherReleases(), ...peers, ...confidentialGuests()];
}

/** No policy of its own: names beside those of the rows. */
function otherReleases(): ListItem {
  const changes = changedReleases().map((name) => name.slice('kvm-'.length));
  return {
    kind: 'releases',
    name: 'kvm-RELEASE',
    description: `any release from 4.7 on, by the row before it; levels, entries or zaps change at ${changes.join(' ')}`,
  };
}

const CONFIDENTIAL_TEXTS: Readonly<Record<Confidential, string>> = {
  tdx: 'a TDX guest: in the config, under kvm-6.16 or later, which keeps ignore-guest-pat off for it; preset tdx-guest',
  snp: 'an SNP guest: in the config, with host: {vendor: amd}, under kvm-6.11 or later; preset snp-guest',
};

/** No policies of their own, yet looked for among them. */
function confidentialGuests(): ListItem[] {
  return CONFIDENTIAL.map((kind) => ({
    kind: 'guest',
    name: `confidential: ${kind}`,
    description: CONFIDENTIAL_TEXTS[kind],
  }));
}

function msrs(): ListItem[] {
  const pairs = Array.from({ length: USUAL_VARIABLE_RANGES }, (_, n) => [physBase(n), physMask(n)]).flat();
  const amd = [MSR_SYSCFG, MSR_TOP_MEM, MSR_TOP_MEM2];
  const numbers = [MSR_MTRRCAP, ...pairs, ...FIXED_MSRS, MSR_PAT, MSR_DEF_TYPE, ...amd];
  return numbers.map((msr) => ({ kind: 'msr', name: msrName(msr), description: `0x${msr.toString(16)}` }));
}

/** Options that choose a format, by what stands there. */
const FORMAT_KINDS: Readonly<Record<string, string>> = { '--format': 'output format', '--to': 'conversion' };

/** Formats that commands write, each with the commands that do: as their help has them. */
async function writtenFormats(loaders: Loaders): Promise<ListItem[]> {
  const users = new Map<string, { kind: string; name: string; commands: string[] }>();
  for (const [command, load] of Object.entries(loaders)) {
    for (const { long, argChoices } of (await load()).options) {
      const kind = FORMAT_KINDS[long ?? ''];
      if (kind === undefined) continue;
      for (const name of argChoices ?? []) {
        const item = users.get(`${kind} ${name}`) ?? { kind, name, commands: [] };
        item.commands.push(command);
        users.set(`${kind} ${name}`, item);
      }
    }
  }
  const items = [...users.values()].sort((a, b) => a.kind.localeCompare(b.kind));
  return items.map(({ kind, name, commands }) => ({ kind, name, description: `of ${commands.join(', ')}` }));
}

/** What is read and written; the readers are loaded for this list alone. */
async function formats(loaders: Loaders): Promise<ListItem[]> {
  const [{ FORMATS }, { ENTRY_FORMATS }] = await Promise.all([
    import('../read/formats.ts'),
    import('../read/trace/formats.ts'),
  ]);
  const titled = (
    kind: string,
    list: readonly { readonly name: string; readonly title: string }[],
  ): ListItem[] => list.map(({ name, title }) => ({ kind, name, description: title }));
  return [
    ...titled('format', FORMATS),
    ...titled('trace format', ENTRY_FORMATS),
    ...(await writtenFormats(loaders)),
  ];
}

/** What `--set` can change; the schema is loaded for this list alone. */
async function paths(): Promise<ListItem[]> {
  const { listPaths } = await import('../config/paths.ts');
  return listPaths().map(({ path, description }) => ({ kind: 'path', name: path, description }));
}

function scenarios(): ListItem[] {
  return SCENARIOS.map(({ name, description }) => ({ kind: 'scenario', name, description }));
}

const TOPICS = {
  presets,
  scenarios,
  policies,
  engines: (): ListItem[] =>
    ENGINE_NAMES.map((name) => ({ kind: 'engine', name, description: ENGINE_TEXTS[name] })),
  wants: (): ListItem[] => WANTS.map((name) => ({ kind: 'want', name, description: WANT_TEXTS[name] })),
  quirks: (): ListItem[] => QUIRKS.map((name) => ({ kind: 'quirk', name, description: QUIRK_TEXTS[name] })),
  commits: (): ListItem[] =>
    Object.values(COMMITS).map(({ id, since, effect, flags, zaps }) => ({
      kind: 'commit',
      name: id,
      description: `${since}: ${effect}`,
      more: { since, effect, flags: { ...flags, ...zaps } },
    })),
  msrs,
} satisfies Record<string, () => ListItem[]>;
type Topic = keyof typeof TOPICS;
/** What is listed where no topic is named. */
const USUAL: readonly Topic[] = ['presets', 'scenarios', 'policies', 'engines'];

/** Topics whose items can be printed. */
const NAMED: readonly string[] = ['presets', 'scenarios', 'schema'];

/** A preset, a scenario or a schema, as it would stand in a file. */
async function documentText(what: string, name: string | undefined): Promise<string> {
  if (what === 'schema' && name === 'assert') {
    const { assertionJsonSchema } = await import('../config/assert/json-schema.ts');
    return JSON.stringify(assertionJsonSchema(), null, 2);
  }
  if (what === 'schema' && name !== undefined) {
    const { OUTPUT_SCHEMAS } = await import('../write/schemas.ts');
    const asked = name.replace(/^eptsweep\//, '');
    const schema = Object.entries(OUTPUT_SCHEMAS).find(
      ([known]) => known === asked || known === `${asked}@2`,
    );
    if (schema) return JSON.stringify(schema[1](), null, 2);
    const known = ['assert', ...Object.keys(OUTPUT_SCHEMAS)];
    throw new UsageError(
      `no schema "${name}" (${didYouMean(name, known) ?? `leave it out for configs, or one of ${known.join(', ')}`})`,
    );
  }
  if (what === 'schema') {
    const { configJsonSchema } = await import('../config/vm/json-schema.ts');
    return JSON.stringify(configJsonSchema(), null, 2);
  }
  if (what === 'scenarios') {
    const scenario = scenarioNamed(name ?? '');
    if (scenario) return scenario.text.trimEnd();
    const hint = didYouMean(
      name ?? '',
      SCENARIOS.map((one) => one.name),
    );
    throw new UsageError(`no scenario "${name}" (${hint ?? 'eptsweep list scenarios prints them'})`);
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
  loaders: Loaders,
  topic: string | undefined,
  name: string | undefined,
  options: OutputOptions,
): Promise<void> {
  if (name !== undefined && !NAMED.includes(topic ?? '')) {
    throw new UsageError(`"${name}": expected a name only behind ${NAMED.join(', ')}`);
  }
  if (topic === 'schema' || (topic !== undefined && name !== undefined)) {
    await writeLines((await documentText(topic, name)).split('\n'), options.output);
    return;
  }
  const topics = topic === undefined ? USUAL : [topic as Topic];
  const hasFormats = topic === undefined || topic === 'formats';
  const items = topics.flatMap((one): ListItem[] => TOPICS[one]?.() ?? []);
  if (topic === 'paths') items.push(...(await paths()));
  if (hasFormats) items.push(...(await formats(loaders)));
  const style = { hasKinds: hasFormats, ...textStyle(options) };
  await writeAnswer(listLines(items, formatOf(options), style), options);
}

/**
 * The sub-command.
 *
 * @param loaders - of all commands, whose formats are listed
 */
export function listCommand(loaders: Loaders): Command {
  const command = new Command('list')
    .description(
      'print what there is to choose from: presets, scenarios, policies, engines, formats and more',
    )
    .addArgument(
      new Argument('[topic]', 'default: presets, scenarios, policies, engines and formats').choices([
        ...Object.keys(TOPICS),
        'paths',
        'formats',
        'schema',
      ]),
    )
    .argument(
      '[name]',
      'of a preset or scenario: print it as the file that it could be; with schema: assert for that of assertions files, map@2 or another name that an output bears',
    );
  addOutputOptions(command).action((...args: [string | undefined, string | undefined, OutputOptions]) =>
    runList(loaders, ...args),
  );
  return addExamples(
    command,
    '$ eptsweep list',
    '$ eptsweep list policies -f json',
    '$ eptsweep list presets ovmf-gpu',
    '$ eptsweep list paths',
    '$ eptsweep list formats',
    '$ eptsweep list schema',
    '$ eptsweep list schema assert',
    '$ eptsweep list schema map@2',
  );
}
