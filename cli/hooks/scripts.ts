/** What a shell runs before each prompt. The code that it evaluates comes from `omg-fast hook` (native/hook.c). */

export const HOOK_SHELLS = ["bash", "zsh", "fish"] as const;
export type HookShell = (typeof HOOK_SHELLS)[number];

/** The words that start omg-fast, and omg itself. */
interface HookWords {
  readonly fast: readonly string[];
  readonly omg: readonly [node: string, script: string];
}

export function hookScript(shell: HookShell, { fast, omg }: HookWords): string {
  const all = (words: readonly string[]) => words.map(shell === "fish" ? fishQuoted : quoted).join(" ");
  const parts: Readonly<Record<string, string>> = { FAST: all(fast), NODE: all(omg.slice(0, 1)), OMG: all(omg) };
  return SCRIPTS[shell].replace(/@([A-Z]+)@/g, (_, name: string) => parts[name] ?? "");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

const BASH = `# omg's hook for bash, below everything in ~/.bashrc that sets PATH or PROMPT_COMMAND:
#   eval "$(omg hook bash)"
declare -gA __omg_aliases
__omg_pwd= __omg_mark= __omg_there=() __omg_absent=()

# Each alias that takes another's place keeps it: "=" and its value, or nothing.
__omg_alias() {
  if [[ -z \${__omg_aliases[$1]+x} ]]; then
    __omg_aliases[$1]=\${BASH_ALIASES[$1]+=\${BASH_ALIASES[$1]}}
  fi
  builtin alias -- "$1=$2"
}

__omg_unalias() {
  local name
  for name in "\${!__omg_aliases[@]}"; do
    if [[ -n \${__omg_aliases[$name]} ]]; then
      builtin alias -- "$name=\${__omg_aliases[$name]#=}"
    else
      builtin unalias -- "$name" 2>/dev/null || :
    fi
  done
  __omg_aliases=()
}

# Whether the folder is the same, and all that it depends on: without a process.
__omg_same() {
  [[ $__omg_pwd == "$PWD" ]] || return 1
  local file
  for file in \${__omg_there[@]+"\${__omg_there[@]}"}; do
    [[ -e $file && ! $file -nt $__omg_mark ]] || return 1
  done
  for file in \${__omg_absent[@]+"\${__omg_absent[@]}"}; do
    [[ ! -e $file ]] || return 1
  done
}

__omg_hook() {
  local last=$? code
  if ! __omg_same; then
    if code=$(@FAST@ hook bash); then eval "$code" || :; fi
  fi
  # What comes after this in PROMPT_COMMAND sees the last command's status; with set -e, the shell would end of it.
  if [[ $- == *e* ]]; then return 0; fi
  return "$last"
}

# On omg's own Node: the folder's may be too old for it.
omg() {
  case "\${1-} \${2-}" in
  "exec --" | "exec "[!-]*) shift && @FAST@ exec "$@" ;;
  *) if [[ -x @NODE@ ]]; then @OMG@ "$@"; else command omg "$@"; fi ;;
  esac
}

if [[ " \${PROMPT_COMMAND[*]-} " != *__omg_hook* ]]; then
  if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == "declare -a"* ]]; then
    PROMPT_COMMAND=(__omg_hook "\${PROMPT_COMMAND[@]}")
  else
    PROMPT_COMMAND="__omg_hook\${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
  fi
fi
`;

const ZSH = `# omg's hook for zsh, below everything in ~/.zshrc that sets PATH:
#   eval "$(omg hook zsh)"
typeset -gA __omg_aliases
typeset -ga __omg_there __omg_absent
typeset -g __omg_pwd= __omg_mark=

# Each alias that takes another's place keeps it: "=" and its value, or nothing.
__omg_alias() {
  if (( ! \${+__omg_aliases[$1]} )); then
    __omg_aliases[$1]="\${aliases[$1]+=\${aliases[$1]}}"
  fi
  builtin alias -- "$1=$2"
}

__omg_unalias() {
  local name
  for name in "\${(@k)__omg_aliases}"; do
    if [[ -n "\${__omg_aliases[$name]}" ]]; then
      builtin alias -- "$name=\${__omg_aliases[$name]#=}"
    elif (( \${+aliases[$name]} )); then
      builtin unalias -- "$name"
    fi
  done
  __omg_aliases=()
}

# Whether the folder is the same, and all that it depends on: without a process.
__omg_same() {
  [[ "$__omg_pwd" == "$PWD" ]] || return 1
  local file
  for file in "\${__omg_there[@]}"; do
    [[ -e "$file" && ! "$file" -nt "$__omg_mark" ]] || return 1
  done
  for file in "\${__omg_absent[@]}"; do
    [[ ! -e "$file" ]] || return 1
  done
}

__omg_hook() {
  emulate -L zsh
  local code
  if ! __omg_same; then
    if code="$(@FAST@ hook zsh)"; then eval "$code"; fi
  fi
  return 0
}

# On omg's own Node: the folder's may be too old for it.
omg() {
  case "\${1-} \${2-}" in
  ("exec --" | "exec "[!-]*) shift && @FAST@ exec "$@" ;;
  (*) if [[ -x @NODE@ ]]; then @OMG@ "$@"; else command omg "$@"; fi ;;
  esac
}

typeset -ga precmd_functions
precmd_functions=(__omg_hook \${precmd_functions:#__omg_hook})
`;

const FISH = `# omg's hook for fish, 3.6 or later, in ~/.config/fish/config.fish:
#   omg hook fish | source
set -q __omg_aliases; or set -g __omg_aliases
set -g __omg_pwd
set -g __omg_mark
set -g __omg_there
set -g __omg_absent

# Each function that an alias takes the place of is kept under another name.
function __omg_alias
    if not contains -- $argv[1] $__omg_aliases
        set -ga __omg_aliases $argv[1]
        functions -q $argv[1]; and functions -c $argv[1] __omg_kept_(string escape --style=var -- $argv[1])
    end
    alias $argv[1] $argv[2]
end

function __omg_unalias
    for name in $__omg_aliases
        set -l kept __omg_kept_(string escape --style=var -- $name)
        functions -e $name
        if functions -q $kept
            functions -c $kept $name
            functions -e $kept
        end
    end
    set -g __omg_aliases
end

# Whether the folder is the same, and all that it depends on: without a process.
function __omg_same
    test "$__omg_pwd" = "$PWD"; or return 1
    for file in $__omg_there
        test -e $file; and not test $file -nt "$__omg_mark"; or return 1
    end
    for file in $__omg_absent
        not test -e $file; or return 1
    end
end

function __omg_hook --on-event fish_prompt
    __omg_same; or @FAST@ hook fish | source
end

# On omg's own Node: the folder's may be too old for it.
function omg
    if test "$argv[1]" = exec; and begin
            test "$argv[2]" = --; or not string match -q -- '-*' "$argv[2]"
        end
        @FAST@ exec $argv[2..]
    else if test -x @NODE@
        @OMG@ $argv
    else
        command omg $argv
    end
end
`;

const SCRIPTS: Readonly<Record<HookShell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
