/** Completion for fish. */
import type { CommandNode, OptionNode } from './tree.ts';
import type { Value } from './values.ts';

/** In single quotes, in which fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}

function valueFlags({ words, isList, files }: Value): string {
  const flags: string[] = [];
  if (files === undefined) flags.push('-f');
  if (isList) flags.push('-a', quoted(`(__eptsweep_list ${words.join(' ')})`));
  else if (words.length > 0) flags.push('-a', quoted(words.join(' ')));
  if (files === 'folders') flags.push('-f', '-a', quoted('(__fish_complete_directories)'));
  return flags.join(' ');
}

function optionLine(command: string, { short, long, description, value }: OptionNode): string {
  const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const behind = value ? ` -r ${valueFlags(value)}` : '';
  return `complete -c eptsweep -n ${quoted(`__eptsweep_at ${command}`)} ${names}${behind} -d ${quoted(description)}`;
}

/**
 * The script.
 *
 * @param commands - all of them
 * @yields its lines
 */
export function* fishLines(commands: readonly CommandNode[]): Generator<string> {
  const valued = commands.map(({ name, options }) => {
    const flags = options.filter(({ value }) => value).flatMap(({ short, long }) => [short, long]);
    return [name, flags.filter((flag) => flag !== undefined)] as const;
  });
  yield `# fish completion for eptsweep: eptsweep completion fish | source

# Options of a command that take the next word.
function __eptsweep_valued
    switch $argv[1]`;
  for (const [name, flags] of valued) {
    if (flags.length > 0) yield `        case ${name}\n            printf '%s\\n' ${flags.join(' ')}`;
  }
  yield `    end
end

# Whether this command is being written, and, if a second word is given, its argument of that number.
function __eptsweep_at
    set -l words (commandline -opc)[2..-1]
    test "$words[1]" = $argv[1]; or return 1
    test (count $argv) -gt 1; or return 0
    set -l valued (__eptsweep_valued $argv[1])
    set -l place 1
    set -l skip 0
    for word in $words[2..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word $valued
            set skip 1
        else if not string match -q -- '-?*' $word
            set place (math $place + 1)
        end
    end
    test $place -eq $argv[2]
end

# Words of a list with commas between them, behind those that are written.
function __eptsweep_list
    set -l written (string match -r -- '^.*,' (commandline -ct | string replace -r -- '^--[^=]*=' ''))
    printf '%s\\n' $written$argv
end

complete -c eptsweep -f
complete -c eptsweep -n __fish_use_subcommand -s h -l help -d 'display help for command'
complete -c eptsweep -n __fish_use_subcommand -s V -l version -d 'print the version'`;
  for (const { name, description, options, args } of commands) {
    yield `complete -c eptsweep -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`;
    for (const option of options) yield optionLine(name, option);
    for (const [index, value] of args.entries()) {
      const condition = quoted(`__eptsweep_at ${name} ${index + 1}`);
      const flags = [
        ...(value.words.length > 0 ? ['-a', quoted(value.words.join(' '))] : []),
        ...(value.files !== undefined ? ['-F'] : []),
      ];
      if (flags.length > 0) yield `complete -c eptsweep -n ${condition} ${flags.join(' ')}`;
    }
  }
}
