/** Every state of the page, and what should not harm it: what it says, whether it goes on, whether it is accessible. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
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

const PAGE = pathToFileURL(SINGLE).href;
const link = (config: string, rest = ''): string =>
  `${PAGE}#v1=${deflateRawSync(config).toString('base64url')}${rest}`;

async function isAccessible({ page }: Tab): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
}

/** A message of the page, as one that looks at it reads it. */
const said = (tab: Tab, text: string | RegExp) =>
  tab.page.getByRole('main').getByText(text).first().waitFor();

/** A way to ask how many bytes of its heap the worker uses. */
async function workerHeap({ page }: Tab): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  const attached = new Promise<string>((resolve) => {
    session.once('Target.attachedToTarget', ({ sessionId }) => resolve(sessionId));
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const sessionId = await attached;
  let last = 0;
  return async () => {
    last += 1;
    const id = last;
    const answered = new Promise<number>((resolve) => {
      const take = ({ message }: { message: string }) => {
        const answer = JSON.parse(message) as { id?: number; result: { usedSize: number } };
        if (answer.id !== id) return;
        session.off('Target.receivedMessageFromTarget', take);
        resolve(answer.result.usedSize);
      };
      session.on('Target.receivedMessageFromTarget', take);
    });
    const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
    await session.send('Target.sendMessageToTarget', { sessionId, message });
    return answered;
  };
}

describe.runIf(HAS_BROWSER)('the page', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-states-'));
  beforeAll(async () => {
    await buildPage({ log: () => {} });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function ready(): Promise<Tab> {
    const tab = await openTab(browser);
    await untilReady(tab);
    return tab;
  }

  /** A log of lines that tell nothing, with the registers at its end. */
  async function largeLog(megabytes: number): Promise<string> {
    const path = join(folder, `large-${megabytes}.log`);
    const file = await open(path, 'w');
    const line = `[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd ${'.'.repeat(50)}\n`;
    const block = line.repeat(Math.ceil(1e6 / line.length));
    for (let k = 0; k < megabytes; k++) await file.write(block);
    await file.write('reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n');
    await file.close();
    return path;
  }

  it('shows the first lines of what it does not recognise, and reads it as another format', async () => {
    const tab = await ready();
    await paste(tab, 'Dear diary,\ntoday <img src=x onerror=alert(1)> I saw\u0007 a bird.\n');
    await said(tab, 'Nothing of this is recognised');
    await said(tab, /Dear diary/);
    expect(await tab.page.locator('img').count()).toBe(0);
    await isAccessible(tab);
    await tab.page.getByLabel('Read it as').selectOption('proc-mtrr');
    await said(tab, /Nothing of this|No MTRR lines|This cannot be read/);
    await tab.page.getByRole('button', { name: 'Open something else' }).click();
    await untilReady(tab);
    expect(tab.errors).toEqual([]);
  });

  it('says of a log without MTRR lines what it is, and how to get one', async () => {
    const tab = await ready();
    await paste(
      tab,
      '[    0.000000] Linux version 6.8.0\n[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n',
    );
    await said(tab, 'No MTRR lines here');
    await said(tab, 'How to get a dump');
    await isAccessible(tab);
    expect(tab.errors).toEqual([]);
  });

  it('names the register that a config may not have', async () => {
    const tab = await ready();
    await paste(tab, 'maxphyaddr: 36\nmsrs: {0x2ff: 0xc02}\n');
    await said(tab, /0x2ff|DEF_TYPE/);
    await isAccessible(tab);
    expect(tab.errors).toEqual([]);
  });

  it('counts contradictions, and leads to them', async () => {
    const tab = await ready();
    await paste(tab, '0x200,0x6\n0x201,0xf80000800\n0x2ff,0x800\n0x200,0x0\n');
    await untilMapped(tab);
    await said(tab, 'The text contradicts itself in one place.');
    await tab.page.getByRole('button', { name: 'Where' }).click();
    await tab.page.getByRole('heading', { name: 'Contradictions' }).waitFor();
    await isAccessible(tab);
    expect(tab.errors).toEqual([]);
  });

  it('draws 2^39 stretches of a mask with holes by their shares, in spaces of 46 and 52 bits', async () => {
    for (const bits of [46, 52]) {
      const tab = await ready();
      // Every second page is UC, but for the bits that the mask compares.
      const config = { maxphyaddr: bits, msrs: { '0x200': '0x1000', '0x201': '0x1800', '0x2ff': '0x806' } };
      await paste(tab, JSON.stringify(config));
      await untilMapped(tab);
      await said(tab, 'drawn by their shares');
      await tab.page.locator('#tab-spans').click();
      await said(tab, /more than 65,536/);
      await tab.page.locator('.map-picture').focus();
      for (let k = 0; k < 60; k++) await tab.page.keyboard.press('w');
      await tab.page.getByText('drawn by their shares').waitFor({ state: 'visible' });
      expect(tab.errors).toEqual([]);
    }
  });

  it('says what is missing where WebAssembly is not allowed', async () => {
    const file = join(folder, 'bare.html');
    writeFileSync(file, readFileSync(SINGLE, 'utf8').replace(" 'wasm-unsafe-eval'", ''));
    const tab = await openTab(browser, pathToFileURL(file).href);
    await said(tab, 'This browser cannot compute here');
    await said(tab, /WebAssembly in a worker/);
    await isAccessible(tab);
  });

  it('reads 200 MB in little memory, and can be told to stop', async () => {
    const path = await largeLog(200);
    const tab = await openTab(browser);
    await untilReady(tab);
    const file = tab.page.locator('input[type=file]');
    await file.setInputFiles(path);
    await tab.page.getByRole('button', { name: 'Cancel' }).click();
    await untilReady(tab);
    await file.setInputFiles(path);
    await said(tab, /of 200 MB|of 201 MB/);
    const heap = await workerHeap(tab);
    const before = await heap();
    let most = before;
    while (await tab.page.getByRole('progressbar').isVisible()) most = Math.max(most, await heap());
    await untilMapped(tab);
    expect(most - before).toBeLessThan(64 * 2 ** 20);
    expect(tab.errors).toEqual([]);
  });

  it('asks before it reads more than half a gigabyte', async () => {
    const tab = await ready();
    await tab.page.evaluate(() => {
      const megabyte = new Uint8Array(1 << 20);
      const transfer = new DataTransfer();
      transfer.items.add(
        new File(
          Array.from({ length: 490 }, () => megabyte),
          'journal.log',
        ),
      );
      document.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    });
    await said(tab, 'journal.log has 514 MB');
    await isAccessible(tab);
    await tab.page.getByRole('button', { name: 'Cancel' }).click();
    await untilReady(tab);
  });

  it('takes a megabyte from the clipboard without laying its text out', async () => {
    const tab = await ready();
    const line = '[    1.000000] usb 1-1: new high-speed USB device\n';
    const registers = 'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n';
    const session = await tab.page.context().newCDPSession(tab.page);
    await session.send('Performance.enable');
    const layout = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'LayoutDuration')!.value;
    };
    const before = await layout();
    await paste(tab, line.repeat(Math.ceil(1e6 / line.length)) + registers);
    await untilMapped(tab);
    expect((await layout()) - before).toBeLessThan(0.5);
    expect((await tab.page.content()).includes('high-speed')).toBe(false);
    expect(tab.errors).toEqual([]);
  });

  it.each([
    ['cut off', () => link('{"maxphyaddr":39}').slice(0, -8), 'This link is not whole'],
    ['of another version', () => `${PAGE}#v2=abc`, 'This link is of version 2'],
    ['with a bomb', () => link(' '.repeat(20_000_000)), 'more than 8 MB'],
    ['with what is no config', () => link('hello'), /Nothing of this|cannot be read/],
  ])('says what is wrong with a link %s', async (_, address, message) => {
    const tab = await openTab(browser, address());
    await said(tab, message);
    await isAccessible(tab);
    expect(tab.errors).toEqual([]);
  });

  it('opens a link of 100,000 vCPUs, or says that they are too many', async () => {
    const vcpus = Array.from({ length: 100_000 }, (_, id) => `{"id":${id}}`).join();
    const tab = await openTab(browser, link(`{"maxphyaddr":39,"vcpus":[${vcpus}]}`));
    await tab.page.locator('.map-picture canvas, .note[role=alert]').waitFor();
    expect(tab.errors).toEqual([]);
  });

  it('shows markup and control characters of names as text', async () => {
    const tab = await ready();
    const name =
      '<script>document.title="taken"</script><img src=x onerror=document.title="taken">\u202e\u0000.yaml';
    await tab.page.evaluate((fileName) => {
      const transfer = new DataTransfer();
      const config = 'maxphyaddr: 39\nname: "<b onclick=alert(1)>x</b>\\u0007"\nmsrs: {0x2ff: 0x806}\n';
      transfer.items.add(new File([config], fileName));
      document.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    }, name);
    await untilMapped(tab);
    expect(await tab.page.title()).toBe('eptsweep');
    expect(await tab.page.locator('main b[onclick], main img:not(.printed), main script').count()).toBe(0);
    expect(tab.errors).toEqual([]);
  });

  it('shows what vCPUs with different registers get of one EPT', async () => {
    const tab = await ready();
    await pasteFile(tab, join(fixturePath('.'), '../../../examples/two-states.yaml'));
    expect(await tab.page.locator('.lanes .lane').count()).toBe(2);
    await tab.page.locator('#tab-share').click();
    await said(tab, /they disagree on 524,288/);
    await isAccessible(tab);
    expect(tab.errors).toEqual([]);
  });
});
