/**
 * What is made of each field of a vCPU and a VM, what a view takes for a question, and what register writes mean: vm.txt.
 * Accepted with EPTSWEEP_ACCEPT=1, as the others.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { EptsweepError } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { WANTS } from '../../src/types.ts';
import {
  CONFIDENTIAL,
  confidentialAssumptions,
  EVIDENCE_LEVELS,
  EVIDENCE_SUBJECTS,
  guestRegisters,
  hostAssumptions,
  vcpu,
  vcpuOf,
  vm,
  weakest,
  writeRule,
} from '../../src/vm/index.ts';
import { EDGES, FIELDS, FRAMES, QUERIES, REGISTERS, TILES, VMS, WHOLE } from './vm-inputs.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('vm.txt', import.meta.url));

const shown = (value: unknown): string =>
  value === undefined
    ? 'undefined'
    : JSON.stringify(value, (_, part: unknown) => {
        if (typeof part === 'bigint') return `0x${part.toString(16)}n`;
        if (part instanceof Map) return [...part];
        if (ArrayBuffer.isView(part)) return [...(part as Uint8Array)];
        return part === Number.POSITIVE_INFINITY || Number.isNaN(part) ? String(part) : part;
      });

const said = (answer: () => unknown): string => {
  try {
    return shown(answer());
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return `${error.name} ${error.code}${error.path === '' ? '' : ` at ${error.path}`}: ${error.message}`;
  }
};

function viewText(): string {
  const evaluator = createEvaluatorSync();
  const guest = vcpu({ maxphyaddr: 32, msrs: { 0x2ff: 0x806n } });
  const view = evaluator.view(guest, policy('kvm-5.16'));
  const lines = [
    ...QUERIES.map((query) => `${shown(query)}: ${said(() => view.totals('effective', query as never))}`),
    ...FRAMES.map((list) => `of ${shown(list)}: ${said(() => view.typesOf(Float64Array.from(list)))}`),
    ...TILES.map(
      (tile) =>
        `tile ${shown(tile)}: ${said(() => view.typesInto(new Uint8Array(tile[1]), tile[0] as number))}`,
    ),
    ...['mtr', 7, undefined].map((want) => `${shown(want)}: ${said(() => view.totals(want as never))}`),
  ];
  view.dispose();
  lines.push(said(() => view.totals('ept')));
  const other = evaluator.view(guest, policy('kvm-5.16'));
  evaluator.dispose();
  lines.push(
    said(() => other.totals('ept')),
    said(() => evaluator.view(guest, policy('sdm'))),
  );
  const broken = ['maxphyaddr', 'msrs', 'mmio', 'slots', 'quirks', 'hostMsrs', 'vendor', 'vcnt', 'cr0cd'];
  for (const key of [...broken, 'guestHasMtrr', 'noncoherentDma', 'selfSnoop'])
    lines.push(
      `${key}: ${said(() => createEvaluatorSync().view({ ...guest, [key]: 'x' } as never, policy('sdm')))}`,
    );
  return lines.join('\n');
}

const rulesText = (): string =>
  EDGES.map(([msr, values]) =>
    values
      .map((value) => `0x${msr.toString(16)} 0x${value.toString(16)}: ${writeRule({ msr, value }, 36, 8)}`)
      .join('\n'),
  ).join('\n');

function assumedText(): string {
  const guests = [{}, { hostMsrs: {} }, { noncoherentDma: true }, { noncoherentDma: true, hostMsrs: {} }];
  const hosts = guests.flatMap((guest) =>
    ['intel', 'amd'].flatMap((vendor) =>
      ['kvm-6.8', 'sdm', 'peer-xen-ept'].flatMap((name) =>
        [[], ...WANTS.map((want) => [want])].map((wants) => {
          const made = vcpu({ ...guest, maxphyaddr: 36, vendor: vendor as 'amd' });
          const sentences = hostAssumptions(made, policy(name), wants);
          return `${shown(guest)} ${vendor} ${name} ${wants}: ${sentences.length} ${sentences.join('; ')}`;
        }),
      ),
    ),
  );
  const kinds = [undefined, ...CONFIDENTIAL].flatMap((kind) =>
    ['kvm-6.10', 'kvm-6.11', 'kvm-6.15', 'kvm-6.16', 'sdm'].map(
      (name) => `${kind} ${name}: ${confidentialAssumptions(kind, policy(name)).join('; ')}`,
    ),
  );
  return [...hosts.filter((line) => !line.endsWith(': 0 ')), ...kinds].join('\n');
}

function evidenceText(): string {
  const of = (level: (typeof EVIDENCE_LEVELS)[number], subject = EVIDENCE_SUBJECTS[0]) =>
    ({ subject, level, what: level, why: '' }) as const;
  const lists = EVIDENCE_LEVELS.flatMap((a) => EVIDENCE_LEVELS.map((b) => [of(a), of(b)]));
  return [
    EVIDENCE_SUBJECTS.join(),
    ...lists.map((list) => `${list.map(({ level }) => level)}: ${weakest(list, ['default-type'])?.level}`),
    `of another subject: ${weakest([of('torn')], ['ram'])?.level}`,
  ].join('\n');
}

const ANSWERS = new Map<string, () => string>([
  ...Object.entries(FIELDS).map(([field, values]): [string, () => string] => [
    `vCPUs by ${field}`,
    () =>
      values
        .map((value) => {
          const made = () => vcpu({ maxphyaddr: 32, vendor: 'amd', [field]: value } as never);
          const intel = () => vcpu({ maxphyaddr: 32, [field]: value } as never);
          const own = said(() => (field === 'confidential' ? made() : intel())[field as 'msrs']);
          return `${shown(value)}: ${own}`;
        })
        .join('\n'),
  ]),
  [
    'vCPUs',
    () =>
      WHOLE.map((one) => `${shown(one)}: ${said(() => vcpu({ maxphyaddr: 32, ...(one as object) }))}`).join(
        '\n',
      ),
  ],
  ['no vCPUs', () => [7, null, [], 'x'].map((one) => said(() => vcpu(one as never))).join('\n')],
  ...VMS.map((init, index): [string, () => string] => [
    `VM ${index}`,
    () =>
      said(() => {
        const { policy: of, slots: _, ...made } = vm({ maxphyaddr: 32, ...(init as object) } as never);
        return { ...made, policy: of.name };
      }),
  ]),
  [
    'vCPUs of a VM',
    () =>
      [0, 1, -1, 0.5, '0', undefined]
        .map((index) => said(() => vcpuOf(vm({ maxphyaddr: 32 }), index as number).maxphyaddr))
        .join('\n'),
  ],
  ['no VMs', () => [7, null, {}].map((one) => said(() => vcpuOf(one as never, 0))).join('\n')],
  ['views', viewText],
  ['rules of writes', rulesText],
  [
    'registers',
    () => REGISTERS.map((msrs) => shown(guestRegisters(vcpu({ maxphyaddr: 36, msrs })))).join('\n'),
  ],
  ['assumptions', assumedText],
  ['evidence', evidenceText],
]);

describe('what is made of each field', () => {
  writtenDown(PATH, '## ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
