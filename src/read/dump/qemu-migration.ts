/** CPU state of a QEMU migration stream, as `scripts/analyze-migration.py` prints it (JSON). */
import {
  FIXED_REGISTERS,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_PAT,
  physBase,
  physMask,
} from '../../msr/index.ts';
import type { DocumentFormat, Visit } from '../document.ts';
import { visits } from '../document.ts';
import { Draft } from '../facts/draft.ts';
import { type JsonNode, u64 } from '../json-text.ts';
import { registerRaw } from './register-line.ts';

/** The members of a CPU's section are named after C fields, with `env.` or inside an object `env`. */
function field(members: ReadonlyMap<string, JsonNode>, name: string): JsonNode | undefined {
  return members.get(`env.${name}`) ?? members.get(name);
}

/** `cpu (0)` or `cpu(3)`: the number is the section's, so CPUs are counted in the order of the file. */
function isCpu(visit: Visit): boolean {
  return visit.node.kind === 'object' && field(visit.node.members, 'mtrr_deftype') !== undefined;
}

function readCpu(draft: Draft, members: ReadonlyMap<string, JsonNode>, cpu: number): void {
  const label = `vcpu ${cpu}`;
  const put = (msr: number, node: JsonNode | undefined) => {
    const value = u64(node);
    if (value !== undefined && node) registerRaw(draft, node.line, msr, value, { cpu, label });
  };
  const cr0 = field(members, 'cr[0]');
  const held = u64(cr0);
  if (cr0 && held !== undefined) draft.cr0(cr0.line, cpu, held);
  put(MSR_DEF_TYPE, field(members, 'mtrr_deftype'));
  put(MSR_PAT, field(members, 'pat'));
  const fixed = field(members, 'mtrr_fixed');
  if (fixed?.kind === 'array') {
    FIXED_REGISTERS.forEach(({ msr }, index) => {
      put(msr, fixed.items[index]);
    });
  }
  const variable = field(members, 'mtrr_var');
  if (variable?.kind !== 'array') return;
  variable.items.slice(0, MOST_VARIABLE_RANGES).forEach((item, index) => {
    if (item.kind !== 'object') return;
    put(physBase(index), item.members.get('base'));
    put(physMask(index), item.members.get('mask'));
  });
}

/** QEMU migration state. */
export const qemuMigration: DocumentFormat = {
  name: 'qemu-migration',
  title: 'QEMU migration state (analyze-migration.py, JSON)',
  read(root, context) {
    const draft = new Draft(context.file, context.boot);
    let cpu = 0;
    for (const visit of visits(root)) {
      if (visit.node.kind !== 'object' || !isCpu(visit)) continue;
      draft.at(visit.node.line).platform('guest', 'QEMU (migration state)');
      readCpu(draft, visit.node.members, cpu++);
    }
    return draft.finish('qemu-migration');
  },
};
