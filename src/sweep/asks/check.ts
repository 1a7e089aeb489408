/** `check`: a fleet's dumps: what is wrong with each, and which machines have one and the same map. */
import { check, type Finding, isProblem } from '../../check/index.ts';
import { type Policy, policy } from '../../policy/index.ts';
import { vcpuOf, withoutHost } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import { type Case, refusalOf } from '../cases.ts';
import type { OwnColumns } from '../rows.ts';
import { type AskContext, countRefusal, enabledRanges, type PointAsker } from './context.ts';
import { verify } from './verify.ts';

const FINDING_COLUMNS: OwnColumns = [
  ['rule', 'string'],
  ['severity', 'string'],
  ['message', 'string'],
  ['remedy', 'string'],
  ['first', 'uint64', 'nullable'],
  ['pages', 'uint64'],
];
const CLASS_COLUMNS: OwnColumns = [
  ['class', 'string'],
  ['maxphyaddr', 'uint64'],
  ['registers', 'uint64'],
  ['findings', 'uint64'],
];

/** Name of a map: machines with one name give every page one type. */
function className(bits: number, digest: bigint): string {
  return `${bits}-${digest.toString(16).padStart(16, '0')}`;
}

/** The KVM that layouts are held against: the point's own where it is one. */
function kvmOf(one: Case): { readonly policy?: Policy } {
  return one.policy.release ? { policy: one.policy } : {};
}

function note(context: AskContext, one: Case, finding: Finding): void {
  const { tally, rows, spec } = context;
  const { rule, severity, message, remedy, ranges, pages } = finding;
  tally.add(`rule/${severity}/${rule}`);
  tally.least(`rule/${severity}/${rule}`, one.point);
  if (isProblem(finding)) {
    const registers = enabledRanges(one.vcpus[0]!.vcpu);
    const text = `${one.layout}: ${severity} ${rule}: ${message}`;
    tally.finding({ point: String(one.point), registers, pages: String(pages), text });
  }
  if (spec.keep === 'all' || (spec.keep === 'findings' && isProblem(finding))) {
    const first = ranges[0] ? BigInt(ranges[0].start) << 12n : null;
    rows.add('findings', one, FINDING_COLUMNS, { rule, severity, message, remedy, first, pages });
  }
}

/** Checks. */
export function askCheck(context: AskContext): PointAsker {
  const { world, tally, rows, spec } = context;
  const manual = policy('sdm');
  return async (one) => {
    const open = (index: number) => world.evaluator.view(withoutHost(vcpuOf(one.vm, index)), manual);
    try {
      const findings = check(one.machine.checkInput(one.vm), world.evaluator, open, kvmOf(one));
      const view = open(0);
      try {
        verify(context, one, view);
        const name = className(one.vm.maxphyaddr, view.digest());
        tally.add('states');
        tally.add(`class/${name}`);
        tally.least(`class/${name}`, one.point);
        for (const finding of findings) note(context, one, finding);
        const problems = findings.filter(isProblem).length;
        if (problems > 0) tally.add('machines with findings');
        await tally.answer(
          `${one.point} ${name} ${findings.map(({ rule, pages }) => `${rule} ${hexText(pages)}`).join()}`,
        );
        if (spec.keep === 'none') return;
        const registers = enabledRanges(one.vcpus[0]!.vcpu);
        const { maxphyaddr } = one.vm;
        rows.add('classes', one, CLASS_COLUMNS, { class: name, maxphyaddr, registers, findings: problems });
      } finally {
        view.dispose();
      }
    } catch (error) {
      const { path, problem } = refusalOf(error);
      countRefusal(tally, one, path);
      await tally.answer(`${one.point} refused ${problem}`);
    }
  };
}
