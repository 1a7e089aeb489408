/**
 * The library in a browser, without a bundler: the built modules behind an import map. What a page does with a pasted
 * dump is held against the program.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../read/fixture.ts';
import { type PageAnswers, pageAnswers } from './page/rooms.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
if (!BROWSER) console.warn('no chromium: the library is not tried in a browser');

const { exports: OFFERED } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};
/** Subpaths for a page: all but the reader of files. */
const SUBPATHS = Object.entries(OFFERED).flatMap(([name, target]) =>
  typeof target === 'string' || name === './read-file' ? [] : [[name, target.default.slice(1)] as const],
);
const IMPORTS = {
  ...Object.fromEntries(SUBPATHS.map(([name, path]) => [name.replace('.', 'eptsweep'), path])),
  '@assemblyscript/loader': '/node_modules/@assemblyscript/loader/index.js',
  yaml: '/node_modules/yaml/browser/index.js',
  'zod/mini': '/node_modules/zod/mini/index.js',
};
const pageOf = (script: string): string => `<!doctype html>
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<body>nothing yet</body>
<script type="module">
  const answer = async () => { ${script} };
  document.body.textContent = await answer().then(JSON.stringify, (error) => String(error.stack ?? error));
</script>
`;

const DUMP = 'dmesg.txt';
const ADDRESS = 0x1000;
/** Every subpath by itself, then all of them at work. */
const ROOMS_PAGE = pageOf(`
  const counts = {};
  for (const name of ${JSON.stringify(Object.keys(IMPORTS).filter((name) => name.startsWith('eptsweep')))}) {
    counts[name] = Object.keys(await import(name)).length;
  }
  const { pageAnswers } = await import('/rooms.js');
  const text = await (await fetch('/dump')).text();
  return { counts, answers: await pageAnswers(text, '${DUMP}', ${ADDRESS}) };
`);

/** test/slow/page/rooms.ts as a page imports it: by the names of the package. */
function roomsScript(): string {
  const source = readFileSync(join(ROOT, 'test/slow/page/rooms.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return outputText
    .replaceAll(/'(?:\.\.\/)+src\/index\.ts'/g, "'eptsweep'")
    .replaceAll(/'(?:\.\.\/)+src\/open\/sweep\/index\.ts'/g, "'eptsweep/sweep'")
    .replaceAll(/'(?:\.\.\/)+src\/([a-z-]+)\/index\.ts'/g, "'eptsweep/$1'");
}

const PAGE = `<!doctype html>
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<body>nothing yet</body>
<script type="module">
  try {
    const { createEvaluator, policy, vcpu } = await import('eptsweep');
    const guest = vcpu({
      maxphyaddr: 46,
      noncoherentDma: true,
      msrs: { 0x200: 6n, 0x201: 0x3fff00000800n, 0x202: 0xc0000000n, 0x203: 0x3fffc0000800n, 0x2ff: 0xc00n },
    });
    const answers = [];
    for (const engine of ['reference', 'direct', 'auto']) {
      const evaluator = await createEvaluator({ engine });
      for (const name of ['sdm', 'kvm-5.16']) {
        const view = evaluator.view(guest, policy(name));
        answers.push([engine, name, view.typeAt(0xc0000), view.totals().map(({ type, pages }) => [type, String(pages)])]);
      }
      evaluator.dispose();
    }
    document.body.textContent = JSON.stringify(answers);
  } catch (error) {
    document.body.textContent = String(error.stack ?? error);
  }
</script>
`;

let server: Server;

const UNESCAPED: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&nbsp;': '\u00a0',
};

/** What a page shows in the end. */
async function bodyOf(path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--virtual-time-budget=20000',
    '--dump-dom',
  ];
  const { stdout } = await promisify(execFile)(BROWSER!, [...options, `http://127.0.0.1:${port}${path}`], {
    maxBuffer: 1 << 28,
  });
  const body = /<body>(.*?)<\/body>/s.exec(stdout)?.[1]?.trim().split('\n')[0] ?? stdout;
  return body.replaceAll(/&(?:lt|gt|amp|nbsp);/g, (entity) => UNESCAPED[entity]!);
}

/** What the program prints of the dump, which lies in the folder that it runs in. */
function program(...args: string[]) {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist/src/bin/eptsweep.cjs'), ...args], {
    cwd: fixturePath('.'),
    encoding: 'utf8',
  });
  return { stdout, stderr };
}

/** Of the first 100 layouts of seed 1: see docs/sweep.md. */
const DIFFERING = 24;

function expectAnswers(answers: PageAnswers, several: unknown): void {
  const map = program('map', DUMP, '-f', 'json');
  expect(answers.map).toBe(map.stdout);
  // The program says the same behind its name.
  expect(answers.said.replaceAll(/^(?=.)/gm, 'eptsweep map: ')).toBe(map.stderr);
  expect(answers.check).toBe(program('check', DUMP, '-f', 'json').stdout);
  expect(answers.explain).toBe(program('explain', DUMP, `0x${ADDRESS.toString(16)}`).stdout);
  expect(answers.others).toEqual([0, true, true, 1, true, expect.any(Number), 'function', 8, DIFFERING]);
  expect(answers.gzip).toEqual([
    expect.stringMatching(/^[1-9]\d*$/),
    'it: the gzip data end too early: the file is cut off, fetch it again',
    'it: the gzip data are damaged: fetch the file again',
    several,
  ]);
}

it('a pasted dump is answered in Node as the program answers it', async () => {
  expectAnswers(
    await pageAnswers(readFileSync(fixturePath(DUMP), 'utf8'), DUMP, ADDRESS),
    expect.stringMatching(/^\d+$/),
  );
});

describe.runIf(BROWSER)('in a browser', () => {
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = normalize(new URL(request.url!, 'http://localhost').pathname);
      const made: Record<string, readonly [type: string, text: () => string | Buffer]> = {
        '/': ['text/html', () => PAGE],
        '/rooms': ['text/html', () => ROOMS_PAGE],
        '/rooms.js': ['text/javascript', roomsScript],
        '/dump': ['text/plain', () => readFileSync(fixturePath(DUMP))],
      };
      const [type, text] = made[path] ?? [];
      if (type !== undefined && text !== undefined) {
        response.setHeader('content-type', type).end(text());
        return;
      }
      const file = join(ROOT, path);
      if (extname(file) !== '.js' || !existsSync(file)) response.writeHead(404).end();
      else createReadStream(file).pipe(response.setHeader('content-type', 'text/javascript'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server?.close());

  it('each subpath loads, and a pasted dump is answered as the program answers it', async () => {
    const { counts, answers } = JSON.parse(await bodyOf('/rooms')) as {
      counts: Record<string, number>;
      answers: PageAnswers;
    };
    expect(Object.keys(counts)).toHaveLength(SUBPATHS.length);
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
    expectAnswers(answers, 'it: more data stand behind the gzip data: unpack it first (gzip -dc)');
  });

  it('all engines answer what they answer in Node', async () => {
    const body = await bodyOf('/');
    const manual = [
      0,
      [
        [0, '17179083008'],
        [6, '786176'],
      ],
    ];
    const kvm = [
      6,
      [
        [0, '17178820864'],
        [6, '1048320'],
      ],
    ];
    expect(JSON.parse(body)).toEqual(
      ['reference', 'direct', 'auto'].flatMap((engine) => [
        [engine, 'sdm', ...manual],
        [engine, 'kvm-5.16', ...kvm],
      ]),
    );
  });
});
