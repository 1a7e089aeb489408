/**
 * MSR lists in JSON: `struct kvm_msrs` as VMM snapshots write it (`{"index": ..., "data": ...}`), or an
 * object from number to value as the oracle protocol has it.
 */
import { msrByName } from '../../msr/index.ts';
import { type DocumentFormat, type Visit, visits } from '../document.ts';
import { Draft, MOST_CPUS } from '../facts/draft.ts';
import { type JsonNode, u64 } from '../json-text.ts';
import { registerRaw } from './register-line.ts';

const INDEX_KEYS = ['index', 'msr', 'address', 'addr', 'register'];
const DATA_KEYS = ['data', 'value', 'val'];
const CPU_KEYS = ['vcpu', 'cpu', 'vcpu_id', 'cpu_id', 'id', 'apic_id'];
/** Arrays whose position is the number of the CPU. */
const CPU_LIST = /^(?:v?cpus?|vcpu_states|snapshot_data|processors|cores|entries|states)$/i;

function firstOf(members: ReadonlyMap<string, JsonNode>, keys: readonly string[]): JsonNode | undefined {
  for (const key of keys) {
    const node = members.get(key);
    if (node) return node;
  }
  return undefined;
}

/** The MSR number that a string key stands for. */
function msrOfKey(key: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(key)) return Number.parseInt(key.slice(2), 16);
  return /^[A-Za-z]/.test(key) ? msrByName(key) : undefined;
}

/** The MSR number that an entry's index is. */
function msrOfIndex(node: JsonNode | undefined): number | undefined {
  if (node?.kind === 'string') return msrOfKey(node.text);
  const index = u64(node);
  return index === undefined ? undefined : Number(index);
}

/** The CPU that a list belongs to: stated beside it, or its place in a list of CPUs. */
function cpuOf({ parents }: Visit): number | undefined {
  for (let i = parents.length - 1; i >= 0; i--) {
    const parent = parents[i]!;
    if (parent.node.kind === 'object') {
      const stated = u64(firstOf(parent.node.members, CPU_KEYS));
      if (stated !== undefined && stated < BigInt(MOST_CPUS)) return Number(stated);
    }
    const around = parents[i - 1];
    const isListed = around?.node.kind === 'array' && (around.key === '' || CPU_LIST.test(around.key));
    if (isListed && /^\d{1,4}$/.test(parent.key) && !isMsrEntry(parent.node)) return Number(parent.key);
    // Cloud Hypervisor: "cpu-manager" has "snapshots" by the vCPUs' numbers.
    if (
      parents[i - 1]?.key === 'snapshots' &&
      parents[i - 2]?.key === 'cpu-manager' &&
      /^\d{1,4}$/.test(parent.key)
    ) {
      return Number(parent.key);
    }
    const named = /^(?:v?cpu)[ _#-]?\(?(\d{1,4})\)?$/i.exec(parent.key)?.[1];
    if (named !== undefined) return Number(named);
  }
  return undefined;
}

function isMsrEntry(node: JsonNode): boolean {
  return node.kind === 'object' && firstOf(node.members, INDEX_KEYS) !== undefined;
}

/** KVM_GET_MSRS in JSON. */
export const kvmMsrs: DocumentFormat = {
  name: 'kvm-msrs',
  title: 'MSR list in JSON (KVM_GET_MSRS entries, VMM snapshots)',
  read(root, context) {
    const draft = new Draft(context.file, context.boot);
    for (const visit of visits(root)) {
      if (visit.node.kind !== 'object') continue;
      const { members } = visit.node;
      const cr0 = members.get('cr0');
      const held = u64(cr0);
      // `struct kvm_sregs`, which snapshots keep beside the MSRs of their vCPU.
      const whose = cr0 && cpuOf(visit);
      if (cr0 && held !== undefined && whose !== undefined) draft.cr0(cr0.line, whose, held);
      const index = msrOfIndex(firstOf(members, INDEX_KEYS));
      const dataNode = firstOf(members, DATA_KEYS);
      const data = u64(dataNode);
      if (index !== undefined && dataNode && data !== undefined) {
        registerRaw(draft, dataNode.line, index, data, { cpu: cpuOf(visit) });
        continue;
      }
      for (const [key, node] of members) {
        const msr = msrOfKey(key);
        const value = u64(node);
        if (msr === undefined || value === undefined) continue;
        registerRaw(draft, node.line, msr, value, {
          cpu: cpuOf({ ...visit, parents: [...visit.parents, visit] }),
        });
      }
    }
    return draft.finish('kvm-msrs');
  },
};
