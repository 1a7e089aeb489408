/** Findings about the layouts alone: what each KVM makes of the MTRRs that real firmware writes. */
import { frameCount, policy, typeName, vcpu, vcpuOf } from 'eptsweep';
import { PRESETS, preset } from 'eptsweep/config';

const REGION_2M = 512;
const REGION_1G = 2 ** 18;
const OLD = policy('kvm-5.16');
const SDM = policy('sdm');
/** Firmware of VMs comes first in the list of presets; the rest are real machines. */
const FIRMWARE = [
  'seabios-pc',
  'seabios-q35',
  'ovmf-q35',
  'ovmf-gpu',
  'crosvm',
  'firecracker',
  'cloud-hypervisor',
];

/** Every shipped layout as the MTRRs of a vCPU with non-coherent DMA and nothing but memory. */
export function layouts() {
  return PRESETS.map(({ name }) => {
    const first = vcpuOf(preset(name), 0);
    const { maxphyaddr, msrs, vcnt } = first;
    const pairs = msrs.map(({ msr, value }) => [msr, value]);
    const guest = vcpu({
      maxphyaddr,
      msrs: pairs,
      ...(vcnt === undefined ? {} : { vcnt }),
      noncoherentDma: true,
    });
    return { name, isReal: !FIRMWARE.includes(name), guest, frames: frameCount(maxphyaddr) };
  });
}

/** Opens a layout under a policy; undefined where KVM refuses one of its registers. */
function open(evaluator, guest, rules) {
  try {
    return evaluator.view(guest, rules);
  } catch {
    return undefined;
  }
}

/** Pages by pair of types for which KVM before 6.11 does not say what the manual says. */
export function wrongTypes(evaluator, { guest }) {
  const manual = evaluator.view(guest, SDM);
  const kvm = open(evaluator, guest, OLD);
  if (!kvm) return { refused: true, pages: 0n, pairs: [], spans: [] };
  const comparison = manual.compare(kvm, 'mtrr');
  const pairs = comparison.matrix
    .filter(({ a, b }) => a.type !== b.type)
    .map(({ a, b, pages }) => ({ manual: typeName(a.type), kvm: typeName(b.type), pages }));
  const result = { refused: false, pages: comparison.pages, pairs, spans: [...comparison.spans()] };
  manual.dispose();
  kvm.dispose();
  return result;
}

/** Pages of aligned regions that have one EPT entry type throughout, though the level says that they were split. */
function needless(types, levels, region, isSplit) {
  let pages = 0;
  for (const span of types) {
    const start = Math.ceil(span.start / region) * region;
    const end = Math.floor(span.end / region) * region;
    for (const part of levels) {
      if (isSplit(part.level)) pages += Math.max(0, Math.min(end, part.end) - Math.max(start, part.start));
    }
  }
  return pages;
}

/** What KVM 5.16's consistency check maps smaller than its own types ask for. */
export function needlessSplits(evaluator, { guest }) {
  const view = open(evaluator, guest, OLD);
  if (!view) return undefined;
  const types = [...view.spansOf('ept')];
  const levels = [...view.spansOf('levels')];
  view.dispose();
  return {
    regions2M: needless(types, levels, REGION_2M, (level) => level === 1) / REGION_2M,
    regions1G: needless(types, levels, REGION_1G, (level) => level < 3) / REGION_1G,
  };
}

/** Pages whose EPT type or IPAT changes from one release to the next. */
export function upgrade(evaluator, { guest }, from, to, noncoherentDma) {
  const pairs = guest.msrs.map(({ msr, value }) => [msr, value]);
  const changed = vcpu({ ...guest, msrs: pairs, vcnt: 8, noncoherentDma });
  const [a, b] = [open(evaluator, changed, policy(from)), open(evaluator, changed, policy(to))];
  if (!a || !b) return undefined;
  const { pages } = a.compare(b, 'ept');
  a.dispose();
  b.dispose();
  return pages;
}
