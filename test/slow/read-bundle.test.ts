import { describe, expect, it } from 'vitest';
import { readStream } from '../../src/read/index.ts';
import { fixtureBytes } from '../read/fixture.ts';
import { processorMs } from './processor.ts';

const BOOTS = 1000;
const BOOT_BYTES = 200_000;
const MOST_SECONDS = 10;
const MOST_GROWTH = 100 << 20;

const CHATTER = [
  'pci 0000:00:1f.3: reg 0x10: [mem 0xf7d14000-0xf7d140ff 64bit]',
  'usb 1-1: new high-speed USB device number 2 using xhci_hcd',
  'systemd[1]: Started Journal Service.',
  'ACPI: PCI Interrupt Link [LNKA] (IRQs 3 4 5 6 10 11 12) *0, disabled.',
  'EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)',
];

/** One boot: the fixture's log, then what the rest of a boot prints. */
function boot(): Buffer {
  const lines = [fixtureBytes('dmesg.txt').toString()];
  for (let length = lines[0]!.length, n = 0; length < BOOT_BYTES; n++) {
    const line = `[${(n * 0.0037).toFixed(6).padStart(12)}] ${CHATTER[n % CHATTER.length]}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''));
}

describe('a bundle of many boots', () => {
  it(`${BOOTS} boots of ${BOOT_BYTES} bytes: under ${MOST_SECONDS} s, in constant memory`, {
    timeout: 120_000,
  }, async () => {
    const bytes = boot();
    let peak = 0;
    function* chunks() {
      for (let n = 0; n < BOOTS; n++) {
        yield bytes;
        peak = Math.max(peak, process.memoryUsage().rss);
      }
    }
    await readStream([bytes, bytes, bytes], {});
    const before = process.memoryUsage().rss;
    const started = processorMs();
    const facts = await readStream(chunks(), {});
    const seconds = (processorMs() - started) / 1000;
    console.log(
      `${((BOOTS * bytes.length) / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, ${((peak - before) / 1e6).toFixed(0)} MB more memory`,
    );
    expect(facts.recognised).toMatchObject([{ format: 'dmesg', blocks: BOOTS, taken: BOOTS }]);
    // Nine entries of the e820, and one that the kernel took away again.
    expect(facts.ram).toHaveLength(10);
    expect(seconds).toBeLessThan(MOST_SECONDS);
    expect(peak - before).toBeLessThan(MOST_GROWTH);
  });
});
