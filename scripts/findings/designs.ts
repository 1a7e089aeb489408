/** The maintainers' designs on the shipped boots: what each zaps, installs again, gets wrong and needs. */
import type { ReplaySummary } from '../../src/replay/index.ts';
import type { Design } from '../../src/share/index.ts';
import { count, none, size, table } from './page.ts';
import { scenarioOf, summariesOf, zapsOf } from './replays.ts';

/** `uniform` and `try-without-vcpu` change no entry: their columns are of their own. */
const RULES: readonly Design[] = ['first-fault', 'vcpu0', 'role', 'max-cd', 'zap-on-cd', 'fine-zap'];

interface Run {
  readonly boot: string;
  readonly vcpus: number;
  readonly summaries: ReadonlyMap<Design, ReplaySummary>;
  readonly events: number;
}

const RUNS: readonly (readonly [string, number])[] = [
  ['ovmf-boot', 8],
  ['ovmf-boot', 64],
  ['seabios-boot', 8],
  ['seabios-boot', 64],
  ['parallel-boot', 64],
  ['windows-boot', 64],
  ['guest-reboot', 8],
  ['s3-resume', 8],
  ['kexec', 8],
  ['vcpu-hotplug', 8],
  ['set-mtrr', 8],
  ['smm-entry', 8],
  ['nested-guest', 8],
  ['migration-target', 8],
];

function runs(): readonly Run[] {
  return RUNS.map(([boot, vcpus]) => {
    const scenario = scenarioOf(boot, vcpus);
    return { boot, vcpus, summaries: summariesOf(scenario, RULES), events: scenario.count };
  });
}

function byDesign(all: readonly Run[], cell: (summary: ReplaySummary) => string): string {
  const rows = all.map(({ boot, vcpus, summaries }) => [
    boot,
    String(vcpus),
    ...RULES.map((design) => cell(summaries.get(design)!)),
  ]);
  return table(['boot', 'vCPUs', ...RULES], rows);
}

function uniformRows(all: readonly Run[]): readonly (readonly string[])[] {
  return all.map(({ boot, vcpus, summaries, events }) => {
    const { uniformity, installed, installedWithoutVcpu } = summaries.get('first-fault')!;
    return [
      boot,
      String(vcpus),
      count(events),
      none(count(uniformity.registers.events), uniformity.registers.events === 0),
      none(count(uniformity.effect.events), uniformity.effect.events === 0),
      `${count(installedWithoutVcpu)} of ${count(installed)}`,
    ];
  });
}

function of(all: readonly Run[], boot: string, vcpus: number, design: Design): ReplaySummary {
  return all.find((run) => run.boot === boot && run.vcpus === vcpus)!.summaries.get(design)!;
}

/** A sentence a design: what breaks, for whom, and what it costs. */
function verdicts(all: readonly Run[]): readonly (readonly string[])[] {
  const ovmf = (design: Design) => of(all, 'ovmf-boot', 64, design);
  const hotplug = (design: Design) => size(of(all, 'vcpu-hotplug', 8, design).foreignAccesses);
  const first = ovmf('first-fault');
  const fewer = (design: Design) =>
    `${zapsOf(ovmf(design))} zaps instead of ${zapsOf(first)} (ovmf-boot, 64 vCPUs)`;
  const saved = (design: Design) => first.refaults.entries - ovmf(design).refaults.entries;
  const set = (design: Design) => count(of(all, 'set-mtrr', 8, design).refaults.entries);
  return [
    [
      'first-fault',
      `a plugged-in vCPU uses ${hotplug('first-fault')} of others' entries until it is set up; a boot none that matters (its APs a page of low memory each)`,
      `${zapsOf(first)} zaps of a boot with 64 vCPUs, ${count(first.refaults.entries)} entries installed again`,
    ],
    [
      'vcpu0',
      `whoever is not vCPU 0 has no say: a plugged-in vCPU uses ${hotplug('vcpu0')} that it does not demand; a kernel that runs without vCPU 0 (kdump) changes nothing`,
      `${fewer('vcpu0')}; as many entries installed again, since the first vCPU's zaps are those that find entries`,
    ],
    [
      'role',
      'nothing: every access finds what the vCPU demands',
      `no zap by registers, ${count(saved('role'))} fewer entries installed again; ${ovmf('role').peakRoots} roots at once and ${ovmf('role').peakTables} pages of tables instead of ${first.peakTables} (ovmf-boot, 64 vCPUs); a bit pattern in the role for each state`,
    ],
    [
      'uniform',
      `refuses every boot: registers differ after ${count(first.uniformity.registers.events)} events of ovmf-boot with 64 vCPUs, in effect after ${count(first.uniformity.effect.events)}`,
      'as first-fault',
    ],
    [
      'max-cd',
      `one AP that waits with CR0.CD=1 takes MTRRs from all: ${size(ovmf('max-cd').foreignAccesses)} of accesses of a boot find other entries than they demand`,
      `as first-fault: ${zapsOf(ovmf('max-cd'))} zaps`,
    ],
    [
      'zap-on-cd',
      `what first-fault does; a plugged-in vCPU: ${hotplug('zap-on-cd')}, as its own CR0.CD zaps too`,
      `${fewer('zap-on-cd')}; the same entries go`,
    ],
    [
      'fine-zap',
      'what zap-on-cd does',
      `a range that is added zaps that range alone: ${set('fine-zap')} entries installed again instead of ${set('first-fault')} (set-mtrr); a boot saves nothing, its changes reach everything`,
    ],
    [
      'try-without-vcpu',
      'what first-fault does: it is a refactoring',
      `answers ${count(first.installedWithoutVcpu)} of ${count(first.installed)} entries of that boot without a vCPU with DMA, all of them without`,
    ],
  ];
}

/** The section. */
export function designsSection(): string {
  const all = runs();
  if (all.some(({ summaries }) => summaries.get('role')!.foreignAccesses > 0)) {
    throw new Error('the state in the role leaves a wrong access: the claim does not hold');
  }
  return `## What each design zaps, gets wrong and costs

Claim: only the state in the role leaves nothing wrong, and it costs a few roots, not one a vCPU: vCPUs that wait, and vCPUs
that are set up, share theirs. vCPU 0 saves the most zaps and is wrong for whoever is not vCPU 0. Zaps on CR0.CD save a tenth.

${table(['design', 'gets wrong', 'costs'], verdicts(all))}

Zaps by MTRRs and CR0.CD (KVM 6.6 with non-coherent DMA, Linux 6.6 in the guest):

${byDesign(all, (summary) => none(count(zapsOf(summary)), zapsOf(summary) === 0))}

Entries that had to be installed again, most roots at once:

${byDesign(all, ({ refaults, peakRoots }) => `${none(count(refaults.entries), refaults.entries === 0)}, ${peakRoots}`)}

Memory that was accessed through an entry that the accessing vCPU's state does not demand:

${byDesign(all, ({ foreignAccesses }) => none(size(foreignAccesses), foreignAccesses === 0))}

Events after which the registers of vCPUs that run differ, and differ in effect (\`uniform\` refuses them), and entries that
need no vCPU (\`try-without-vcpu\`):

${table(
  ['boot', 'vCPUs', 'events', 'registers differ', 'in effect', 'installed without a vCPU'],
  uniformRows(all),
)}

![ovmf-boot with 4 vCPUs, event by event](findings-timeline.svg)`;
}
