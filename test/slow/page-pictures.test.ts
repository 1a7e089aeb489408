/**
 * The page in Debian's chromium, ten machines at the widths of a wide and a narrow screen and of two phones, light and
 * dark: nothing stands beyond the right edge, whatever panel is open. The pictures lie in build/page-pictures, to be
 * looked at; EPTSWEEP_ACCEPT=1 takes the one of the docs anew.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, startBrowser } from '../../bench/browser.ts';
import { fixturePath } from '../read/fixture.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = pathToFileURL(join(ROOT, 'dist-web/eptsweep.html')).href;
const PICTURES = join(ROOT, 'build/page-pictures');
const BROWSER = browserPath();
if (!BROWSER) console.warn('no chromium: the page is not looked at');

const WIDTHS = [1600, 1024, 400, 320];
const SCHEMES = ['light', 'dark'] as const;
const MACHINES = [
  'dmesg-mtrr-debug.txt',
  'dmesg-amd-tom2.txt',
  'proc-mtrr.txt',
  'rdmsr.txt',
  'coreboot.txt',
  'edk2.txt',
  'windbg.txt',
  'kvm-msrs-vcpus.json.txt',
  'migration.json.txt',
  'xen.txt',
];

/** Pastes a text, and waits for its map. */
async function paste(page: Page, text: string): Promise<void> {
  await page.locator('details').first().waitFor();
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, text);
  await page.locator('.map-picture canvas').waitFor();
}

/** Waits for what was to be drawn, and gives the pixels that stand beyond the right edge. */
function beyondEdge(page: Page): Promise<number> {
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

describe.skipIf(!BROWSER)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    const built = spawnSync(process.execPath, ['scripts/build-page.mjs'], { cwd: ROOT, encoding: 'utf8' });
    expect(built.status, built.stderr).toBe(0);
    mkdirSync(PICTURES, { recursive: true });
    browser = await startBrowser(BROWSER!);
  });
  afterAll(() => browser?.close());

  it.each(MACHINES)('holds %s at every width, in both schemes and in every panel', async (name) => {
    // Without motion: a picture shows no button on its way from one scheme to the other.
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 }, reducedMotion: 'reduce' });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(FILE);
    await paste(page, readFileSync(fixturePath(name), 'utf8'));
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 1000 });
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        expect(await beyondEdge(page), `${width} pixels`).toBe(0);
        await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
      }
    }
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      expect(await beyondEdge(page), (await tab.textContent()) ?? '').toBe(0);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is shown in the docs as it is', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1040 }, colorScheme: 'light' });
    await page.goto(FILE);
    await page.locator('details').first().waitFor();
    await page.getByRole('button', { name: 'ovmf-gpu' }).click();
    await page.locator('.map-picture canvas').waitFor();
    await page.getByRole('textbox', { name: 'Address' }).fill('0xa0000');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'EPT walk' }).click();
    await page.locator('[role=tabpanel] canvas').waitFor();
    await beyondEdge(page);
    const path =
      process.env.EPTSWEEP_ACCEPT === '1' ? join(ROOT, 'docs/page.png') : join(PICTURES, 'page.png');
    await page.screenshot({ path });
    // Fonts and browsers differ by pixels: what is held against the committed one is its size.
    const size = (file: string) => readFileSync(file).subarray(16, 24).toString('hex');
    expect(size(path)).toBe(size(join(ROOT, 'docs/page.png')));
    await page.close();
  });
});
