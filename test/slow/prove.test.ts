import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VARIABLE_COUNT_MAX } from '../../assembly/layout.ts';
import { refutation } from '../../scripts/prove/claim.ts';
import { readModule } from '../../scripts/prove/module.ts';
import { RULES } from '../../scripts/prove/rules.ts';
import { subjectOf } from '../../scripts/prove/run.ts';
import { solve, solverVersion } from '../../scripts/prove/solver.ts';
import { STATEMENTS } from '../../scripts/prove/statements/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const hasSolver = solverVersion() !== undefined;
if (!hasSolver) console.warn('the proofs are not tried: no z3 here');

function prove(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/prove/main.ts', ...args],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

/** Statements whose claims take the solver seconds together; `npm run prove` has them all. */
const QUICK = [
  'manual',
  'contiguous',
  'convex',
  'placing',
  'sorting',
  'overlaps',
  'level',
  'mt-mask',
  'leaf',
  'effective',
];
/** Those that hold for any number of ranges. */
const INDUCTIVE = ['placing', 'sorting', 'overlaps', 'kvm-fold', 'level'];

describe.runIf(hasSolver)('proofs', () => {
  it.each(['release', 'debug'])('of the %s build hold, and planted errors are refuted', (build) => {
    const { status, stdout, stderr } = prove(...QUICK, '--build', build);
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/REFUTED|MISSED|^open/m);
    for (const id of QUICK) {
      expect(stdout).toMatch(new RegExp(`^proved .* ${id} `, 'm'));
      expect(stdout).toMatch(new RegExp(`^refuted +${id} +planted: `, 'm'));
    }
    expect(status).toBe(0);
  });

  it('by induction are refuted by a planted error, each', async () => {
    const subject = subjectOf(await readModule('release'));
    for (const { id, claims, planted } of STATEMENTS.filter(({ id: one }) => INDUCTIVE.includes(one))) {
      const wrong = [...claims(subject, { ...RULES, ...planted.rules })].filter(({ about }) =>
        about.includes(`up to ${VARIABLE_COUNT_MAX} `),
      );
      expect(wrong.length, id).toBeGreaterThan(0);
      for (const claim of wrong) {
        expect((await solve([refutation(claim)], 100)).kind, `${id}: ${claim.about}`).toBe('model');
      }
    }
  });

  it('refute a planted error by a machine that the program answers otherwise', () => {
    const { stdout } = prove('manual', '--build', 'release', '--planted');
    const config = stdout.slice(stdout.indexOf('  # eptsweep explain')).replaceAll(/^ {2}/gm, '');
    const address = /FILE (0x[0-9a-f]+)/.exec(config)![1]!;
    const folder = mkdtempSync(join(tmpdir(), 'prove-'));
    try {
      const file = join(folder, 'refuted.yaml');
      writeFileSync(file, config);
      const program = join(ROOT, 'dist/src/bin/eptsweep.cjs');
      const explained = spawnSync(process.execPath, [program, 'explain', file, address], {
        encoding: 'utf8',
      });
      expect(explained.status).toBe(0);
      // A page that is not the range's base, and that the range holds all the same.
      expect(explained.stdout).toMatch(/#0 .*MSR 0x200\/0x201/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('name the statements that there are', () => {
    const { status, stderr } = prove('nothing');
    expect(status).not.toBe(0);
    for (const { id } of STATEMENTS) expect(stderr).toContain(id);
  });
});

it('say what is missing where there is no solver', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/prove/main.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, EPTSWEEP_Z3: join(tmpdir(), 'no-such-solver') },
  });
  expect(status).toBe(3);
  expect(stderr).toBe('no solver: install z3 (Debian: apt-get install z3), or name one in EPTSWEEP_Z3\n');
});
