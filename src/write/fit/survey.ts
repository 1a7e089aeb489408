/** Registers used against registers needed, a machine a line. */
import { typeName } from '../../types.ts';
import type { Column } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { type TextStyle, tableLines } from '../format/table.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { countOf, type FitReport } from './report.ts';

function numberColumn(name: string, title: string, of: (report: FitReport) => number): Column<FitReport> {
  return {
    name,
    title,
    align: 'right',
    text: (report) => countOf(of(report)),
    value: (report) => (Number.isFinite(of(report)) ? of(report) : null),
  };
}

const COLUMNS: readonly Column<FitReport>[] = [
  { name: 'config', title: 'config', text: ({ name }) => name, value: ({ name }) => name },
  numberColumn('maxphyaddr', 'bits', ({ fit }) => fit.plan.maxphyaddr),
  numberColumn('used', 'used', ({ used }) => used ?? Number.NaN),
  numberColumn('needed', 'needed', ({ fit }) => fit.needed),
  numberColumn('kvm', 'for KVM', ({ fit }) => fit.counts.kvm),
  numberColumn('noOverlap', 'no overlap', ({ fit }) => fit.counts.disjoint),
  {
    name: 'defaultType',
    title: 'default',
    text: ({ fit }) => typeName(fit.plan.defaultType),
    value: ({ fit }) => typeName(fit.plan.defaultType),
  },
  numberColumn('vcnt', 'has', ({ fit }) => fit.vcnt),
  {
    name: 'note',
    title: 'note',
    text: (report) => noteOf(report),
    value: (report) => noteOf(report),
  },
];

function noteOf({ fit, usedWithHoles }: FitReport): string {
  if (usedWithHoles > 0) return 'a mask with holes is in use';
  return fit.fits ? '' : 'does not fit';
}

/** Lines of a table, `needed` by the manual's rules. */
export function* surveyLines(reports: readonly FitReport[], style: TextStyle = {}): Generator<string> {
  for (const line of tableLines(COLUMNS, reports, style)) yield line.trimEnd();
}

/** Lines of one JSON object, `eptsweep/fit-survey@2`. */
export function surveyJsonLines(reports: readonly FitReport[]): Iterable<string> {
  const head = { schema: schemaName('fit-survey'), provenance: programJson() };
  return jsonLines({ head, list: 'configs', columns: COLUMNS, rows: reports });
}
