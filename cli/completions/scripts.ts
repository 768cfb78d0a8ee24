import { posixFunctions, shellText } from "./posix.ts";

export type Shell = "bash" | "zsh" | "fish";

export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** The script that teaches a shell what omg takes: sourced, or put where the shell looks for it. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

/** bash(1), Programmable Completion. It cuts words at colons, which names of packages and generations have. */
function bash(): string {
  return shellText`# omg: completions for bash. Source this: source <(omg completions bash)
${posixFunctions()}
_omg() {
  local line candidate word words before
  read -r -a words <<<"@{COMP_LINE:0:COMP_POINT}"
  [[ @{COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
  word=@{words[@{#words[@]}-1]}
  before=@{word%"@{word##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    candidate=@{line%%$'\t'*}
    case $candidate in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "@{word##*=}") ;;
      :folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "@{word##*=}") ;;
      *) COMPREPLY+=("@{candidate#"$before"}") ;;
    esac
  done < <(__omg_complete "@{words[@]:1}")
  [[ @{#COMPREPLY[@]} -eq 1 && @{COMPREPLY[0]} == *, ]] && compopt -o nospace
  return 0
}
complete -F _omg omg
`;
}

/** zshcompsys(1). */
function zsh(): string {
  return shellText`#compdef omg
# omg: completions for zsh. Put this into a folder of $fpath as _omg, or: source <(omg completions zsh)
${posixFunctions()}
_omg() {
  local line
  local -a candidates typed
  typed=("@{(@Q)words[2,CURRENT]}")
  for line in "@{(@f)$(emulate sh; __omg_complete "@{typed[@]}")}"; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      '') ;;
      *$'\t'*) candidates+=("@{@{line%%$'\t'*}//:/\\:}:@{line#*$'\t'}") ;;
      *) candidates+=("@{line//:/\\:}") ;;
    esac
  done
  (( $#candidates )) && _describe omg candidates
}
if [ "$funcstack[1]" = _omg ]; then _omg "$@"; else compdef _omg omg; fi
`;
}

/** complete(1) of fish: candidates with a tab and their meaning are its own form. */
function fish(): string {
  const script = `${posixFunctions()}\n__omg_complete "$@"`;
  return shellText`# omg: completions for fish. omg completions fish >~/.config/fish/completions/omg.fish
function __omg_candidates
    set -l words (commandline -opc) (commandline -ct)
    for line in (sh -c ${fishQuoted(script)} omg $words[2..-1])
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':folders'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c omg -f -a '(__omg_candidates)'
`;
}

/** fish(1), Quotes: within single quotes only a backslash and the quote itself are escaped. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
