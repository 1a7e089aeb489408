/** The published counts of zaps beside those of the shipped boots, and how OVMF's number of programs bears on them. */
import type { Design } from '../../src/share/index.ts';
import { type ChartLine, chartSvg } from './chart.ts';
import { table } from './page.ts';
import { scenarioOf, summariesOf, zapsOf } from './replays.ts';

const BEFORE = 'v4, Base1';
const AFTER = 'v4, Base2';
const V2 = 'v2, the first vCPU alone';

interface Published {
  readonly boot: string;
  readonly design: Design;
  readonly vcpus: number;
  readonly zaps: number;
  readonly where: string;
}

/** "KVM: x86/mmu: refine memtype related mmu zap", its cover letters of 2023. */
const PUBLISHED: readonly Published[] = [
  { boot: 'ovmf-boot', design: 'first-fault', vcpus: 8, zaps: 84, where: BEFORE },
  { boot: 'ovmf-boot', design: 'first-fault', vcpus: 16, zaps: 164, where: BEFORE },
  { boot: 'ovmf-boot', design: 'zap-on-cd', vcpus: 8, zaps: 74, where: AFTER },
  { boot: 'ovmf-boot', design: 'zap-on-cd', vcpus: 16, zaps: 146, where: AFTER },
  { boot: 'ovmf-boot', design: 'vcpu0', vcpus: 8, zaps: 14, where: V2 },
  { boot: 'seabios-boot', design: 'first-fault', vcpus: 8, zaps: 50, where: BEFORE },
  { boot: 'seabios-boot', design: 'first-fault', vcpus: 16, zaps: 98, where: BEFORE },
  { boot: 'seabios-boot', design: 'zap-on-cd', vcpus: 8, zaps: 42, where: AFTER },
  { boot: 'seabios-boot', design: 'zap-on-cd', vcpus: 16, zaps: 82, where: AFTER },
];

/** Zaps for n vCPUs, term by term: QEMU, firmware, Linux on the boot CPU, Linux on all. */
const SUMS: readonly (readonly [string, Design, string, string, (n: number) => number])[] = [
  ['ovmf-boot', 'first-fault', '2n + 2(4 + 3(n-1)) + 2 + 2n', '10n + 4', (n) => 10 * n + 4],
  ['ovmf-boot', 'zap-on-cd', '7n + 2 + 2n', '9n + 2', (n) => 9 * n + 2],
  ['ovmf-boot', 'vcpu0', '2 + 8 + 2 + 2', '14', () => 14],
  ['seabios-boot', 'first-fault', '2n + 2n + 2 + 2n', '6n + 2', (n) => 6 * n + 2],
  ['seabios-boot', 'zap-on-cd', 'n + 2n + 2 + 2n', '5n + 2', (n) => 5 * n + 2],
];
const COUNTS = [1, 2, 8, 16, 64];

function zaps(asked: string, design: Design, vcpus: number): number {
  return zapsOf(summariesOf(scenarioOf(asked, vcpus), [design]).get(design)!);
}

function publishedRows(): readonly (readonly string[])[] {
  return PUBLISHED.map(({ boot, design, vcpus, zaps: published, where }) => {
    const here = zaps(boot, design, vcpus);
    if (here !== published) throw new Error(`${boot} ${design} ${vcpus}: ${here}, published ${published}`);
    return [boot, design, String(vcpus), String(published), String(here), where];
  });
}

function sumRows(): readonly (readonly string[])[] {
  return SUMS.map(([boot, design, terms, sum, of]) => [
    boot,
    design,
    terms,
    sum,
    ...COUNTS.map((n) => {
      const here = zaps(boot, design, n);
      if (here !== of(n)) throw new Error(`${boot} ${design} ${n}: ${here}, expected ${of(n)}`);
      return String(here);
    }),
  ]);
}

/** The same boot, were OVMF to program MTRRs more often or less: BSP down, AP across. */
function programRows(): readonly (readonly string[])[] {
  return [2, 3, 4, 5, 6].map((bsp) => [
    String(bsp),
    ...[1, 2, 3, 4].map((ap) => String(zaps(`ovmf-boot,bsp=${bsp},ap=${ap}`, 'first-fault', 8))),
  ]);
}

function chart(): string {
  const at = [1, 2, 4, 8, 16, 24, 32];
  const lines = SUMS.map(([boot, design]): ChartLine => {
    const marks = PUBLISHED.filter((one) => one.boot === boot && one.design === design);
    return {
      name: `${boot}, ${design}`,
      points: at.map((n) => ({ x: n, y: zaps(boot, design, n) })),
      marks: marks.map(({ vcpus, zaps: y }) => ({ x: vcpus, y })),
    };
  });
  return chartSvg({
    title: 'Zaps of a boot by number of vCPUs',
    x: 'vCPUs',
    y: 'zaps by MTRRs and CR0.CD',
    marked: 'circles: published',
    lines,
  });
}

/** The section, and its picture. */
export function publishedSection(): { readonly text: string; readonly picture: string } {
  return {
    picture: chart(),
    text: `## The published counts of zaps, from the sources

Claim: an event list that follows the sources of QEMU, firmware and Linux gives every count that was published with
the series "KVM: x86/mmu: refine memtype related mmu zap" (2023), with 8 and with 16 vCPUs. Each event of the list
names its function and file (\`eptsweep replay ovmf-boot --print\`).

${table(['boot', 'design', 'vCPUs', 'published', 'here', 'cover letter'], publishedRows())}

Where they come from, for n vCPUs: QEMU puts DEF_TYPE twice for each before the first instruction; a change of the MTRRs
writes it twice; Linux makes a change on the boot CPU and one on each CPU. With zaps on CR0.CD, what is written while
CD=1 costs nothing, QEMU's part falls away, and each vCPU leaves its reset state once.

${table(['boot', 'design', 'QEMU + firmware + Linux', 'sum', ...COUNTS.map((n) => `n=${n}`)], sumRows())}

![Zaps of a boot by number of vCPUs](findings-zaps.svg)

**OVMF's number of programs is the one free parameter.** By its sources it is 4 on the BSP (three in PlatformPei, one for the
PCI window above 4 GiB) and 3 on each AP (MpInitLib in PEI and in DXE, and that window); the counts say the same. What
others would give (zaps with 8 vCPUs, \`ovmf-boot,bsp=B,ap=A\`):

${table(['BSP', 'A=1', 'A=2', 'A=3', 'A=4'], programRows())}

\`\`\`sh
eptsweep replay ovmf-boot --vcpus 16 --every 0
eptsweep replay ovmf-boot,bsp=3,ap=2 --every 0
\`\`\``,
  };
}
