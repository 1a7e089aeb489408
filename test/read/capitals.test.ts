/** Tools that print digits in either case: a dump in capitals reads as it does in small letters. */
import { expect, it } from 'vitest';
import { readBytes } from '../../src/read/index.ts';
import { factLines } from './facts-text.ts';
import { fixtureBytes } from './fixture.ts';

/** Digits of a number, without `0x`. */
const NUMBER = /(?<![\w$@])((?:0x)?)((?=[0-9a-f`]*\d)[0-9a-f`]{4,})(?!\w)/g;

it.each([
  'dbvm.txt',
  'edk2.txt',
  'fwts.txt',
  'hyperdbg-rdmsr.txt',
  'hyperdbg.txt',
  'kvm-msrs-vcpus.json.txt',
  'migration.json.txt',
  'msr-cpus.csv',
  'msr-set.txt',
  'proc-mtrr-old.txt',
  'proc-mtrr.txt',
  'rdmsr-labels.txt',
  'rdmsr.txt',
  'windbg-rdmsr.txt',
  'windbg.txt',
])('%s', (file) => {
  const text = fixtureBytes(file).toString();
  const capitals = text.replace(NUMBER, (_, prefix: string, digits: string) => prefix + digits.toUpperCase());
  expect(capitals).not.toBe(text);
  expect(factLines(readBytes(Buffer.from(capitals), { file }))).toEqual(
    factLines(readBytes(Buffer.from(text), { file })),
  );
});
