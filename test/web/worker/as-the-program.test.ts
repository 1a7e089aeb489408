/** What the page answers about a dump of each format is what the program prints about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine, Questions } from '../../../web/worker/protocol.ts';
import { inProcess } from '../../cli/program.ts';
import { FIXTURE_NAMES, fixturePath } from '../../read/fixture.ts';
import { Asked, failureOf } from './asked.ts';

/** Those without registers: lists of memory, of CPUs, summaries. */
const WITHOUT_MAP = [
  'dmesg-6.8.txt',
  'pat-memtype.txt',
  'cpuid.txt',
  'cpuinfo.txt',
  'iomem.txt',
  'iomem-unprivileged.txt',
  'mtree.txt',
  'mtree-tree.txt',
];
const DUMPS = FIXTURE_NAMES.filter((name) => !WITHOUT_MAP.includes(name));
const KVM = 'kvm-5.16';
const GFN = 0xb9800;

let page: Asked;
beforeAll(async () => {
  page = await Asked.begin();
});
afterAll(() => page.dispose());

/** The document that the program prints; where it prints none, because it refuses, its standard error. */
async function printed(...args: string[]): Promise<unknown> {
  const { stdout, stderr } = await inProcess([...args, '-f', 'json']);
  return stdout === '' ? stderr : JSON.parse(stdout);
}

/** Holds an answer against the program's; a question that it refuses is refused in the same words. */
async function expectAsPrinted(ask: () => Promise<unknown>, ...args: string[]): Promise<void> {
  const expected = await printed(...args);
  if (typeof expected !== 'string') expect(await ask()).toEqual(expected);
  else expect(expected).toContain((await failureOf(ask())).message);
}

/** Asks for a document when it is called. */
function documentOf<Name extends 'explain' | 'check' | 'share' | 'diff' | 'replay'>(
  name: Name,
  ask: Questions[Name]['ask'],
): () => Promise<unknown> {
  return async () => (await page.ask(name, ask)).document;
}

describe.each(DUMPS)('%s', (name) => {
  const file = fixturePath(name);
  let opened: Machine;
  beforeAll(async () => {
    opened = await page.openFixture(name);
  });
  afterAll(() => page.ask('close', { machine: opened.machine }));

  it.each(['sdm', KVM])('map under %s', async (policy) => {
    const ask = { machine: opened.machine, lane: { policy }, format: 'json' } as const;
    const map = async () => JSON.parse((await page.ask('export', ask)).join('\n'));
    await expectAsPrinted(map, 'map', file, '--policy', policy);
  });

  it('the table of spans', async () => {
    const { machine } = opened;
    const asked = { machine, lane: { policy: 'sdm' }, wants: ['ept', 'levels'] as const };
    const args = ['map', file, '--policy', 'sdm', '--want', 'ept,levels'];
    const { spans } = (await printed(...args)) as { spans: readonly unknown[] };
    expect(await page.ask('spans', { ...asked, first: 0, count: spans.length + 1 })).toEqual({
      count: spans.length,
      isComplete: true,
      first: 0,
      rows: spans,
    });
    const some = await page.ask('spans', { ...asked, first: 2, count: 3 });
    expect(some.rows).toEqual(spans.slice(2, 5));
  });

  it.each(['sdm', KVM])('why under %s', async (policy) => {
    const args = ['explain', file, `0x${(GFN * 4096).toString(16)}`, '--policy', policy];
    const ask = { machine: opened.machine, lane: { policy }, gfn: GFN };
    await expectAsPrinted(documentOf('explain', ask), ...args);
    const { stdout, status } = await inProcess([...args, '--no-color']);
    if (status === 0) expect(`${(await page.ask('explain', ask)).lines.join('\n')}\n`).toBe(stdout);
  });

  it('findings', async () => {
    await expectAsPrinted(documentOf('check', { machine: opened.machine }), 'check', file);
  });
});

describe.each(['dmesg.txt', 'msr-cpus.csv', 'cloud-hypervisor.json.txt'])('%s', (name) => {
  const file = fixturePath(name);
  let opened: Machine;
  beforeAll(async () => {
    opened = await page.openFixture(name);
  });
  afterAll(() => page.ask('close', { machine: opened.machine }));

  it('share', async () => {
    const ask = { machine: opened.machine, policy: KVM };
    await expectAsPrinted(documentOf('share', ask), 'share', file, '--policy', KVM);
  });

  it.each(['kernels=5.16,6.8,6.16', 'peers', 'vcpus', 'ncdma', 'quirks', 'vendors', 'moons'])(
    'diff across %s',
    async (across) => {
      const ask = { machine: opened.machine, policy: KVM, across };
      await expectAsPrinted(documentOf('diff', ask), 'diff', file, '--policy', KVM, '--across', across);
    },
  );

  it.each(['policy:kvm-6.16', 'set:mtrr.enabled=false', 'vcpu:9'])('diff against %s', async (against) => {
    const ask = { machine: opened.machine, against };
    await expectAsPrinted(documentOf('diff', ask), 'diff', file, '--against', against);
  });
});

it('a machine against another one', async () => {
  const [a, b] = await Promise.all([page.openFixture('dmesg.txt'), page.openFixture('dmesg-old.txt')]);
  const ask = { machine: a.machine, against: b.machine, want: 'mtrr' } as const;
  const files = [fixturePath('dmesg.txt'), fixturePath('dmesg-old.txt')];
  await expectAsPrinted(documentOf('diff', ask), 'diff', ...files, '--want', 'mtrr');
});

it.each([
  ['dmesg-boots.txt', 'boot:1'],
  ['dmesg-cleanup.txt', 'stage:firmware'],
  ['coreboot-display.txt', 'stage:temporary'],
])('of %s the same text against %s', async (name, against) => {
  const { machine } = await page.openFixture(name);
  const ask = { machine, against };
  await expectAsPrinted(documentOf('diff', ask), 'diff', fixturePath(name), '--against', against);
});

it('says of what a page cannot be held against where it can', async () => {
  const { machine } = await page.openFixture('dmesg.txt');
  for (const [against, remedy] of [
    ['config:other.txt', 'drop it beside'],
    ['engine:reference', 'eptsweep diff --against engine:reference'],
    ['boot:3', 'boot'],
  ] as const) {
    const { message } = await failureOf(page.ask('diff', { machine, against }));
    expect(message).toContain(remedy);
  }
});

describe.each(['ovmf-boot', 'live-range-moved', 'gpu-hotplug-6.8'])('the scenario %s', (name) => {
  it('replayed', async () => {
    await expectAsPrinted(documentOf('replay', { scenario: { name } }), 'replay', name);
  });

  it('under several designs', async () => {
    const designs = ['first-fault', 'role'];
    const ask = { scenario: { name }, designs, vcpus: 2 };
    const args = ['replay', name, '--vcpus', '2', '--design', designs.join()];
    await expectAsPrinted(documentOf('replay', ask), ...args);
  });
});
