/** The packed package, installed in a folder of its own and used there as its users do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** All that a user gets. */
const SHIPPED = [
  /^dist\/(src|assembly)\/.*\.(c?js|d\.ts)$/,
  /^dist\/src\/bin\/(third-party-licenses\.txt|eptsweep\.wasm)$/,
  /^dist\/sbom\.cdx\.json$/,
  /^dist-web\/eptsweep\.html$/,
  /^docs\/([a-z]+\/)?[\w.-]+\.md$/,
  /^man\/eptsweep\.1$/,
  /^examples\//,
  /^schema\/[a-z-]+(@\d)?\.schema\.json$/,
  /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|package\.json)$/,
];

/** Programs start with this Node, whichever comes first in PATH. */
const environment = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
};

let folder: string;
let installed: string;

function run(program: string, args: string[], cwd = folder) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', env: environment });
}

/** Runs a program that has to succeed. */
function output(program: string, args: string[], cwd = folder): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', env: environment, stdio: 'pipe' });
}

function runScript(name: string, lines: string[]): string {
  writeFileSync(join(folder, name), lines.join('\n'));
  return output(process.execPath, [name]).trim();
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-package-'));
  const packed = output('npm', ['pack', '--silent', '--pack-destination', folder], ROOT);
  const tarball = packed.trim().split('\n').at(-1)!;
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  );
  output('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`]);
  installed = join(folder, 'node_modules', 'eptsweep');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('holds the build, the licence and the texts, and nothing of the workshop', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'docs/oracle.md']));
    expect(files).toEqual(
      expect.arrayContaining(['dist/src/index.js', 'dist/src/index.d.ts', 'dist/assembly/layout.js']),
    );
    const others = files.filter((file) => !SHIPPED.some((pattern) => pattern.test(file)));
    expect(others).toEqual([]);
    expect(files.filter((file) => file.includes('binary-debug'))).toEqual([]);
    expect(statSync(join(installed, manifest.bin.eptsweep)).mode & 0o111).toBe(0o111);
  });

  it('brings the dependencies that it names, and no other', () => {
    const names = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    // hyparquet-writer brings the reader of the same format, for its constants.
    const optional = [...Object.keys(manifest.optionalDependencies), 'hyparquet'];
    const expected = [...Object.keys(manifest.dependencies), ...optional].map((name) => name.split('/')[0]);
    expect(names.sort()).toEqual([...new Set([...expected, 'eptsweep'])].sort());
  });

  it('writes Parquet', () => {
    output('npx', ['eptsweep', 'map', 'ovmf-q35', '-f', 'parquet', '-o', 'map.parquet']);
    const bytes = readFileSync(join(folder, 'map.parquet'), 'latin1');
    expect([bytes.slice(0, 4), bytes.slice(-4)]).toEqual(['PAR1', 'PAR1']);
  });

  it('answers npx eptsweep --version', () => {
    expect(output('npx', ['eptsweep', '--version']).trim()).toBe(manifest.version);
  });

  it('lists policies and presets, for people and for programs', () => {
    expect(output('npx', ['eptsweep', 'list'])).toContain('kvm-6.16');
    const listed = JSON.parse(output('npx', ['eptsweep', 'list', '-f', 'json']));
    expect(JSON.stringify(listed)).toContain('"name":"sdm"');
  });

  it('serves the oracle protocol', () => {
    const request = JSON.stringify({ id: 1, want: 'ept', policy: 'kvm-5.16', maxphyaddr: 36 });
    const { stdout, status } = spawnSync('npx', ['eptsweep', 'oracle'], {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
      input: `${request}\n`,
    });
    expect(JSON.parse(stdout)).toEqual({ id: 1, spans: [['0x0', '0x1000000', 6, 1]] });
    expect(status).toBe(0);
  });

  it('ends with code 2 and one line on a command that does not exist', () => {
    const { status, stdout, stderr } = run('npx', ['eptsweep', 'no-such-command']);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is imported from a plain ESM script', () => {
    const printed = runScript('library.mjs', [
      `import { createEvaluator, policy, vcpu } from 'eptsweep';`,
      `const guest = vcpu({`,
      `  maxphyaddr: 46,`,
      `  noncoherentDma: true,`,
      `  msrs: { 0x200: 6n, 0x201: 0x3fff00000800n, 0x202: 0xc0000000n, 0x203: 0x3fffc0000800n, 0x2ff: 0xc00n },`,
      `});`,
      `const evaluator = await createEvaluator({ engine: 'auto' });`,
      `const types = ['sdm', 'kvm-5.16'].map((name) => evaluator.view(guest, policy(name)).typeAt(0xc0000));`,
      `console.log(JSON.stringify(types));`,
    ]);
    expect(printed).toBe('[0,6]');
  });

  it('has the subpaths that its manifest names', () => {
    const named = Object.keys(manifest.exports).filter((name) => !name.includes('*'));
    const schemas = readdirSync(join(ROOT, 'schema')).map((file) => `./schema/${file}`);
    const subpaths = [...named, ...schemas].map((name) => `eptsweep${name.slice(1)}`);
    const printed = runScript('subpaths.mjs', [
      `import { createRequire } from 'node:module';`,
      `const require = createRequire(import.meta.url);`,
      `for (const name of ${JSON.stringify(subpaths)}) {`,
      `  const found = name.endsWith('.json') ? require(name) : await import(name);`,
      `  if (Object.keys(found).length === 0) console.log(name);`,
      `}`,
    ]);
    expect(printed).toBe('');
  });

  it('is typed for a user who checks the declarations of libraries too', () => {
    writeFileSync(
      join(folder, 'typed.ts'),
      [
        `import { createEvaluator, policy, vcpu } from 'eptsweep';`,
        `const evaluator = await createEvaluator({ engine: 'auto' });`,
        `const view = evaluator.view(vcpu({ maxphyaddr: 46 }), policy('sdm'));`,
        `export const type: number = view.typeAt(0);`,
        `// @ts-expect-error a frame number is a number`,
        `view.typeAt('0');`,
      ].join('\n'),
    );
    const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', target: 'es2022', types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { status, stdout } = run(process.execPath, [tsc, '-p', '.']);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
