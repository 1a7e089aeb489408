import { describe, expect, it } from 'vitest';
import { inProcess } from './program.ts';

/** The same pages, as people write them; the first is what the program prints. */
const FORMS = ['0xc0000000-0xffffffff', '3G-4G', '0xc0000000-0x100000000', 'c0000000-ffffffff', '3G+1G'];
const CONFIG_FORMS = FORMS.filter((form) => !form.startsWith('c'));

async function answers(argsOf: (range: string) => readonly string[], forms: readonly string[], input = '') {
  const made: { status: number | null; stdout: string; stderr: string }[] = [];
  for (const form of forms) {
    const { status, stdout, stderr } = await inProcess(argsOf(form), {
      input: input.replaceAll('RANGE', form),
    });
    // Times differ from run to run, and a few lines repeat what was typed.
    const plain = (text: string) => text.replaceAll(form, 'RANGE').replace(/^time .*/gm, '');
    made.push({ status, stdout: plain(stdout), stderr: plain(stderr) });
  }
  return made;
}

function expectAlike(made: readonly { status: number | null; stdout: string }[]): void {
  expect(made[0]!.status).toBeLessThan(2);
  for (const one of made) expect(one).toEqual(made[0]);
}

describe('a range means the same pages in every form', () => {
  it.each<[string, (range: string) => readonly string[]]>([
    ['map', (range) => ['map', 'ovmf-q35', range, '-f', 'csv']],
    ['explain', (range) => ['explain', 'ovmf-q35', range, '--no-changes', '--json']],
    ['diff', (range) => ['diff', 'ovmf-q35', range, '--against', 'policy:kvm-6.8', '-f', 'csv']],
    ['diff of two', (range) => ['diff', 'ovmf-q35', 'seabios-q35', range, '-f', 'csv']],
    ['share', (range) => ['share', 'ovmf-q35', range, '--policy', 'kvm-5.16', '--json']],
    ['verify', (range) => ['verify', 'ovmf-q35', range, '--threads', '1', '-f', 'table']],
  ])('of %s', async (_name, argsOf) => {
    expectAlike(await answers(argsOf, FORMS));
  });

  it.each<[string, readonly string[], string]>([
    ['an assertions file', ['assert', '-', 'ovmf-q35', '--json'], '"RANGE": UC'],
    [
      'a scenario',
      ['replay', '-', '--json'],
      'vm: seabios-q35\npolicy: kvm-5.16\nevents:\n - touch: {vcpu: 0, range: RANGE}',
    ],
    ['mmio of a config', ['map', '-', '--policy', 'kvm-6.8', '-f', 'csv'], 'maxphyaddr: 36\nmmio: [RANGE]'],
    ['a slot', ['map', '-', '-f', 'csv'], 'maxphyaddr: 36\nslots: [{range: RANGE}]'],
    [
      'a variable range',
      ['map', '-', '-f', 'csv'],
      'maxphyaddr: 36\nmtrr: {enabled: true, default: UC, variable: [{range: RANGE, type: WB}]}',
    ],
  ])('in %s', async (_name, args, input) => {
    expectAlike(await answers(() => args, CONFIG_FORMS, input));
  });

  it('of a wanted map', async () => {
    expectAlike(
      await answers(
        (range) => ['fit', '--want', `UC ${range}, WB 0-3G`, '--phys-bits', '36', '--json'],
        CONFIG_FORMS,
      ),
    );
  });

  it('of what a change sets', async () => {
    expectAlike(
      await answers(
        (range) => ['map', 'ovmf-q35', '--set', `mmio[0]=${range}`, '--set', 'name=x', '-f', 'csv'],
        CONFIG_FORMS,
      ),
    );
  });
});

describe('a range', () => {
  const spansOf = async (...args: string[]) => {
    const { stdout } = await inProcess(['map', 'ovmf-q35', ...args, '--json']);
    return (JSON.parse(stdout) as { spans: { first: number; last: number; pages: number }[] }).spans;
  };

  it.each(['gpa', 'gfn'])('that was printed by %s gives the same pages when it is fed back', async (by) => {
    const { stdout } = await inProcess(['map', 'ovmf-q35', '--want', 'mtrr', '--by', by, '-f', 'csv']);
    const rows = stdout.trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) {
      const [first, last, pages] = row.split(',');
      const again = await inProcess([
        'map',
        'ovmf-q35',
        `${first}-${last}`,
        '--want',
        'mtrr',
        '--by',
        by,
        '-f',
        'csv',
      ]);
      expect(again.stdout.trim().split('\n').slice(1)).toEqual([row]);
      expect(Number(pages)).toBeGreaterThan(0);
    }
  });

  it('from a page to itself is that page', async () => {
    const pages = (await spansOf('0x1000-0x1000')).map(({ pages }) => pages);
    expect(pages).toEqual([1]);
  });

  it('of frames includes the last, wherever it lies', async () => {
    const spans = await spansOf('0xa0-0x1000', '--by', 'gfn');
    expect(spans.reduce((sum, { pages }) => sum + pages, 0)).toBe(0x1000 - 0xa0 + 1);
  });

  it('can end where the space ends', async () => {
    expect((await spansOf('0-64T')).reduce((sum, { pages }) => sum + pages, 0)).toBe(2 ** 34);
  });
});
