/** Verdicts as JSON, `eptsweep/assert@2`. */
import { type Breach, type Judged, VERDICTS } from '../../assert/index.ts';
import { causeJson } from '../check/json.ts';
import { documentLines } from '../format/json.ts';
import { headJson, programJson, schemaName } from '../json/basis.ts';
import { exactJson, policyJson, rangeJson } from '../json/vocabulary.ts';
import { type AssertedMachine, type AssertReport, countOf } from './report.ts';

function breachJson({ start, end, found, reason, causes }: Breach) {
  return {
    ...rangeJson({ start, end }),
    ...(found !== '' && { found }),
    ...(reason !== '' && { reason }),
    causes: causes.map(causeJson),
  };
}

function judgedJson(judged: Judged) {
  const {
    assertion,
    verdict,
    message,
    notes,
    pages,
    wrongPages,
    breaches,
    isCutShort,
    causes,
    remedy,
    vcpus,
  } = judged;
  const { key, title, requirement, at, why } = assertion;
  return {
    rule: key,
    kind: requirement.kind,
    ...('policy' in requirement && requirement.policy && { policy: policyJson(requirement.policy) }),
    title,
    verdict,
    message,
    ...(notes.length > 0 && { notes }),
    ...(why !== undefined && { why }),
    pages: exactJson(pages),
    wrongPages: exactJson(wrongPages),
    breaches: breaches.map(breachJson),
    ...(isCutShort && { truncated: true }),
    ...(causes.length > 0 && { causes: causes.map(causeJson) }),
    ...(remedy !== '' && { remedy }),
    ...(vcpus.length > 0 && { vcpus }),
    line: at.line,
    column: at.column,
  };
}

function machineJson(machine: AssertedMachine) {
  if ('error' in machine) return { config: machine.name, file: machine.file, error: machine.error };
  const { schema: _, ...head } = headJson('assert', machine.basis);
  return { ...head, file: machine.file, results: machine.judged.map(judgedJson) };
}

/** Lines of one JSON object. */
export function assertJsonLines({
  assertions,
  assertionsFile,
  rules,
  machines,
}: AssertReport): Iterable<string> {
  const all = machines.flatMap((machine) => ('judged' in machine ? machine.judged : []));
  const document = {
    schema: schemaName('assert'),
    provenance: programJson(),
    assertions,
    assertionsFile,
    rules,
    counts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, countOf(all, verdict)])),
    unread: machines.filter((machine) => 'error' in machine).length,
    inputs: machines.map(machineJson),
  };
  return documentLines(document);
}
