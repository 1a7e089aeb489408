/** `eptsweep page` and `-f html`: what is put into the page. The page itself is built and tried by the slow suite. */
import { describe, expect, it } from 'vitest';
import { openForPage } from '../../src/cli/page/page-input.ts';
import {
  checkPage,
  diffPage,
  explainPage,
  mapPage,
  replayPage,
  sharePage,
} from '../../src/cli/page/views.ts';
import { parseConfig } from '../../src/config/index.ts';
import { policy } from '../../src/policy/index.ts';
import { EMBEDDED_ID, type Embedded, embeddedOf, pageWith } from '../../src/write/index.ts';
import { fixturePath } from '../read/fixture.ts';

const PAGE = `<!doctype html><script type="application/json" id="${EMBEDDED_ID}"></script><script>run()</script>`;
const KVM = policy('kvm-5.16');

/** The block of a page that something was put into. */
function blockOf(page: string): string {
  return /id="eptsweep-embedded">(.*?)<\/script>/s.exec(page)![1]!;
}

describe('the block of inputs', () => {
  it('is read back as it was written, whatever stands in the text', () => {
    const text =
      '</script><!-- <script>alert(1)</script> \u2028\u2029\0\u009b\u202e & "quotes" \\u003c \ud83d\ude00';
    const embedded: Embedded = { view: 'map', inputs: [{ name: text, text }] };
    const page = pageWith(PAGE, embedded)!;
    const block = blockOf(page);
    expect(block).not.toMatch(/[<\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(embeddedOf(block)).toEqual(embedded);
    expect(page.replace(block, '')).toBe(PAGE);
  });

  it('is filled once', () => {
    const filled = pageWith(PAGE, { view: 'map', inputs: [] })!;
    expect(pageWith(filled, { view: 'map', inputs: [] })).toBeUndefined();
    expect(pageWith('<html></html>', { view: 'map', inputs: [] })).toBeUndefined();
  });

  it.each(['{', '[]', 'null', '{"view": "moon", "inputs": []}', '{"view": "map"}'])(
    'is refused where somebody has edited it to %s',
    (text) => {
      expect(() => embeddedOf(text)).toThrow();
    },
  );
});

describe('views', () => {
  it('of a dump carry its text and how it is read', async () => {
    const file = fixturePath('dmesg-boots.txt');
    const input = await openForPage(file, {
      boot: 1,
      set: ['noncoherentDma=true'],
      ram: [fixturePath('iomem.txt')],
    });
    expect(input.opened.vm.noncoherentDma).toBe(true);
    const { inputs, options } = checkPage(input, KVM);
    expect(inputs).toEqual([{ name: file, text: expect.stringContaining('MTRR') }]);
    expect(options).toEqual({
      boot: 1,
      set: ['noncoherentDma=true'],
      ram: [{ name: fixturePath('iomem.txt'), text: expect.stringContaining('System RAM') }],
    });
  });

  it('of gzip and UTF-16 carry text', async () => {
    for (const name of ['dmesg.txt.gz', 'dmesg-utf16.txt']) {
      const { embedded } = await openForPage(fixturePath(name), {});
      expect(embedded.inputs).toEqual([{ name: fixturePath(name), text: expect.stringContaining('MTRR') }]);
    }
  });

  it('of each command show what it answers', async () => {
    const input = await openForPage('ovmf-gpu', {});
    const range = { start: 0x80000, end: 0x100000 };
    const shown = { policy: KVM, range };
    const whole = { start: 0, end: 2 ** 34 };
    const preset = { inputs: [{ preset: 'ovmf-gpu' }], options: {} };
    const lane = { policy: 'kvm-5.16' };
    expect(mapPage(input, { ...shown, want: 'effective', pat: 1 })).toEqual({
      view: 'map',
      ...preset,
      lanes: [lane],
      want: 'effective',
      pat: 'WC',
      range,
    });
    expect(mapPage(input, { policy: KVM, range: whole })).not.toHaveProperty('range');
    expect(explainPage(input, shown, [3])).toMatchObject({
      view: 'why',
      at: 0x80000,
      lanes: [{ ...lane, vcpu: 3 }],
    });
    expect(checkPage(input, KVM)).toEqual({ view: 'findings', ...preset, checkedAgainst: 'kvm-5.16' });
    expect(sharePage(input, shown, ['role'])).toMatchObject({ view: 'share', designs: ['role'] });
    const { vm } = input.opened;
    const replayed = replayPage({ name: 'ovmf-boot' }, vm, { vcpus: 2, designs: ['role'] });
    expect(replayed).toMatchObject({
      view: 'replay',
      lanes: [{ policy: vm.policy.name }],
      scenario: { name: 'ovmf-boot' },
      vcpus: 2,
      designs: ['role'],
    });
    const [start] = replayed.inputs as readonly [{ name: string; text: string }];
    expect(parseConfig(start.text, start.name).vm).toEqual(vm);
  });

  it.each([
    [{ against: 'policy:6.8' }, [{}, { policy: '6.8' }]],
    [{ against: 'vcpu:3' }, [{}, { vcpu: 3 }]],
    [{ against: 'set:cr0cd=true' }, [{}, { set: ['cr0cd=true'] }]],
    [{ against: 'vendor:amd' }, [{}, { set: ['host.vendor=amd'] }]],
    [{ across: 'kernels=5.16,6.8' }, [{ policy: '5.16' }, { policy: '6.8' }]],
    [{ across: 'ncdma' }, [{ set: ['noncoherentDma=false'] }, { set: ['noncoherentDma=true'] }]],
    [{ across: 'vcpus' }, [{ vcpu: 0 }]],
  ] as const)('of diff %j are lanes', async (sides, lanes) => {
    const input = await openForPage('ovmf-gpu', {});
    const page = diffPage(input, { policy: KVM }, sides, undefined);
    expect(page.lanes).toEqual(lanes.map((lane) => ({ policy: 'kvm-5.16', ...lane })));
  });

  it('of two configs are lanes of two inputs', async () => {
    const [a, b] = [await openForPage('ovmf-gpu', {}), await openForPage('ovmf-q35', {})];
    const page = diffPage(a, { policy: KVM }, { against: 'config:ovmf-q35' }, b);
    expect(page.inputs).toEqual([{ preset: 'ovmf-gpu' }, { preset: 'ovmf-q35' }]);
    expect(page.lanes).toEqual([{ policy: 'kvm-5.16' }, { policy: 'kvm-5.16', input: 1 }]);
  });

  it.each([{ against: 'engine:direct' }, { against: 'stage:firmware' }, { across: 'quirks' }])(
    'that no page can show are refused: %j',
    async (sides) => {
      const input = await openForPage('ovmf-gpu', {});
      expect(() => diffPage(input, { policy: KVM }, sides, undefined)).toThrow('-f html');
    },
  );
});
