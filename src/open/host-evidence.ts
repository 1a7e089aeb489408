/**
 * What no dump of registers knows and answers of some policies rest on: non-coherent DMA, on which everything hangs in KVM
 * before 6.11, quirks, self-snoop, and the PAT. What a host's log tells of its IOMMUs and of its devices counts.
 */
import { MSR_PAT, msrName } from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import type { DmaUnit, Facts } from '../read/index.ts';
import type { Want } from '../types.ts';
import { type Evidence, evidenceSentence, isFirm, type Subject } from '../vm/index.ts';
import { hexText, listed } from '../words.ts';
import type { OpenedConfig } from './opened-config.ts';

const HOST_TELLS =
  "the host's dmesg (DMAR lines) and its devices at vfio-pci (eptsweep capture kvm-host), or --set noncoherentDma=true";

function names(list: readonly { readonly name: string }[]): string {
  return listed(list.map(({ name }) => name));
}

/** The IOMMU that a device is behind: its own, or that of another device of its group. */
function unitOf({ dmaUnits, dmaDevices }: Facts, device: string): DmaUnit | undefined {
  const own = dmaDevices.find(({ name }) => name === device);
  const siblings = dmaDevices.filter(({ group }) => group !== undefined && group === own?.group);
  const unit = own?.unit ?? siblings.find((one) => one.unit !== undefined)?.unit;
  return dmaUnits.find(({ name }) => name === unit);
}

/** `0000:01:00.0 (IOMMU group 1)`. */
function deviceText({ dmaDevices }: Facts, device: string): string {
  const group = dmaDevices.find(({ name }) => name === device)?.group;
  return group === undefined ? device : `${device} (IOMMU group ${group})`;
}

/** A device of a guest that may write past the caches: VFIO tells KVM so where its IOMMU cannot make it snoop. */
function dmaEvidence(facts: Facts): Evidence & { readonly isOn: boolean } {
  const { dmaUnits, assignedDevices } = facts;
  const subject = 'noncoherent-dma';
  const without = dmaUnits.filter(({ snoopControl }) => !snoopControl);
  const [device] = assignedDevices;
  const given = `${listed(assignedDevices.map(({ name }) => deviceText(facts, name)))} given to a guest`;
  const off = { subject, what: 'no non-coherent DMA', isOn: false } as const;
  const on = { subject, what: 'non-coherent DMA', isOn: true } as const;
  if (dmaUnits.length > 0 && without.length === 0) {
    const why = `every IOMMU has snoop control (${names(dmaUnits)}: ECAP bit 7), so that VFIO makes every device snoop`;
    return { ...off, level: 'inferred', why, at: dmaUnits[0]!.at };
  }
  if (device && without.length > 0 && without.length === dmaUnits.length) {
    const why = `${given}, and no IOMMU has snoop control (${names(without)})`;
    return { ...on, level: 'inferred', why, at: device.at };
  }
  const behind = assignedDevices.map(({ name }) => unitOf(facts, name));
  const loose = behind.findIndex((unit) => unit?.snoopControl === false);
  if (loose >= 0) {
    const { name, at } = assignedDevices[loose]!;
    const why = `${deviceText(facts, name)} given to a guest, behind ${behind[loose]!.name} without snoop control`;
    return { ...on, level: 'inferred', why, at };
  }
  if (device && behind.every((unit) => unit !== undefined)) {
    const why = `${given}, behind ${names([...new Set(behind)])} with snoop control`;
    return { ...off, level: 'inferred', why, at: device.at };
  }
  const why =
    without.length > 0
      ? `${names(without)} without snoop control: a device behind it that a guest is given makes it on`
      : device
        ? `${given}, and nothing says whether the IOMMU has snoop control`
        : 'nothing says which devices the guest was given';
  return { ...off, level: 'assumed', why, settledBy: HOST_TELLS, ...(without[0] && { at: without[0].at }) };
}

/** Whether a CPU has self-snoop, of which KVM makes use on Intel's alone. */
function selfSnoopEvidence({ selfSnoop, platform, vendor }: Facts): Evidence & { readonly has: boolean } {
  const subject = 'self-snoop';
  if (selfSnoop && platform?.kind !== 'guest' && vendor?.name !== 'amd') {
    const { has, at } = selfSnoop;
    const what = `the CPU has ${has ? '' : 'no '}self-snoop ("ss" ${has ? '' : 'not '}among its flags)`;
    return { subject, level: 'read', what, why: '', at, has };
  }
  return {
    subject,
    level: 'assumed',
    what: "the host's CPU has self-snoop",
    why: selfSnoop ? 'the text is not of an Intel host' : 'no dump of registers shows its CPUID',
    settledBy: '"ss" among the flags of its /proc/cpuinfo, or --set host.selfSnoop=false',
    has: true,
  };
}

/** What a dump cannot know, with what it lets on all the same. */
export interface HostEvidence {
  readonly evidence: readonly Evidence[];
  /** What to take for the VM. */
  readonly noncoherentDma: boolean;
  /** The same of the host's CPU. */
  readonly selfSnoop: boolean;
}

/**
 * What a dump says of the host, and of what its guest is given.
 *
 * @param facts - of the dump
 * @returns what is known and how, and what to take for the VM
 * @example
 * const { facts } = await openText('0x200,0x6\n0x201,0xf80000800\n0x2ff,0x800\n');
 * hostEvidence(facts).noncoherentDma; // false
 */
export function hostEvidence(facts: Facts): HostEvidence {
  const { isOn, ...dma } = dmaEvidence(facts);
  const { has, ...selfSnoop } = selfSnoopEvidence(facts);
  const pat = facts.registers.get(MSR_PAT) ?? facts.cpus.values().next().value?.registers.get(MSR_PAT);
  const patEvidence: Evidence = pat
    ? {
        subject: 'pat',
        level: 'read',
        what: `${msrName(MSR_PAT)} ${hexText(pat.value)}`,
        why: '',
        at: pat.at,
      }
    : {
        subject: 'pat',
        level: 'assumed',
        what: 'the PAT of power-on, WB WT UC- UC twice',
        why: 'no text says it; Linux writes another since 2.6.26',
        settledBy: 'MSR 0x277 (rdmsr), or the line "x86/PAT: Configuration [0-7]" of dmesg',
      };
  return {
    noncoherentDma: isOn,
    selfSnoop: has,
    evidence: [
      dma,
      patEvidence,
      {
        subject: 'quirks',
        level: 'assumed',
        what: 'quirks as the kernel enables them',
        why: 'no dump shows what the VMM has disabled (KVM_CAP_DISABLE_QUIRKS2)',
        settledBy: '--set quirks=...',
      },
      selfSnoop,
    ],
  };
}

/** Of what answers of a policy rest on beside registers. */
function subjectsOf({ flags, defaultQuirks }: Policy, wants: readonly Want[]): readonly Subject[] {
  const subjects: Subject[] = [];
  if (flags.ept === 'kvm') subjects.push('noncoherent-dma');
  if (flags.ignorePat !== 'always') subjects.push('self-snoop');
  if (defaultQuirks.length > 0) subjects.push('quirks');
  if (wants.includes('effective')) subjects.push('pat');
  return subjects;
}

/**
 * An opened dump of which the caller states something itself.
 *
 * @param opened - a dump; anything else states all of it
 * @param subjects - that need no evidence from the dump any more
 * @returns the same without that evidence
 * @example
 * const opened = await openText('0x2ff,0xc06\n');
 * stating(opened, ['quirks']).hostEvidence.some(({ subject }) => subject === 'quirks'); // false
 */
export function stating(opened: OpenedConfig, subjects: readonly Subject[]): OpenedConfig {
  const hostEvidence = opened.hostEvidence?.filter(({ subject }) => !subjects.includes(subject));
  return hostEvidence ? { ...opened, hostEvidence } : opened;
}

/**
 * An opened input that is held against another one.
 *
 * @param opened - the first
 * @param other - the second; undefined where it is the same
 * @returns the first with what is known of either
 */
export function withHostEvidence(opened: OpenedConfig, other: OpenedConfig | undefined): OpenedConfig {
  const list = [...(opened.hostEvidence ?? []), ...(other?.hostEvidence ?? [])];
  if (list.length === 0) return opened;
  const bySentence = new Map(list.map((one) => [evidenceSentence(one), one]));
  return { ...opened, hostEvidence: [...bySentence.values()] };
}

/**
 * An opened dump with what its answers under some policies rest on beside registers.
 *
 * @param opened - a dump; anything else states all of it, and is given back as it is
 * @param policies - whose answers
 * @param wants - what is asked
 * @returns the dump with further evidence and assumptions, and the sentences of what is new
 * @example
 * const opened = await openText('0x2ff,0xc06\n');
 * restingOn(opened, [policy('sdm')], ['mtrr']).said; // []
 */
export function restingOn(
  opened: OpenedConfig,
  policies: readonly Policy[],
  wants: readonly Want[],
): { readonly opened: OpenedConfig; readonly said: readonly string[]; readonly isFirm: boolean } {
  const subjects = policies.flatMap((policy) => subjectsOf(policy, wants));
  const more = (opened.hostEvidence ?? []).filter(({ subject }) => subjects.includes(subject));
  const said = more.filter(({ level }) => level !== 'read').map(evidenceSentence);
  if (more.length === 0) return { opened, said: [], isFirm: true };
  return {
    opened: {
      ...opened,
      evidence: [...(opened.evidence ?? []), ...more],
      assumptions: [...(opened.assumptions ?? []), ...said],
    },
    said,
    isFirm: more.every(({ level }) => isFirm(level)),
  };
}
