/** The library in a browser, without a bundler: the built modules behind an import map. */
import { execFile, spawnSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
if (!BROWSER) console.warn('no chromium: the library is not tried in a browser');

const IMPORTS = {
  eptsweep: '/dist/src/index.js',
  '@assemblyscript/loader': '/node_modules/@assemblyscript/loader/index.js',
};
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

describe.runIf(BROWSER)('in a browser', () => {
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = normalize(new URL(request.url!, 'http://localhost').pathname);
      if (path === '/') {
        response.setHeader('content-type', 'text/html').end(PAGE);
        return;
      }
      const file = join(ROOT, path);
      if (extname(file) !== '.js' || !existsSync(file)) response.writeHead(404).end();
      else createReadStream(file).pipe(response.setHeader('content-type', 'text/javascript'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server?.close());

  it('all engines answer what they answer in Node', async () => {
    const { port } = server.address() as AddressInfo;
    const options = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--virtual-time-budget=10000',
      '--dump-dom',
    ];
    const { stdout } = await promisify(execFile)(BROWSER!, [...options, `http://127.0.0.1:${port}/`]);
    const body = /<body>(.*?)<\/body>/s.exec(stdout)?.[1]?.trim().split('\n')[0] ?? stdout;
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
