/**
 * The single file in a browser: what its worker answers about a dump of each format is what the program prints; a page
 * that the program wrote opens what is inside.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.mjs';
import type { FromWorker, Questions, Request } from '../../web/worker/protocol.ts';
import { eptsweep, inProcess } from '../cli/program.ts';
import { FIXTURE_NAMES, fixtureBytes, fixturePath } from '../read/fixture.ts';
import { HAS_BROWSER, launch, openTab, type Tab, untilMapped, untilReady } from './page/browser.ts';

/** What the page's own worker answers, asked by the page's own messages. */
type Asking = Window & {
  ask(question: string, ask: unknown): Promise<unknown>;
};

/** Gives the open page a worker of its own to be asked, from the block that its program starts it from. */
async function startAsking({ page }: Tab): Promise<void> {
  await page.evaluate(() => {
    const program = document.getElementById('worker')!.textContent!;
    const script = new Blob([program], { type: 'text/javascript' });
    const worker = new Worker(URL.createObjectURL(script));
    const waiting = new Map<number, (message: FromWorker) => void>();
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if ('id' in data && !('progress' in data)) waiting.get(data.id)!(data);
    });
    let last = 0;
    (window as unknown as Asking).ask = (question, ask) => {
      last += 1;
      const id = last;
      return new Promise((resolve) => {
        waiting.set(id, (message) => resolve('answered' in message ? message.answer : message));
        worker.postMessage({ id, question, ask } as Request);
      });
    };
  });
}

/** The map of a fixture as the page's worker writes it, line by line, or why there is none. */
function mapInPage({ page }: Tab, name: string, policy: string, format = 'json'): Promise<unknown> {
  const text = fixtureBytes(name).toString('base64');
  return page.evaluate(
    async ([file, base64, lane, asked]) => {
      const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0));
      const { ask } = window as unknown as Asking;
      const input = { name: file, blob: new Blob([bytes]) };
      const opened = (await ask('open', { input })) as Partial<Questions['open']['answer']>;
      if (opened.machine === undefined) return opened;
      const question = { machine: opened.machine, lane: { policy: lane }, format: asked };
      const lines = (await ask('export', question)) as readonly string[] | object;
      await ask('close', { machine: opened.machine });
      return Array.isArray(lines) ? `${lines.join('\n')}\n` : lines;
    },
    [fixturePath(name), text, policy, format],
  );
}

describe.runIf(HAS_BROWSER)('in a browser', () => {
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    tab = await openTab(browser);
    await startAsking(tab);
  });
  afterAll(() => browser?.close());

  it.each(FIXTURE_NAMES)('the spans of %s are those that the program prints', async (name) => {
    for (const policy of ['sdm', 'kvm-5.16']) {
      const { stdout, stderr } = await inProcess([
        'map',
        fixturePath(name),
        '--policy',
        policy,
        '-f',
        'json',
      ]);
      const answer = await mapInPage(tab, name, policy);
      if (stdout !== '') expect(answer).toBe(stdout);
      else expect(stderr).toContain((answer as { failure: { message: string } }).failure.message);
    }
    expect(tab.requests).toEqual([]);
  });

  it.each(['csv', 'markdown'])('a map as %s is what the program prints', async (format) => {
    const name = 'dmesg.txt';
    const { stdout } = await inProcess(['map', fixturePath(name), '--policy', 'kvm-5.16', '-f', format]);
    expect(await mapInPage(tab, name, 'kvm-5.16', format)).toBe(stdout);
  });

  describe('a page that the program wrote', () => {
    const folder = mkdtempSync(join(tmpdir(), 'eptsweep-page-test-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    const opened = async (...args: readonly string[]): Promise<Tab> => {
      const file = join(folder, 'report.html');
      const { status, stderr } = eptsweep([...args, '-o', file]);
      expect([0, 1], stderr).toContain(status);
      return openTab(browser, pathToFileURL(file).href);
    };
    const chosenTab = ({ page }: Tab) => page.locator('[role="tab"][aria-selected="true"]').textContent();

    it.each([
      ['Why', ['page', 'ovmf-gpu', '--policy', 'sdm,kvm-5.16']],
      ['Why', ['map', fixturePath('dmesg.txt'), '3G-4G', '--policy', 'kvm-5.16', '-f', 'html']],
      ['Why', ['diff', 'ovmf-gpu', '--against', 'policy:kvm-6.16', '-f', 'html']],
      ['Why', ['explain', fixturePath('dmesg.txt.gz'), '0xbf000000', '-f', 'html']],
      ['Findings', ['check', 'precision-t3600', '-f', 'html']],
      ['Share', ['share', 'seabios-q35', '--policy', 'kvm-6.8', '-f', 'html']],
      ['Replay', ['replay', 'ovmf-boot', '-f', 'html']],
    ])('opens %s: %j', async (name, args) => {
      const written = await opened(...args);
      // The map is on every view of a machine; below it is the view that was asked for.
      await untilMapped(written);
      expect(await chosenTab(written)).toContain(name);
      expect(written.requests).toEqual([]);
      expect(written.errors).toEqual([]);
      await written.page.context().close();
    });

    it('opens two configs that were compared, a lane each, at their first difference', async () => {
      const written = await opened('diff', 'ovmf-gpu', '--against', 'config:ovmf-q35', '-f', 'html');
      await untilMapped(written);
      expect(await written.page.locator('.lanes .lane').allTextContents()).toHaveLength(2);
      await written.page.locator('.why').waitFor();
      await written.page.context().close();
    });

    it('shows effective types by the PAT type that was asked', async () => {
      const written = await opened('map', 'ovmf-gpu', '--want', 'effective', '--pat', 'WC', '-f', 'html');
      await untilMapped(written);
      const choice = written.page.locator('label', { hasText: /^PAT/ }).locator('select');
      // WC, as MTRRs and PATs write it.
      expect(await choice.inputValue()).toBe('1');
      await written.page.context().close();
    });

    it('replays with as many vCPUs as were asked', async () => {
      const written = await opened('replay', 'ovmf-boot', '--vcpus', '3', '-f', 'html');
      await written.page.getByRole('img', { name: /events of 3 vCPUs/ }).waitFor();
      await written.page.context().close();
    });

    it('without an input opens empty', async () => {
      const written = await opened('page');
      await untilReady(written);
      expect(written.errors).toEqual([]);
    });
  });
});
