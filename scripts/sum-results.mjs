#!/usr/bin/env node
/**
 * Sums vitest's JSON reports: how many tests were skipped, by name, then the closing line `N passed, N failed`.
 * Fails unless all passed.
 *
 *   node scripts/sum-results.mjs FAILED_STEPS REPORT...
 *
 * FAILED_STEPS counts commands that failed, the suites among them. A suite whose failure shows in its report
 * is counted by its tests alone; one that failed otherwise (no report, a file that could not be loaded, an
 * unhandled error) counts as a step.
 */
import { readFileSync } from 'node:fs';

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const [steps, ...paths] = process.argv.slice(2);
let passed = 0;
let failed = Number(steps);
/** @type {string[]} */
const skipped = [];
for (const path of paths) {
  const report = readReport(path);
  if (!report) continue;
  passed += report.numPassedTests;
  for (const { assertionResults = [] } of report.testResults ?? []) {
    for (const { status, fullName } of assertionResults) {
      if (status !== 'passed' && status !== 'failed') skipped.push(fullName);
    }
  }
  // The suite's own failed step is one of FAILED_STEPS: its failed tests take its place.
  if (report.numFailedTests > 0) failed += report.numFailedTests - 1;
}
console.log(`${skipped.length} skipped${skipped.map((name) => `\n  ${name}`).join('')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
