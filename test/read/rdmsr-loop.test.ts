/** rdmsr in loops and lists that scripts of one's own print. */
import { describe, expect, it } from 'vitest';
import { readText } from '../../src/read/index.ts';

const hexOf = (registers: ReadonlyMap<number, { readonly value: bigint }>) =>
  Object.fromEntries([...registers].map(([msr, { value }]) => [msr.toString(16), value.toString(16)]));
const READ = { '200': 'c0000000', '201': '3fffc0000800', '2ff': 'c06' };

describe('rdmsr in a loop', () => {
  it.each([
    [
      'each value behind its word',
      'for m in 2ff 200 201; do echo "$m $(sudo rdmsr -0 0x$m)"; done\n2ff 0000000000000c06\n200 00000000c0000000\n201 00003fffc0000800\n',
    ],
    [
      'with a colon, and braces',
      `$ for reg in 0x2ff 0x200 0x201; do echo -n "\${reg}: "; rdmsr \${reg}; done\n0x2ff: c06\n0x200: c0000000\n0x201: 3fffc0000800\n`,
    ],
    ['values alone', '# for i in 0x2ff 0x200 0x201; do rdmsr $i; done\nc06\nc0000000\n3fffc0000800\n'],
    [
      'among other registers',
      '# for i in 0x2ff 0x1a0 0x200 0x201; do rdmsr $i; done\nc06\n850089\nc0000000\n3fffc0000800\n',
    ],
    [
      'one of them refused',
      'for i in 0x2ff 0x200 0x201 0x277; do rdmsr $i; done\nc06\nc0000000\n3fffc0000800\nrdmsr: CPU 0 cannot read MSR 0x00000277\n',
    ],
    [
      'two loops',
      'for i in 0x2ff 0x200; do rdmsr $i; done\nc06\nc0000000\nfor i in 0x201; do rdmsr $i; done\n3fffc0000800\n',
    ],
  ])('%s', (_, text) => {
    const { registers, cpus, torn } = readText(text);
    expect(hexOf(registers)).toEqual(READ);
    expect([cpus.size, torn]).toEqual([0, []]);
  });

  it('of a CPU', () => {
    const { cpus } = readText(
      'for i in 0x2ff 0x200 0x201; do rdmsr -p 3 $i; done\nc06\nc0000000\n3fffc0000800\n',
    );
    expect([...cpus.keys()]).toEqual([3]);
    expect(hexOf(cpus.get(3)!.registers)).toEqual(READ);
  });

  it('takes no value where one is missing, since none says whose it is', () => {
    const read = () => readText('for i in 0x2ff 0x200 0x201; do rdmsr $i; done\nc06\nc0000000\n');
    expect(read).toThrow('-:1: the loop asks for 3 registers and 2 values follow: none is taken');
    const also = 'for i in 0x200 0x201; do rdmsr $i; done\nc0000000\n# rdmsr 0x2ff\nc06\n';
    const { registers, torn } = readText(also);
    expect(hexOf(registers)).toEqual({ '2ff': 'c06' });
    expect(torn).toMatchObject([{ subject: 'variable-ranges', at: { line: 1 } }]);
  });

  it('keeps those that bear their word, and says that some are missing', () => {
    const { registers, torn } = readText(
      'for m in 2ff 200 201; do echo $m $(rdmsr 0x$m); done\n2ff c06\n201 3fffc0000800\n',
    );
    expect(hexOf(registers)).toEqual({ '201': '3fffc0000800', '2ff': 'c06' });
    expect(torn).toMatchObject([{ subject: 'variable-ranges', at: { line: 1 } }]);
  });

  it.each([
    ['every CPU', 'for i in 0x2ff 0x200; do rdmsr -a $i; done\nc06\nc06\nc0000000\nc0000000\n'],
    ['decimal values', 'for i in 0x2ff 0x200; do rdmsr -u $i; done\n3078\n3221225472\n'],
  ])('of %s is not guessed at', (_, text) => {
    expect(() => readText(text)).toThrow(/no MTRR, PAT or memory-map text that is known here/);
  });
});

describe('lists of CPU, number and value', () => {
  it.each(['cpu0 2ff c06', 'CPU 0: MSR 2ff = 0000000000000c06', 'cpu #0: 2ff: 0xc06'])('%s', (line) => {
    const more = [
      line.replace('2ff', '200').replace(/0*c06/, 'c0000000'),
      line.replace('2ff', '201').replace(/0*c06/, '3fffc0000800'),
    ];
    const { cpus } = readText([line, ...more].join('\n'));
    expect(hexOf(cpus.get(0)!.registers)).toEqual(READ);
  });

  it('are no pieces of a table whose columns are of one width', () => {
    expect(() => readText('MSR 00000208: 000\nCPU 0: MSR 208 = 000\n')).toThrow(
      /0 of 1 lines that tell memory types/,
    );
  });

  it('are of registers that bear on memory types alone', () => {
    expect(() => readText('cpu0 3a 5\ncpu0 10 ff\n')).toThrow(/that is known here in 2 lines/);
  });
});
