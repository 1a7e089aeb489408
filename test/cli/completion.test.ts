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
    const free = /^<(?:n|s|t|seconds|command|vcpus|id|units|line|host|address)>$/;
    for (const [name, load] of Object.entries(COMMANDS)) {
      const node = (await commandTree(COMMANDS)).find((one) => one.name === name)!;
      for (const { flags, long, hidden } of (await load()).options) {
        // Taken to be refused with a reason.
        if (hidden) continue;
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
    [['eptsweep', 'explain', 'ovmf-q35', 'gue'], ['guest.yaml']],
  ])('bash: %j', async (words, expected) => {
    expect((await bashOffers(words)).slice(0, expected.length)).toEqual(expected);
  });

  /** The rest of the script's line that starts so. */
  const lineOf = (script: string, start: string): string =>
    script
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line.startsWith(start))!
      .slice(start.length);
  const presets = PRESETS.map(({ name }) => name).join(' ');

  it('fish: says what follows each option, and what an argument may be', async () => {
    const script = await scriptFor('fish');
    const at = (command: string) => `complete -c eptsweep -n '__eptsweep_at ${command}' `;
    expect(lineOf(script, `${at('map')}-l policy`)).toMatch(
      /^ -r -f -a 'sdm kvm-4\.7 [^']*peer-xen[^']*' -d /,
    );
    expect(lineOf(script, `${at('map')}-l want`)).toContain(
      "-a '(__eptsweep_list mtrr ept effective levels leaf)'",
    );
    expect(lineOf(script, `${at('map')}-s o -l output`)).toMatch(/^ -r {2}-d /);
    expect(lineOf(script, `${at('map 1')}`)).toContain(`-a '${presets}`);
    expect(lineOf(script, `${at('diff')}-l against`)).toContain('policy:peer-xen');
    // Of a list, only the last word is completed; options with values are known, so that these are no arguments.
    expect(script).toMatch(/function __eptsweep_list\n/);
    expect(script).toMatch(/case replay\n +printf '%s\\n' .*--policy/);
  });

  it('zsh: says what follows each option, and what an argument may be', async () => {
    const script = await scriptFor('zsh');
    const map = script.slice(script.indexOf('\n    map) _arguments'));
    expect(lineOf(map, "'--policy=[")).toMatch(/\]:value:\(sdm kvm-4\.7 .*peer-xen.*\)' \\$/);
    expect(lineOf(map, "'--want=[")).toMatch(
      /\]:value:_values -s , value mtrr ept effective levels leaf' \\$/,
    );
    expect(lineOf(map, "'(-f --format)-f[")).toMatch(/:value:\(table json ndjson csv .*\)' \\$/);
    expect(lineOf(map, "'(-f --format)--format=[")).toMatch(/:value:\(table json ndjson csv .*\)' \\$/);
    expect(lineOf(map, "'1::value:")).toContain(`(${presets}`);
    // A word that ends in = or : goes on without a space.
    expect(lineOf(script, "'--across=[")).toMatch(/\{compadd -S "" - .*kernels=/);
  });

  it.each(['bash', 'zsh', 'fish'])('%s: closes every quote that it opens', async (shell) => {
    for (const line of (await scriptFor(shell)).split('\n')) {
      if (line.trimStart().startsWith('#')) continue;
      const text = shell === 'fish' ? line.replaceAll(/\\[\\']/g, '') : line.replaceAll("'\\''", '');
      expect({ line, odd: (text.replaceAll(/"[^"']*"/g, '').match(/'/g)?.length ?? 0) % 2 }).toEqual({
        line,
        odd: 0,
      });
    }
  });

  it('bash: offers all presets and files behind a command', async () => {
    const offered = await bashOffers(['eptsweep', 'map', '']);
    expect(offered).toEqual(expect.arrayContaining([...PRESETS.map(({ name }) => name), 'guest.yaml']));
  });
});
