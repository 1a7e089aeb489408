/**
 * Writes docs/findings.md and its pictures from what the package ships: boots, presets, real machines' layouts and
 * scenarios. Every number in them comes from here; published ones are held against it.
 *
 *   npm run findings
 */
import { join } from 'node:path';
import { createEvaluatorSync } from '../../src/index.ts';
import { fail, ROOT, writeWhole } from '../shared.mjs';
import { designsSection } from './designs.ts';
import { splitsSection, upgradesSection, wrongTypesSection } from './kernels.ts';
import { layouts } from './layouts.ts';
import { peersSection } from './peers.ts';
import { publishedSection } from './published.ts';
import { randomSection } from './random.ts';
import { recoverySection } from './recovery.ts';
import { scenarioOf } from './replays.ts';
import { timelineSvg } from './timeline.ts';

const QUESTION = `# Findings

KVM computes the type of an EPT entry from the MTRRs and CR0.CD of the vCPU that faults, yet all vCPUs of a role share the EPT.
So a page's type depends on who touched it first. The maintainers weighed what to do: leave it, let vCPU 0 decide, put the state
into the MMU role, demand uniformity, zap less. This page answers with numbers what each of these does to boots, and
where KVM's types and levels are wrong in themselves. Written by \`npm run findings\` from what the package ships.

**In short**, for KVM 4.7 to 6.10 and VMs with non-coherent DMA:

- The published counts of zaps follow from the sources, with one parameter that the sources give too.
- The state in the role is the only design under which no access finds a wrong entry. It takes a few roots, not one a vCPU.
- vCPU 0 alone saves the most zaps and is wrong for whoever is not vCPU 0; what has to be installed again stays the same.
- Zaps on CR0.CD, as the series has them, save a tenth of the zaps, and serve a plugged-in vCPU better.
- Uniformity cannot be asserted: every boot breaks it, and in effect, not in registers alone.
- Large pages can be recovered without a vCPU exactly where MTRRs decide nothing.

Without non-coherent DMA, and from 6.11 on, the guest's MTRRs give no type and nothing of this arises.`;

const LIMITS = `## Limits

- Boots are event lists: a touch stands for all accesses to its range, durations are not modelled. The series measured
  3,506 million cycles in 84 zaps of OVMF's boot with 8 vCPUs and 16 GiB, on a CPU of 3.1 GHz: contention costs, not counts, and
  counts are what is compared here.
- Windows is as far as public sources say: names by Microsoft's public symbols, order by published disassembly.
- Zaps of \`fine-zap\` are counted where some type changes. The series counts calls, whose ranges may be empty.
- A guest on QEMU; other VMMs write other MTRRs before the guest starts, or none.
- Entries are those of the TDP MMU with EPT. Nested guests have shadow pages, whose types follow the same rule.`;

try {
  const evaluator = createEvaluatorSync();
  const all = layouts();
  const published = publishedSection();
  const wrong = wrongTypesSection(evaluator, all);
  const sections = [
    QUESTION,
    published.text,
    designsSection(),
    recoverySection(),
    wrong.text,
    splitsSection(evaluator, all),
    randomSection(evaluator),
    upgradesSection(evaluator, all),
    peersSection(evaluator, all),
    LIMITS,
  ];
  const timeline = timelineSvg(scenarioOf('ovmf-boot', 4), ['first-fault', 'zap-on-cd', 'vcpu0']);
  writeWhole(join(ROOT, 'docs/findings-wrong-types.svg'), wrong.picture);
  writeWhole(join(ROOT, 'docs/findings-zaps.svg'), published.picture);
  writeWhole(join(ROOT, 'docs/findings-timeline.svg'), timeline);
  writeWhole(join(ROOT, 'docs/findings.md'), `${sections.join('\n\n')}\n`);
} catch (error) {
  fail(error);
}
