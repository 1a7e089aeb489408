/** What a dump says, for the page: formats, lines, registers with the lines that tell them, contradictions. */
import { msrName } from '../../src/index.ts';
import { type Facts, FORMATS, type RegisterFact } from '../../src/read/index.ts';
import { hexText } from '../../src/write/index.ts';
import { MOST_READ_REGISTERS, type ReadRegister, type WhatWasRead } from './protocol.ts';

/** All bits of a register. */
const WHOLE = (1n << 64n) - 1n;

function readRegister({ msr, value, known, sized, at }: RegisterFact, cpu?: string): ReadRegister {
  return {
    msr: hexText(msr),
    name: msrName(msr),
    value: hexText(value),
    isWhole: !sized && known === WHOLE,
    ...(cpu !== undefined && { cpu }),
    at,
  };
}

function registersOf({ registers, cpus }: Facts): readonly ReadRegister[] {
  const own = [...cpus.values()].flatMap((cpu) =>
    [...cpu.registers.values()].map((fact) => readRegister(fact, cpu.label)),
  );
  return [...[...registers.values()].map((fact) => readRegister(fact)), ...own].sort(
    (a, b) => a.at.line - b.at.line,
  );
}

function titleOf(format: string): string {
  return FORMATS.find(({ name }) => name === format)?.title ?? format;
}

/**
 * What was read of a dump.
 *
 * @param facts - as the readers give them
 */
export function whatWasRead(facts: Facts): WhatWasRead {
  const { recognised, stages, hosts = [], contradictions, messages, coverage } = facts;
  const registers = registersOf(facts);
  return {
    formats: recognised.map(({ file, format, line, blocks, taken }) => ({
      format,
      title: titleOf(format),
      at: { file, line },
      blocks,
      taken,
    })),
    stages,
    hosts,
    registers: registers.slice(0, MOST_READ_REGISTERS),
    registerCount: registers.length,
    contradictions: contradictions.map(({ sentence, first, second }) => ({ sentence, first, second })),
    messages,
    ...(coverage && { lines: { used: coverage.used, total: coverage.total } }),
  };
}
