import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { junitReportLines } from '../../../src/write/format/junit.ts';
import { parseXml } from '../xml.ts';
import { schemaComplaints } from '../xsd.ts';

const XSD = readFileSync(new URL('../fixtures/junit.xsd', import.meta.url), 'utf8');

function report(...suites: Parameters<typeof junitReportLines>[1]): string {
  return [...junitReportLines('all', suites)].join('\n');
}

const failure = { kind: 'failure', type: 'FAIL', message: 'm', lines: ['a', 'b'] } as const;
const error = { kind: 'error', type: 'input', message: 'm', lines: [] } as const;
const skipped = { kind: 'skipped', type: 'SKIP', message: 'm', lines: [] } as const;

describe('JUnit', () => {
  it.each([
    ['nothing', report()],
    ['an empty suite', report({ name: 's', cases: [] })],
    ['a pass', report({ name: 's', cases: [{ name: 'c', out: [] }] })],
    [
      'each problem',
      report({
        name: 's',
        cases: [failure, error, skipped].map((problem) => ({ name: 'c', problem, out: ['o'] })),
      }),
    ],
    [
      'nasty text',
      report({
        name: '<&"\'\n\t\u0001\ud800>',
        cases: [
          { name: '\ufffe&amp;', problem: { ...failure, message: '"<"', lines: ['<&>'] }, out: [']]>'] },
        ],
      }),
    ],
  ])('%s fits the schema', (_, text) => {
    expect(schemaComplaints(XSD, text)).toEqual([]);
  });

  it('counts, and keeps text as it is', () => {
    const cases = [failure, error, skipped, undefined].map((problem) => ({
      name: 'a<b',
      ...(problem && { problem }),
      out: [],
    }));
    const root = parseXml(
      report(
        { name: 'one', cases },
        { name: 'two', cases: [{ name: 'c', problem: failure, out: ['x & y'] }] },
      ),
    );
    expect(root.attributes).toMatchObject({ tests: '5', failures: '2', errors: '1' });
    const [one, two] = root.children;
    expect(one!.attributes).toMatchObject({
      tests: '4',
      failures: '1',
      errors: '1',
      skipped: '1',
    });
    expect(one!.children[0]!.attributes.name).toBe('a<b');
    expect(two!.children[0]!.children.map(({ name, text }) => [name, text.trim()])).toEqual([
      ['failure', 'a\nb'],
      ['system-out', 'x & y'],
    ]);
  });
});

describe('the schema', () => {
  const head = (more: string) => `<testsuites tests="0" failures="0" errors="0" time="0"${more}`;
  const suite = (inner: string) =>
    `${head('')}><testsuite name="s" tests="1" failures="0" errors="0" skipped="0" time="0">${inner}</testsuite></testsuites>`;
  it.each([
    ['an unknown attribute', head(' skipped="0"/>')],
    ['a number that is none', head('/>').replace('tests="0"', 'tests="-1"')],
    ['a missing attribute', '<testsuites tests="0" failures="0" errors="0"/>'],
    ['an unknown element', suite('<case/>')],
    ['text where none belongs', suite('hello')],
    [
      'two outcomes of a case',
      suite('<testcase name="c" classname="k" time="0"><failure type="t" message="m"/><skipped/></testcase>'),
    ],
    [
      'output in front of the outcome',
      suite('<testcase name="c" classname="k" time="0"><system-out/><skipped/></testcase>'),
    ],
    [
      'a failure without a message',
      suite('<testcase name="c" classname="k" time="0"><failure type="t"/></testcase>'),
    ],
  ])('refuses %s', (_, text) => {
    expect(schemaComplaints(XSD, text)).not.toEqual([]);
  });

  it.each([
    '<a>',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<a>&nbsp;</a>',
    '<a b="<"/>',
    '<a/><b/>',
    '<a>& </a>',
    '<a>\u0001</a>',
  ])('refuses %j, which is no XML', (text) => {
    expect(() => parseXml(text)).toThrow();
  });
});
