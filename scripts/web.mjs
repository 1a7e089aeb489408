#!/usr/bin/env node
/**
 * Builds the page, serves dist-web/ to this machine alone and opens it.
 *
 *   node scripts/web.mjs [--port N] [--no-open]     port: a free one unless given
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage } from './build-page.mjs';
import { fail, ROOT } from './shared.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.txt': 'text/plain; charset=utf-8',
};
/** @type {Record<string, string[]>} */
const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const file = join(ROOT, 'dist-web', normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
  const type = TYPES[extname(file)];
  if (type === undefined || !existsSync(file)) response.writeHead(404).end();
  else response.setHeader('content-type', type).end(readFileSync(file));
});

/** @param {string} address */
function open(address) {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  // Where there is none, the line that was printed is what there is.
  spawn(program, [...args, address], { detached: true, stdio: 'ignore' })
    .on('error', () => {})
    .unref();
}

try {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, 'no-open': { type: 'boolean', default: false } },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error(`--port ${values.port}: give 0..65535`);
  await buildPage();
  server.on('error', fail);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') return;
    const page = `http://127.0.0.1:${address.port}/`;
    console.log(`${page}  (Ctrl-C ends it)`);
    if (!values['no-open']) open(page);
  });
} catch (error) {
  fail(error);
}
