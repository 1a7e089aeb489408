/** Completion for zsh: the descriptions of the help stand beside what can be typed. */
import type { CommandNode, OptionNode } from './tree.ts';
import type { Value } from './values.ts';

/** In single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text in a specification of `_arguments`, where brackets and colons part its fields. */
function field(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function action({ words, isList, files }: Value): string {
  const list = (some: readonly string[]): string =>
    some.map((word) => word.replaceAll(/[\\:]/g, '\\$&')).join(' ');
  if (isList) return `_values -s , value ${list(words)}`;
  // No space behind what goes on, and its colon belongs to no specification.
  const open = words.filter((word) => /[=:]$/.test(word));
  const closed = words.filter((word) => !open.includes(word));
  if (open.length > 0) return `{compadd -S "" - ${list(open)}; compadd - ${list(closed)}}`;
  // An empty list: a message in its place would keep zsh from inserting the one option that fits.
  const ways = [
    ...(words.length > 0 || files === undefined ? [`(${list(words)})`] : []),
    ...(files !== undefined ? [files === 'folders' ? '_files -/' : '_files'] : []),
  ];
  return ways.length < 2 ? ways[0]! : `{_alternative "names:name:${ways[0]}" "files:file:_files"}`;
}

function optionSpecs({ short, long, description, value }: OptionNode): string[] {
  const text = `[${field(description)}]`;
  const behind = value ? `:value:${action(value)}` : '';
  // A long option takes its value behind = or as the next word, a short one as the next word.
  const names = [...(short === undefined ? [] : [short]), value ? `${long}=` : long];
  const exclusive = short === undefined ? '' : `(${short} ${long})`;
  return names.map((name) => quoted(`${exclusive}${name}${text}${behind}`));
}

function* caseLines({ name, options, args }: CommandNode): Generator<string> {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...args.map((value, index) => quoted(`${index + 1}::value:${action(value)}`)),
  ];
  yield `    ${name}) _arguments -s \\`;
  for (const [index, spec] of specs.entries())
    yield `      ${spec}${index < specs.length - 1 ? ' \\' : ' ;;'}`;
}

/**
 * The script.
 *
 * @param commands - all of them
 * @yields its lines
 */
export function* zshLines(commands: readonly CommandNode[]): Generator<string> {
  yield `#compdef eptsweep
# zsh completion for eptsweep: eval "$(eptsweep completion zsh)", behind compinit

_eptsweep() {
  local -a commands=(`;
  for (const { name, description } of commands) yield `    ${quoted(`${name}:${description}`)}`;
  yield `  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    _arguments '(- *)'{-h,--help}'[display help for command]' '(- *)'{-V,--version}'[print the version]'
    return
  fi
  # What follows is completed as if the command were a program of its own.
  shift words
  ((CURRENT--))
  case $words[1] in`;
  for (const command of commands) yield* caseLines(command);
  yield `  esac
}

# In a file of fpath zsh calls the function itself; sourced, it is named here.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _eptsweep "$@"; else compdef _eptsweep eptsweep; fi`;
}
