/**
 * JUnit XML, the part that Jenkins', Surefire's and Ant's readers have in common. Times are 0: a judgement takes no
 * time worth telling, and reports stay equal from run to run.
 */
import { xmlAttribute } from './xml.ts';

/** Why a case did not pass. */
export interface JunitProblem {
  readonly kind: 'failure' | 'error' | 'skipped';
  /** Class of it: a severity, a verdict. */
  readonly type: string;
  readonly message: string;
  /** Lines inside the element. */
  readonly lines: readonly string[];
}

/** A test case. */
export interface JunitCase {
  readonly name: string;
  readonly problem?: JunitProblem;
  /** Lines for readers who look. */
  readonly out: readonly string[];
}

/** Cases of one input. */
export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

function* caseLines({ name, problem, out }: JunitCase, suite: string): Generator<string> {
  const head = `    <testcase name="${xmlAttribute(name)}" classname="${xmlAttribute(`eptsweep.${suite}`)}" time="0"`;
  if (!problem && out.length === 0) {
    yield `${head}/>`;
    return;
  }
  yield `${head}>`;
  if (problem) {
    const { kind, type, message, lines } = problem;
    // Older readers know no type of what was skipped.
    const attributes = kind === 'skipped' ? '' : ` type="${xmlAttribute(type)}"`;
    const open = `      <${kind}${attributes} message="${xmlAttribute(message)}"`;
    if (lines.length === 0) yield `${open}/>`;
    else {
      yield `${open}>`;
      for (const line of lines) yield xmlAttribute(line);
      yield `      </${kind}>`;
    }
  }
  if (out.length > 0) {
    yield '      <system-out>';
    for (const line of out) yield xmlAttribute(line);
    yield '      </system-out>';
  }
  yield '    </testcase>';
}

function countsOf(cases: readonly JunitCase[]) {
  const count = (kind: JunitProblem['kind']) => cases.filter(({ problem }) => problem?.kind === kind).length;
  return {
    head: `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`,
    skipped: `skipped="${count('skipped')}"`,
  };
}

/** Lines of a report. */
export function* junitReportLines(
  name: string,
  suites: readonly JunitSuite[],
): Generator<string, void, undefined> {
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  const all = countsOf(suites.flatMap(({ cases }) => cases));
  yield `<testsuites ${all.head} time="0" name="${xmlAttribute(name)}">`;
  for (const suite of suites) {
    const { head, skipped } = countsOf(suite.cases);
    yield `  <testsuite name="${xmlAttribute(suite.name)}" ${head} ${skipped} time="0">`;
    for (const one of suite.cases) yield* caseLines(one, suite.name);
    yield '  </testsuite>';
  }
  yield '</testsuites>';
}
