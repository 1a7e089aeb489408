/** The page as people use it: from a disk, without a network, by keys alone, by link; what it shows is accessible. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.mjs';
import { fixturePath } from '../read/fixture.ts';
import {
  HAS_BROWSER,
  launch,
  openTab,
  paste,
  pasteFile,
  SINGLE,
  type Tab,
  untilMapped,
  untilReady,
} from './page/browser.ts';

const DMESG = fixturePath('dmesg.txt');
const TABS = ['why', 'walk', 'findings', 'spans', 'diff', 'share', 'replay', 'read', 'capture'] as const;

/** For what a busy machine takes its time to. */
const PATIENT = { timeout: 20_000 };

/** What axe-core complains of, a line each. */
async function complaints({ page }: Tab): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const titleOfPanel = (tab: Tab) => tab.page.locator('[role=tab][aria-selected=true]').textContent();

/** Takes the focus out of a field, where letters are text. */
const leaveFields = ({ page }: Tab) => page.locator('.map-picture').focus();

/** Waits until a panel has its answer. */
async function choosePanel({ page }: Tab, name: (typeof TABS)[number]): Promise<void> {
  await page.locator(`#tab-${name}`).click();
  await page
    .locator('#panel')
    .getByText(/^(Computing|Checking|Listing|Comparing|Replaying)/)
    .waitFor({ state: 'detached' });
}

describe.runIf(HAS_BROWSER)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    await buildPage({ log: () => {} });
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('takes a text that is pasted as soon as anything is shown, before the engine is there', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(
      (text) => {
        new MutationObserver((_, observer) => {
          if (!document.querySelector('.first')) return;
          observer.disconnect();
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
        }).observe(document, { childList: true, subtree: true });
      },
      readFileSync(DMESG, 'utf8'),
    );
    await page.goto(pathToFileURL(SINGLE).href);
    await untilMapped({ page, requests: [], errors: [] });
    await context.close();
  });

  it('asks no network for anything in a whole session, and its policy refuses what would', async () => {
    const tab = await openTab(browser);
    await untilReady(tab);
    await pasteFile(tab, DMESG);
    await tab.page.locator('#address').fill('0xbf000000');
    await tab.page.keyboard.press('Enter');
    for (const name of TABS) await choosePanel(tab, name);
    await tab.page.getByRole('button', { name: 'Link' }).click();
    await tab.page.getByRole('textbox', { name: 'Link' }).waitFor();
    expect(tab.requests).toEqual([]);
    expect(tab.errors).toEqual([]);
    const refused = await tab.page.evaluate(async () => {
      const failed = (work: () => Promise<unknown>) =>
        work().then(
          () => 'sent',
          () => 'refused',
        );
      const image = () =>
        new Promise((resolve, reject) => {
          const one = new Image();
          one.onload = resolve;
          one.onerror = reject;
          one.src = 'http://127.0.0.1:9/x.png';
        });
      return [await failed(() => fetch('http://127.0.0.1:9/')), await failed(image)];
    });
    expect(refused).toEqual(['refused', 'refused']);
    expect(tab.errors.every((error) => /Content Security Policy|ERR_BLOCKED/.test(error))).toBe(true);
  });

  it('restores a view from its link, without names and text of the log', async () => {
    const tab = await openTab(browser);
    await untilReady(tab);
    await pasteFile(tab, DMESG);
    await tab.page.locator('#address').fill('0xbf000000');
    await tab.page.keyboard.press('Enter');
    await tab.page.getByText('GPA 0xbf000000').waitFor();
    await leaveFields(tab);
    await tab.page.keyboard.press('w');
    await tab.page.keyboard.press('2');
    await choosePanel(tab, 'walk');
    const sees = async ({ page }: Tab) => ({
      lanes: await page.locator('.lanes .lane button:first-child').allTextContents(),
      chosen: await page.locator('.lane.chosen').textContent(),
      panel: await page.locator('[role=tab][aria-selected=true]').textContent(),
      walk: await page.locator('#panel .sr-only').textContent(),
      picture: await page
        .locator('.map-picture canvas')
        .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
    });
    await tab.page.getByRole('button', { name: 'Link' }).click();
    const link = tab.page.getByRole('textbox', { name: 'Link' });
    await expect.poll(() => link.inputValue()).toContain('#v1=');
    const address = await link.inputValue();
    expect(address.length - address.indexOf('#')).toBeLessThan(600);
    await tab.page.getByRole('button', { name: 'Close' }).click();
    const before = await sees(tab);

    const other = await openTab(browser, address);
    await untilMapped(other);
    await other.page.locator('#panel .sr-only').waitFor({ state: 'attached' });
    const after = await sees(other);
    // Rows of e820 and names are of the log, and the picture has them.
    expect({ ...after, picture: '' }).toEqual({ ...before, picture: '' });
    expect(other.errors).toEqual([]);
  });

  it('is used by keys alone', async () => {
    const tab = await openTab(browser);
    const { page } = tab;
    await untilReady(tab);
    const tabTo = async (name: RegExp) => {
      for (let k = 0; k < 60; k++) {
        await page.keyboard.press('Tab');
        const text = await page.evaluate(() => document.activeElement?.textContent ?? '');
        if (name.test(text)) return;
      }
      throw new Error(`no control ${name} is reached`);
    };
    await tabTo(/^thinkpad-t400/);
    await page.keyboard.press('Enter');
    await untilMapped(tab);
    await page.keyboard.press('/');
    await page.keyboard.type('0xa0000');
    await page.keyboard.press('Enter');
    await page.getByText('GPA 0xa0000').waitFor();
    // Past the button behind the field, to the map.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press(']');
    await page.getByText('GPA 0xc0000').waitFor();
    await page.keyboard.press('[');
    await page.getByText('GPA 0xa0000').waitFor();
    await page.keyboard.press('2');
    await expect.poll(() => page.locator('.lane.chosen').textContent()).toContain('2 kvm-');
    await page.keyboard.press('w');
    await expect.poll(() => page.getByRole('button', { name: 'Whole space' }).isEnabled()).toBe(true);
    await page.keyboard.press('0');
    await expect.poll(() => page.getByRole('button', { name: 'Whole space' }).isEnabled()).toBe(false);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('#tab-why').focus();
    await page.keyboard.press('ArrowRight');
    expect(await titleOfPanel(tab)).toBe('EPT walk');
    await page.keyboard.press('ArrowLeft');
    expect(await titleOfPanel(tab)).toBe('Why');
    expect(tab.errors).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has no findings of axe-core in any panel, %s', async (colorScheme) => {
    const tab = await openTab(browser, undefined, { colorScheme, reducedMotion: 'reduce' });
    await untilReady(tab);
    expect(await complaints(tab)).toEqual([]);
    await pasteFile(tab, DMESG);
    const tools = await tab.page.locator('.head-tools button').all();
    const tops = await Promise.all(tools.map(async (tool) => (await tool.boundingBox())!.y));
    expect(tops).toHaveLength(5);
    expect(new Set(tops.map(Math.round)).size).toBe(1);
    await tab.page.locator('#address').fill('0xbf000000');
    await tab.page.keyboard.press('Enter');
    for (const name of TABS) {
      await choosePanel(tab, name);
      expect({ name, found: await complaints(tab) }).toEqual({ name, found: [] });
    }
    await tab.page.getByRole('button', { name: 'Help and keys' }).click();
    expect(await complaints(tab)).toEqual([]);
  });

  it.each([1600, 1024, 400, 320])('needs no scrolling sideways at %d pixels', async (width) => {
    const tab = await openTab(browser, undefined, { viewport: { width, height: 800 } });
    await untilReady(tab);
    const overflow = () =>
      tab.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await paste(tab, 'nothing that anybody knows\n');
    await tab.page.getByLabel('Read it as').waitFor();
    expect({ name: 'refused', overflow: await overflow() }).toEqual({ name: 'refused', overflow: 0 });
    await pasteFile(tab, DMESG);
    await tab.page.locator('#address').fill('0xbf000000');
    await tab.page.keyboard.press('Enter');
    for (const name of TABS) {
      await choosePanel(tab, name);
      expect({ name, overflow: await overflow() }).toEqual({ name, overflow: 0 });
    }
  });

  it("replays under two designs with one slider, all in a table, and a scenario of one's own", async () => {
    const tab = await openTab(browser);
    const { page } = tab;
    await untilReady(tab);
    await page.getByRole('button', { name: /^ovmf-gpu/ }).click();
    await untilMapped(tab);
    await choosePanel(tab, 'replay');
    const panel = page.locator('#panel');
    await panel.getByLabel('beside').selectOption('role');
    await panel.getByRole('heading', { name: 'role' }).waitFor();
    expect(await panel.locator('canvas').count()).toBe(2);
    await panel.getByRole('slider').fill('40');
    await panel.getByText('Event 41 of').waitFor();
    expect(await panel.locator('.step').count()).toBe(2);
    await panel.getByText('All designs').click();
    await panel.locator('tbody tr').nth(7).waitFor();
    expect(await complaints(tab)).toEqual([]);

    await panel.getByText('A scenario of your own').click();
    const field = panel.getByRole('textbox');
    expect(await field.inputValue()).toContain('vm:');
    const own =
      'vm: {maxphyaddr: 36, policy: kvm-5.16, noncoherentDma: true, vcpus: 2}\nevents:\n- wrmsr: {vcpu: 1, msr: 0x2ff, value: 0x806}\n';
    await field.fill(own);
    await panel.getByRole('button', { name: 'Replay this' }).click();
    await panel.getByText('Event 1 of 1').waitFor();
    await expect.poll(() => panel.locator('.step').first().textContent(), PATIENT).toMatch(/0x2ff|DEF_TYPE/);
    await field.fill('vm: {maxphyaddr: 36}\nevents: [{nothing: 1}]\n');
    await panel.getByRole('button', { name: 'Replay this' }).click();
    await panel.locator('[role=alert]').waitFor();
    // What was written stays, to be mended.
    expect(await field.inputValue()).toContain('nothing');
    expect(tab.requests).toEqual([]);
    expect(tab.errors).toEqual([]);
  });

  it('shows what diff says of a lane, and looks at another boot of the same log', async () => {
    const tab = await openTab(browser);
    const { page } = tab;
    await untilReady(tab);
    await pasteFile(tab, fixturePath('dmesg-boots.txt'));
    await choosePanel(tab, 'diff');
    const panel = page.locator('#panel');
    await panel.getByRole('combobox').selectOption({ label: 'boot 1' });
    await panel.getByText('boot 3 and boot 1: the same on every page').waitFor();
    await panel.getByRole('combobox').selectOption({ label: 'Intel and AMD hosts' });
    await panel.getByText('sdm says nothing of an AMD host').waitFor();
    await page.locator('.lanes .lane').nth(1).locator('button').first().click();
    await page.locator('.lanes .lane.chosen').getByText('kvm-4.7').waitFor();
    await panel
      .getByText(/They differ on|the same on every page/)
      .first()
      .waitFor();
    await choosePanel(tab, 'read');
    await panel.getByLabel('Beside it').selectOption({ label: 'boot 1' });
    const machine = page.getByRole('combobox', { name: 'Machine that is looked at' });
    await machine.waitFor();
    await expect.poll(() => page.locator('.lanes .lane').last().textContent(), PATIENT).toContain('boot 1');
    const lanes = await page.locator('.lanes .lane').count();
    await machine.selectOption({ label: 'boot 1' });
    await expect.poll(() => page.locator('.facts').textContent(), PATIENT).toContain('boot 1 of 3');
    expect(await page.locator('.lanes .lane').count()).toBe(lanes);
    // Now it is the others that are of another machine, in the map as well.
    await page.emulateMedia({ media: 'print' });
    const printed = page.locator('img.printed');
    await expect
      .poll(async () => decodeURIComponent((await printed.getAttribute('src')) ?? ''), PATIENT)
      .toContain('>pasted, sdm<');
    await page.emulateMedia({ media: 'screen' });
    expect(await complaints(tab)).toEqual([]);
    expect(tab.errors).toEqual([]);
  });

  it('prints the map as SVG, with why the page is as it is', async () => {
    const tab = await openTab(browser);
    await untilReady(tab);
    await pasteFile(tab, DMESG);
    await tab.page.locator('#address').fill('0xbf000000');
    await tab.page.keyboard.press('Enter');
    await tab.page.getByText('GPA 0xbf000000').waitFor();
    await tab.page.emulateMedia({ media: 'print' });
    const source = await tab.page.locator('img.printed').getAttribute('src');
    const svg = decodeURIComponent(source!.slice(source!.indexOf(',') + 1));
    expect(svg).toContain('GPA 0xbf000000');
    expect(svg).toContain('kvm-6.16');
    await tab.page.emulateMedia({ media: 'screen' });
    await tab.page.locator('#tab-capture').click();
    await tab.page.locator('.recipe button').first().waitFor();
    await tab.page.emulateMedia({ media: 'print' });
    expect(await tab.page.locator('.recipe button').first().isVisible()).toBe(false);
    expect(tab.errors).toEqual([]);
  });

  it('opens what a document brings inside', async () => {
    const embedded = {
      view: 'findings',
      inputs: [{ name: '<b>x<!--.txt', text: readFileSync(DMESG, 'utf8') }],
      lanes: [{ policy: 'kvm-6.8' }],
      at: 0xbf000,
    };
    const json = JSON.stringify(embedded).replaceAll('<', '\\u003c');
    const whole = readFileSync(SINGLE, 'utf8');
    const folder = mkdtempSync(join(tmpdir(), 'eptsweep-page-'));
    const file = join(folder, 'report.html');
    writeFileSync(
      file,
      whole.replace('"eptsweep-embedded">', () => `"eptsweep-embedded">${json}`),
    );
    try {
      const tab = await openTab(browser, pathToFileURL(file).href);
      await untilMapped(tab);
      expect(await titleOfPanel(tab)).toBe('Findings');
      expect(await tab.page.locator('.machine-name').textContent()).toBe('<b>x<!--.txt');
      expect(await tab.page.locator('.lanes .lane').allTextContents()).toEqual(['1 kvm-6.8']);
      expect(tab.errors).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
