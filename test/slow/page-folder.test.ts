/** The page as a folder of a static host, as `npm run web` serves it; its sizes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.mjs';
import { HAS_BROWSER, launch, openTab, SINGLE, untilMapped, untilReady } from './page/browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = `${ROOT}dist-web/`;

beforeAll(() => buildPage({ log: () => {} }));

const gzipped = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(FOLDER + name), { level: 9 }).length, 0);

/** A program and what it imports at once. */
function chunksOf(entry: string): string[] {
  const found = new Set([entry]);
  for (const name of found) {
    const code = readFileSync(FOLDER + name, 'utf8');
    for (const [, imported] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) found.add(imported!);
  }
  return [...found];
}

it('is small: what the first screen loads, and the single file', () => {
  const index = readFileSync(`${FOLDER}index.html`, 'utf8');
  const app = chunksOf(/src="([^"]+)"/.exec(index)![1]!);
  const worker = chunksOf(/"worker":"([^"]+)"/.exec(index)![1]!);
  const sizes = {
    app: gzipped(app),
    first: gzipped([...app, ...worker, ...readdirSync(FOLDER).filter((name) => name.endsWith('.css'))]),
    single: statSync(SINGLE).size,
  };
  console.log(`bytes of the page: ${JSON.stringify(sizes)}`);
  expect(sizes.app).toBeLessThan(36 * 1024);
  expect(sizes.first).toBeLessThan(100_000);
  expect(sizes.single).toBeLessThan(300 * 1024);
});

describe.runIf(HAS_BROWSER)('served as a folder', () => {
  let browser: Browser;
  let server: ChildProcess;
  let address: string;
  beforeAll(async () => {
    browser = await launch();
    server = spawn(process.execPath, ['scripts/web.mjs', '--no-open'], { cwd: ROOT });
    for await (const line of createInterface({ input: server.stdout! })) {
      const found = /^http\S+/.exec(line)?.[0];
      if (found === undefined) continue;
      address = found;
      break;
    }
  });
  afterAll(async () => {
    server?.kill();
    await browser?.close();
  });

  it('asks its own host alone, and works without a network after the first visit', async () => {
    const tab = await openTab(browser, address);
    await untilReady(tab);
    await tab.page.evaluate(() => navigator.serviceWorker.ready);
    await tab.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    server.kill();
    await tab.page.context().setOffline(true);
    await tab.page.reload();
    await untilReady(tab);
    await tab.page.getByRole('button', { name: /^thinkpad-t400/ }).click();
    await untilMapped(tab);
    await tab.page.locator('#tab-replay').click();
    await tab.page.getByText(/^Event 1 of/).waitFor();
    expect(tab.requests.filter((url) => !url.startsWith(address))).toEqual([]);
    expect(tab.errors).toEqual([]);
  });
});
