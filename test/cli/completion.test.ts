/** The scripts are run by bash itself; by zsh and fish in the slow suite. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { commandTree } from '../../src/cli/completion/tree.ts';
import { PRESETS } from '../../src/config/index.ts';
import { inShell, scriptFor } from './shells.ts';

/** What bash offers; readline gives it words that are parted at `:` and `=` too. */
async function bashOffers(words: readonly string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const text = `. ./script; COMP_WORDS=(${list}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _eptsweep 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await inShell('bash', ['bash', '--norc'], text)).trim().split('\n');
}

describe('eptsweep completion', () => {
  it('knows every command and option that there is, in each shell', async () => {
    const tree = await commandTree(COMMANDS);
    expect(tree.map(({ name }) => name)).toEqual([...Object.keys(COMMANDS), 'help']);
    for (const shell of ['bash', 'zsh', 'fish']) {
      const script = await scriptFor(shell);
      for (const { name, options } of tree) {
        expect(script).toContain(name);
        for (const { long } of options)
          expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
      }
    }
  });

  it('offers values for each option and argument that takes a name', async () => {
    // Numbers, addresses and commands of one's own: nothing can be offered.
    const free = /^<(?:n|s|t|seconds|command|vcpus|id|units|line)>$/;
    for (const [name, load] of Object.entries(COMMANDS)) {
      const node = (await commandTree(COMMANDS)).find((one) => one.name === name)!;
      for (const { flags, long } of (await load()).options) {
        const placeholder = /[<[].+[>\]]/.exec(flags)?.[0];
        if (placeholder === undefined || free.test(placeholder)) continue;
        const value = node.options.find((option) => option.long === long)?.value;
        const offered = (value?.words.length ?? 0) > 0 || value?.files !== undefined;
        expect({ name, flags, offered }).toEqual({ name, flags, offered: true });
      }
    }
  });

  it.each<[string[], string[]]>([
    [['eptsweep', 'ma'], ['map']],
    [['eptsweep', '--v'], ['--version']],
    [
      ['eptsweep', 'map', 'ovmf-'],
      ['ovmf-q35', 'ovmf-gpu'],
    ],
    [['eptsweep', 'map', 'gue'], ['guest.yaml']],
    [['eptsweep', 'map', '--want', 'ept', 'gue'], ['guest.yaml']],
    [['eptsweep', 'map', '-f', 'nd'], ['ndjson']],
    [['eptsweep', 'map', '--format', '=', 'nd'], ['ndjson']],
    [['eptsweep', 'map', 'x', '--pol'], ['--policy']],
    [['eptsweep', 'map', 'x', '--policy', 'peer-x'], ['peer-xen']],
    [
      ['eptsweep', 'map', 'x', '--want', 'mtrr,l'],
      ['mtrr,levels', 'mtrr,leaf'],
    ],
    [['eptsweep', 'map', 'x', '-o', 'gue'], ['guest.yaml']],
    [['eptsweep', 'diff', 'x', '--against', 'policy', ':', 'sd'], ['sdm']],
    [
      ['eptsweep', 'diff', 'x', '--against', 'policy', ':'],
      ['sdm', 'kvm-4.7'],
    ],
    [['eptsweep', 'diff', 'x', '--across', 'ker'], ['kernels=']],
    [['eptsweep', 'check', 'x', '--rules', 'mask-holes,ram-n'], ['mask-holes,ram-not-wb']],
    [['eptsweep', 'check', 'x', '--min-severity', 'M'], ['MEDIUM']],
    [['eptsweep', 'replay', '--policy', 'kvm-6.7', 'seabios-b'], ['seabios-boot']],
    [['eptsweep', 'help', 'exp'], ['explain']],
    [['eptsweep', 'explain', 'ovmf-q35', 'gue'], ['']],
  ])('bash: %j', async (words, expected) => {
    expect((await bashOffers(words)).slice(0, expected.length)).toEqual(expected);
  });

  it('bash: offers all presets and files behind a command', async () => {
    const offered = await bashOffers(['eptsweep', 'map', '']);
    expect(offered).toEqual(expect.arrayContaining([...PRESETS.map(({ name }) => name), 'guest.yaml']));
  });
});
