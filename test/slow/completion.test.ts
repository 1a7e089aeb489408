/** The completion scripts in zsh and fish, where they are installed. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inShell } from '../cli/shells.ts';

const isInstalled = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

describe('eptsweep completion', () => {
  it.runIf(isInstalled('fish'))('fish', async () => {
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
    expect(await offers('eptsweep diff x --against policy:peer-x')).toEqual([
      'policy:peer-xen',
      'policy:peer-xen-ept',
    ]);
    expect(await offers('eptsweep replay --policy kvm-6.7 seabios-b')).toEqual(['seabios-boot']);
  });

  it.runIf(isInstalled('zsh'))('zsh', async () => {
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
