/** Findings as JUnit XML: a test case a rule, which fails where it found anything that counts. */
import type { Finding } from '../check/index.ts';
import { addressRange, type CheckReport, causeText } from './check-report.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for XML 1.0: markup escaped, characters that it cannot hold replaced. */
function xml(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '\ufffd',
    )
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/[\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function detailOf({ ranges, rangeCount, causes, remedy }: Finding): string {
  const where = ranges.slice(0, 4).map(addressRange).join(', ');
  const more = rangeCount > 4 ? ` and ${rangeCount - 4} further` : '';
  return [
    ...(where === '' ? [] : [`where: ${where}${more}`]),
    ...causes.slice(0, 4).map((cause) => `cause: ${causeText(cause)}`),
    `do: ${remedy}`,
  ].join('; ');
}

function* caseLines(id: string, findings: readonly Finding[], suite: string): Generator<string> {
  const head = `    <testcase name="${xml(id)}" classname="${xml(`eptsweep.${suite}`)}"`;
  if (findings.length === 0) {
    yield `${head}/>`;
    return;
  }
  yield `${head}>`;
  // One failure a case is what readers expect: the worst, the others in its text.
  const counting = findings.filter(({ severity }) => severity !== 'INFO');
  const [first] = counting;
  if (first) {
    yield `      <failure type="${first.severity}" message="${xml(first.message)}">`;
    for (const finding of counting) {
      yield xml(`${finding.severity} ${finding.message}; ${detailOf(finding)}`);
    }
    yield '      </failure>';
  }
  const notes = findings.filter(({ severity }) => severity === 'INFO');
  if (notes.length > 0) {
    yield '      <system-out>';
    for (const finding of notes) yield xml(`${finding.message}; ${detailOf(finding)}`);
    yield '      </system-out>';
  }
  yield '    </testcase>';
}

/** Lines of a JUnit report with one suite. */
export function* junitLines(report: CheckReport): Generator<string, void, undefined> {
  const byRule = (id: string) => report.findings.filter(({ rule }) => rule === id);
  const failed = report.rules.filter(({ id }) => byRule(id).some(({ severity }) => severity !== 'INFO'));
  const counts = `tests="${report.rules.length}" failures="${failed.length}" errors="0" skipped="0"`;
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield `<testsuites ${counts}>`;
  yield `  <testsuite name="${xml(report.name)}" ${counts}>`;
  for (const { id } of report.rules) yield* caseLines(id, byRule(id), report.name);
  yield '  </testsuite>';
  yield '</testsuites>';
}
