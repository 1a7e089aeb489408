/** Completion for bash, from 3.2 on; nothing else is needed, bash-completion neither. */
import type { CommandNode } from './tree.ts';
import type { Value } from './values.ts';

/** Words as a bash string. No name of ours has a character that needs more than quotes. */
function quoted(words: readonly string[]): string {
  return `'${words.join(' ').replaceAll("'", "'\\''")}'`;
}

function valueText({ words, isList, files }: Value): string {
  const parts = [
    `words=${quoted(words)}`,
    isList === true ? 'list=1' : undefined,
    files !== undefined ? `files=${files}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function* caseLines(commands: readonly CommandNode[]): Generator<string> {
  for (const { name, options, args } of commands) {
    for (const { short, long, value } of options) {
      if (!value) continue;
      const patterns = [short, long].flatMap((flag) => (flag === undefined ? [] : [`'${name} ${flag}'`]));
      yield `    ${patterns.join('|')}) ${valueText(value)} ;;`;
    }
    for (const [index, value] of args.entries()) yield `    '${name} ${index + 1}') ${valueText(value)} ;;`;
    const flags = options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
    yield `    '${name} -') words=${quoted(flags)} ;;`;
  }
}

/**
 * The script.
 *
 * @param commands - all of them
 * @yields its lines
 */
export function* bashLines(commands: readonly CommandNode[]): Generator<string> {
  yield `# bash completion for eptsweep: eval "$(eptsweep completion bash)"

# Sets words, list and files for the value of an option, the n-th argument, or the options (-) of a command.
_eptsweep_values() {
  words='' list='' files=''
  case "$1 $2" in`;
  yield* caseLines(commands);
  yield `    *) return 1 ;;
  esac
}

_eptsweep() {
  local words list files command='' option='' count=0 word before='' i tokens=()
  COMPREPLY=()
  # bash parts words at : and = too; what was typed in one piece is put together again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      :|=) if ((\${#tokens[@]})); then tokens[\${#tokens[@]}-1]+=$word; else tokens+=("$word"); fi ;;
      *) case $before in
        :|=) tokens[\${#tokens[@]}-1]+=$word ;;
        *) tokens+=("$word") ;;
      esac ;;
    esac
    before=$word
  done
  local last=$((\${#tokens[@]} - 1)) current=\${tokens[\${#tokens[@]}-1]}
  for ((i = 0; i < last; i++)); do
    word=\${tokens[i]}
    if [[ -n $option ]]; then option=''
    elif [[ -z $command && $word != -* ]]; then command=$word
    elif [[ $word == -?* && $word != *=* ]]; then
      if _eptsweep_values "$command" "$word"; then option=$word; fi
    elif [[ $word != -?* ]]; then count=$((count + 1))
    fi
  done
  local prefix=''
  if [[ -z $command ]]; then
    words=${quoted([...commands.map(({ name }) => name), '--help', '--version'])} list='' files=''
  elif [[ -n $option ]]; then
    _eptsweep_values "$command" "$option"
  elif [[ $current == --*=* ]]; then
    _eptsweep_values "$command" "\${current%%=*}" || return
    prefix=\${current%%=*}= current=\${current#*=}
  elif [[ $current == -* && $current != - ]]; then
    _eptsweep_values "$command" -
  else
    _eptsweep_values "$command" $((count + 1)) || return
  fi
  if [[ -n $list && $current == *,* ]]; then
    prefix+=\${current%,*}, current=\${current##*,}
  fi
  local found
  while IFS='' read -r found; do COMPREPLY+=("$prefix$found"); done < <(
    compgen -W "$words" -- "$current"
    case $files in
      files) compgen -f -- "$current" ;;
      folders) compgen -d -- "$current" ;;
    esac
  )
  if [[ -n $files ]]; then compopt -o filenames 2>/dev/null; fi
  case "\${COMPREPLY[*]}" in *[:=]) compopt -o nospace 2>/dev/null ;; esac
  # bash replaces only what stands behind the last : or =.
  local typed=$prefix$current
  local kept=\${typed%"\${typed##*[:=]}"}
  if [[ -n $kept && $COMP_WORDBREAKS == *:* ]]; then
    for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do COMPREPLY[i]=\${COMPREPLY[i]#"$kept"}; done
  fi
}

complete -F _eptsweep eptsweep`;
}
