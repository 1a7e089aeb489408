/** Values that refute a claim, as a config that `eptsweep explain` takes. */

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * The machine of a model of the variables `maxphyaddr`, `default`, `base0`, `mask0`, ..., and a line that asks about
 * its frame `gfn`.
 *
 * @param pairs - how many pairs of base and mask there are, all of them on
 */
export function registerConfig(
  model: ReadonlyMap<string, bigint>,
  pairs: number,
  policy: string,
): readonly string[] {
  const value = (name: string): bigint => model.get(name) ?? 0n;
  const registers = Array.from({ length: pairs }, (_, index) => [
    `  ${hex(0x200n + 2n * BigInt(index))}: ${hex(value(`base${index}`))}`,
    `  ${hex(0x201n + 2n * BigInt(index))}: ${hex(value(`mask${index}`) | 0x800n)}`,
  ]).flat();
  return [
    `# eptsweep explain FILE ${hex(value('gfn') << 12n)} --want mtrr`,
    `maxphyaddr: ${value('maxphyaddr')}`,
    `policy: ${policy}`,
    'noncoherentDma: true',
    'msrs:',
    ...registers,
    `  0x2ff: ${hex(0x800n | value('default'))}`,
  ];
}
