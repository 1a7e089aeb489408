/** Opening: what was read, with lines and evidence; states that are no machine; progress and giving up; links. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Asked, failureOf } from './asked.ts';

let page: Asked;
beforeAll(async () => {
  page = await Asked.begin();
});
afterAll(() => page.dispose());

const open = (text: string, name = 'pasted') => page.ask('open', { input: { name, text } });

describe('a dump', () => {
  it('says what was read, each register with its line', async () => {
    const { read, origin, maxphyaddr, frames, groups } = await page.openFixture('dmesg.txt');
    expect({ origin, maxphyaddr, frames }).toEqual({ origin: 'dump', maxphyaddr: 39, frames: 2 ** 27 });
    expect(groups).toEqual([{ ids: [0], label: 'vCPU 0', cr0cd: false }]);
    expect(read!.formats.map(({ format, blocks, taken }) => ({ format, blocks, taken }))).toContainEqual({
      format: 'dmesg',
      blocks: 1,
      taken: 1,
    });
    const lines = read!.registers.map(({ at }) => at.line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    expect(lines.every((line) => line > 0)).toBe(true);
    expect(read!.registers.find(({ msr }) => msr === '0x200')).toMatchObject({
      name: 'IA32_MTRR_PHYSBASE0',
      value: '0x6',
    });
    expect(read!.registerCount).toBe(read!.registers.length);
  });

  it('knows each thing by evidence, and by what it can be stated', async () => {
    const { evidence } = await page.openFixture('proc-mtrr.txt');
    const open = evidence.filter(({ level }) => level !== 'read');
    const bits = open.find(({ subject }) => subject === 'physical-address-bits')!;
    expect(bits.statedBy).toEqual({ option: 'physBits' });
    const dma = open.find(({ subject }) => subject === 'noncoherent-dma')!;
    expect(dma).toMatchObject({ isOfPolicies: true, statedBy: { path: 'noncoherentDma' }, level: 'assumed' });
    const stated = await page.openFixture('proc-mtrr.txt', { physBits: 46, set: ['noncoherentDma=true'] });
    expect(stated).toMatchObject({ maxphyaddr: 46, noncoherentDma: true });
    expect(stated.evidence.some(({ subject }) => subject === 'noncoherent-dma')).toBe(false);
  });

  it('lists its memory by name', async () => {
    const { memory } = await page.openFixture('dmesg.txt');
    expect(memory.some(({ kind, list }) => kind === 'ram' && list === 'e820')).toBe(true);
    expect(memory.every(({ start, end }) => start < end && end <= 2 ** 27)).toBe(true);
  });

  it('is taken at another boot, as the program takes it', async () => {
    const first = await page.openFixture('dmesg-boots.txt', { boot: 1 });
    const last = await page.openFixture('dmesg-boots.txt');
    expect(first.read!.formats[0]!.taken).toBe(1);
    expect(last.read!.formats[0]!.taken).toBe(last.read!.formats[0]!.blocks);
  });
});

describe('what is no machine', () => {
  it('is not recognised, and shown at its beginning', async () => {
    const failure = await failureOf(open('Dear firmware,\nplease boot.\n', 'letter.txt'));
    expect(failure).toMatchObject({ code: 'not-recognised', head: ['Dear firmware,', 'please boot.', ''] });
    expect(failure.message).toContain('letter.txt');
  });

  it('has no registers', async () => {
    const failure = await failureOf(open('BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n'));
    expect(failure.code).toBe('no-registers');
  });

  it('is opened without registers where its log complains', async () => {
    const opened = await open('mtrr: your BIOS has configured an incorrect mask, fixing it.\n');
    expect(opened.hasRegisters).toBe(false);
    const { document } = await page.ask('check', { machine: opened.machine });
    expect(document.findings).not.toEqual([]);
  });

  it.each([
    ['', 'empty'],
    ['{maxphyaddr: 99}', 'maxphyaddr'],
    ['{maxphyaddr: 46, vcpus: 100000}', 'vcpus'],
    ['%PDF-1.4\n', 'PDF'],
  ])('%j is refused in a line', async (text, word) => {
    const failure = await failureOf(open(text));
    expect(['input', 'not-recognised']).toContain(failure.code);
    expect(failure.message).toContain(word);
  });

  it('a preset of no such name', async () => {
    const failure = await failureOf(page.ask('open', { input: { preset: 'ovmf-q53' } }));
    expect(failure).toMatchObject({ code: 'input', message: expect.stringContaining('ovmf-q35') });
  });

  it('a path that no config has', async () => {
    const failure = await failureOf(page.openFixture('dmesg.txt', { set: ['noncoherentDNA=true'] }));
    expect(failure).toMatchObject({ code: 'input', message: expect.stringContaining('noncoherentDma') });
  });

  it('a machine that was closed', async () => {
    const { machine } = await open('{maxphyaddr: 40}');
    await page.ask('close', { machine });
    const failure = await failureOf(page.ask('check', { machine }));
    expect(failure).toMatchObject({ code: 'input', message: `machine ${machine} is not open` });
  });
});

describe('a large file', () => {
  const LINE = '[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n';
  const blob = new Blob(Array.from({ length: 256 }, () => LINE.repeat(512)));

  it('reports how far it is, and ends as the program does', async () => {
    const begun = page.progress.length;
    await failureOf(page.ask('open', { input: { name: 'kern.log', blob } }));
    const told = page.progress.slice(begun);
    expect(told.length).toBeGreaterThan(3);
    expect(told.every(({ done, total }) => done <= blob.size && total === blob.size)).toBe(true);
  });

  it('is given up', async () => {
    const question = page.ask('open', { input: { name: 'kern.log', blob } });
    question.cancel();
    expect((await failureOf(question)).code).toBe('cancelled');
  });
});

describe('a link', () => {
  it.each(['ovmf-q35', 'thinkpad-t400', 'snp-guest', 'tdx-guest'])(
    'carries %s whole, without its name',
    async (preset) => {
      const whole = await page.ask('open', { input: { preset } });
      expect(whole.config).not.toContain(preset);
      const again = await open(whole.config);
      expect({ ...again, machine: 0, name: '', origin: '' }).toEqual({
        ...whole,
        machine: 0,
        name: '',
        origin: '',
      });
      const map = async (machine: number) =>
        page.ask('map', {
          machine,
          lanes: [{ policy: whole.policy }, { policy: 'kvm-6.16' }],
          want: 'effective',
        });
      expect(await map(again.machine)).toEqual(await map(whole.machine));
    },
  );
});

describe('registers', () => {
  it('are bars with their lines', async () => {
    const { machine } = await page.openFixture('dmesg.txt');
    const { bars, isEnabled } = await page.ask('registers', { machine });
    expect(isEnabled).toBe(true);
    const [first] = bars;
    expect(first).toMatchObject({
      id: 'MTRR0',
      start: 0,
      end: 0x80000,
      type: 6,
      isEnabled: true,
      hasHoles: false,
    });
    expect(first!.known).toMatchObject({ level: 'read', at: { line: expect.any(Number) } });
    expect(bars.at(-1)).toMatchObject({ id: 'default', kind: 'default' });
    expect(new Set(bars.map(({ id }) => id)).size).toBe(bars.length);
  });

  it('with 2^39 stretches have a hull and a count', async () => {
    const { machine } = await open('{maxphyaddr: 52, msrs: {"0x200": 0x6, "0x201": 0x1800}}');
    const { bars } = await page.ask('registers', { machine });
    expect(bars[0]).toMatchObject({ start: 0, end: 2 ** 40 - 1, hasHoles: true, pages: 2 ** 39 });
    expect(bars[0]!.stretches).toBeUndefined();
  });
});

describe('what would change an answer', () => {
  it.each([
    ['ovmf-gpu', 'kvm-5.16', 0x80000],
    ['ovmf-gpu', 'kvm-6.11', 0xa0],
    ['thinkpad-t400', 'sdm', 0xbd000],
    ['snp-guest', 'kvm-6.11', 0x1000],
  ])('of %s under %s at frame %i is a lane that answers so', async (preset, policy, gfn) => {
    const { machine } = await page.ask('open', { input: { preset } });
    const ask = { machine, lane: { policy }, gfn };
    const { document, lanes } = await page.ask('explain', ask);
    const [told] = document.explanations as readonly [
      { wouldChange: readonly { answer: unknown; text: string }[] },
    ];
    expect(lanes).toHaveLength(told.wouldChange.length);
    let shown = 0;
    for (const [index, lane] of lanes.entries()) {
      const { answer } = told.wouldChange[index]!;
      if (!lane || answer === null) continue;
      const there = await page.ask('explain', { ...ask, lane });
      expect((there.document.explanations as readonly [{ answer: unknown }])[0].answer).toEqual(answer);
      shown += 1;
    }
    expect(shown).toBeGreaterThan(0);
  });
});

it('lists what can be chosen', async () => {
  const { presets, policies, formats, scenarios, recipes } = await page.ask('catalogue', {});
  for (const list of [presets, policies, formats, scenarios, recipes]) expect(list.length).toBeGreaterThan(5);
  expect(policies.filter(({ kind }) => kind === 'manual').map(({ name }) => name)).toEqual(['sdm']);
});
