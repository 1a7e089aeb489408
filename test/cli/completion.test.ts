/** The scripts are run by the shells themselves; zsh and fish where they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { commandTree } from '../../src/cli/completion/tree.ts';
import { PRESETS } from '../../src/config/index.ts';
import { inProcess, withFiles } from './program.ts';

const isInstalled = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
const [hasZsh, hasFish] = [isInstalled('zsh'), isInstalled('fish')];
if (!hasZsh || !hasFish) console.warn('zsh or fish is not installed: its completion is not tested');

async function scriptFor(shell: string): Promise<string> {
  const { status, stdout, stderr } = await inProcess(['completion', shell]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** Runs a shell on a file beside the completion script, in a folder with two entries of its own. */
async function inShell(shell: string, program: readonly string[], text: string): Promise<string> {
  const files = { script: await scriptFor(shell), run: text, 'guest.yaml': '' };
  return withFiles(files, (folder) => {
    const [name, ...args] = program;
    const run = spawnSync(name!, [...args, 'run'], { cwd: folder, encoding: 'utf8', timeout: 50_000 });
    expect(run.stderr).toBe('');
    return run.stdout;
  });
}

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

  it.runIf(hasFish)('fish', async () => {
    const offers = async (line: string) => {
      const text = `source ./script; complete -C '${line}'`;
      const stdout = await inShell('fish', ['fish', '--no-config'], text);
      return stdout
        .trim()
        .split('\n')
        .map((row) => row.split('\t')[0]);
    };
    expect(await offers('eptsweep ma')).toEqual(['map']);
    expect(await offers('eptsweep map ovmf-g')).toEqual(['ovmf-gpu']);
    expect(await offers('eptsweep map gue')).toEqual(['guest.yaml']);
    expect(await offers('eptsweep map x --pol')).toEqual(['--policy']);
    expect(await offers('eptsweep map --want ept ovmf-g')).toEqual(['ovmf-gpu']);
    expect(await offers('eptsweep map x --want mtrr,ef')).toEqual(['mtrr,effective']);
    expect(await offers('eptsweep diff x --against policy:peer-x')).toEqual(['policy:peer-xen']);
    expect(await offers('eptsweep replay --policy kvm-6.7 seabios-b')).toEqual(['seabios-boot']);
  });

  it.runIf(hasZsh)('zsh', { timeout: 60_000 }, async () => {
    const lines = {
      ma: 'map',
      'map ovmf-g': 'map ovmf-gpu',
      'map gue': 'map guest.yaml',
      'map x --jso': 'map x --json',
      'map --want=ept ovmf-g': 'map --want=ept ovmf-gpu',
      'map x -f nd': 'map x -f ndjson',
      'diff x --against policy:peer-x': 'diff x --against policy:peer-xen',
      'diff x --across vc': 'diff x --across vcpus',
      'replay --policy kvm-6.7 seabios-b': 'replay --policy kvm-6.7 seabios-boot',
    };
    // A zsh at a terminal; the widget prints what Tab has made of the line.
    const text = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1= PS2=; autoload -Uz compinit; compinit -u -D; . ./script'
zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey "^X" show; print rea""dy'
zpty -r -m shell REPLY '*ready*'
${Object.keys(lines)
  .map(
    (line) =>
      `zpty -w -n shell 'eptsweep ${line}'$'\\t\\x18'; zpty -r -m shell REPLY '*<<*>>*'; print -r -- \${\${REPLY##*<<}%%>>*}`,
  )
  .join('\n')}
zpty -d shell`;
    const stdout = await inShell('zsh', ['zsh', '-f'], text);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(Object.values(lines).map((line) => `eptsweep ${line}`));
  });
});
