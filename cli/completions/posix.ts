import { COMMANDS } from "../commands/index.ts";
import {
  argumentValues,
  optionsOf,
  PROVIDER_NAMES,
  parents,
  spellings,
  valuesOf,
  type Word,
  wordsAfter,
} from "./facts.ts";

/**
 * The part that all shells share, for sh(1): `__omg_complete WORD…` gets the words after `omg` up to the one that is being
 * completed, and prints a candidate a line, with a tab and its meaning where it has one; `:files` and `:folders` ask the shell
 * for its own. Starts no Node: names of packages come from a file that omg wrote, or from apt's cache.
 */
export function posixFunctions(): string {
  return [complete(), known(), values(), given(), optionValues(), optionWords(), commandWords(), argumentKinds()].join(
    "\n",
  );
}

function complete(): string {
  return shellText`__omg_complete() {
  __omg_command= __omg_value= __omg_plain=
  while [ $# -gt 1 ]; do
    if [ -n "$__omg_value" ]; then __omg_value=
    elif [ -n "$__omg_plain" ]; then :
    else
      case $1 in
        --) __omg_plain=yes ;;
        --*=*) ;;
        -*) __omg_value=$(__omg_option_values "$1") ;;
        *) if __omg_known "@{__omg_command:+$__omg_command }$1"; then __omg_command="@{__omg_command:+$__omg_command }$1"; fi ;;
      esac
    fi
    shift
  done
  if [ -n "$__omg_value" ]; then __omg_values "$__omg_value" "$1"; return; fi
  if [ -z "$__omg_plain" ]; then
    case $1 in
      --*=*)
        __omg_values "$(__omg_option_values "@{1%%=*}")" "@{1#*=}" | while IFS= read -r __omg_line; do
          case $__omg_line in :*) printf '%s\n' "$__omg_line" ;; *) printf '%s=%s\n' "@{1%%=*}" "$__omg_line" ;; esac
        done
        return ;;
      -*) __omg_option_words "$__omg_command" | __omg_beginning "$1"; return ;;
    esac
  fi
  case $__omg_command in
    ${["''", ...parents()].join(" | ")}) __omg_command_words "$__omg_command" | __omg_beginning "$1" ;;
    help | 'help '*) __omg_command_words "@{__omg_command#help}" | __omg_beginning "$1" ;;
    manual | 'manual '*) __omg_command_words "@{__omg_command#manual}" | __omg_beginning "$1" ;;
    *) __omg_values "$(__omg_argument "$__omg_command")" "$1" ;;
  esac
}
__omg_beginning() {
  P=$1 LC_ALL=C awk 'index($0, ENVIRON["P"]) == 1'
}`;
}

function known(): string {
  const names = [
    ...parents(),
    "help",
    ...parents().flatMap((name) => [`help ${name}`, `manual ${name}`]),
    ...COMMANDS.map(({ name }) => name),
  ];
  return `__omg_known() {
  case $1 in ${names.map(quoted).join(" | ")}) return 0 ;; esac
  return 1
}`;
}

function values(): string {
  return shellText`__omg_values() {
  case $1 in
    files | folders) printf ':%s\n' "$1" ;;
    packages) __omg_packages "$2" ;;
    installed) dpkg-query -W -f '@{binary:Package}\n' "$2*" 2>/dev/null ;;
    generations) __omg_generations | __omg_beginning "$2" ;;
    providers)
      __omg_head=
      case $2 in *,*) __omg_head="@{2%,*}," ;; esac
      for __omg_word in ${PROVIDER_NAMES.join(" ")}; do printf '%s\n' "$__omg_head$__omg_word"; done | __omg_beginning "$2" ;;
    words\ *) for __omg_word in @{1#words }; do printf '%s\n' "$__omg_word"; done | __omg_beginning "$2" ;;
  esac
}`;
}

/** Paths as host/paths.ts finds them. */
function given(): string {
  return shellText`__omg_packages() {
  for __omg_file in "@{OMG_CACHE_DIR:-@{XDG_CACHE_HOME:-$HOME/.cache}/omg}/apt-names" /var/cache/omg/apt-names; do
    if [ -r "$__omg_file" ]; then __omg_beginning "$1" <"$__omg_file"; return; fi
  done
  [ -n "$1" ] && apt-cache --no-generate pkgnames "$1" 2>/dev/null
}
__omg_generations() {
  if [ "$(id -u)" = 0 ]; then __omg_system=@{OMG_DATA_DIR:-/var/lib/omg} __omg_user=@{OMG_DATA_DIR:+$OMG_DATA_DIR/user}
  else __omg_system=/var/lib/omg __omg_user=@{OMG_DATA_DIR:-}; fi
  [ -n "$__omg_user" ] || __omg_user=@{XDG_DATA_HOME:-$HOME/.local/share}/omg
  ls "$__omg_system/generations" 2>/dev/null | sed -n 's/^\([0-9][0-9]*\)\.json$/system:\1/p'
  ls "$__omg_user/generations" 2>/dev/null | sed -n 's/^\([0-9][0-9]*\)\.json$/user:\1/p'
}`;
}

function optionValues(): string {
  const options = [optionsOf(undefined), ...COMMANDS.map((spec) => optionsOf(spec))].flat();
  const cases = new Map(
    options.flatMap((option) => {
      const kind = valuesOf(option);
      return kind === undefined ? [] : [[spellings(option).join(" | "), kind] as const];
    }),
  );
  const lines = [...cases].map(([words, kind]) => `    ${words}) printf %s ${quoted(kind)} ;;`);
  return `__omg_option_values() {\n  case $1 in\n${lines.join("\n")}\n  esac\n}`;
}

function optionWords(): string {
  const lines = COMMANDS.map((spec) => `    ${quoted(spec.name)})${listed(optionsWords(optionsOf(spec)))} ;;`);
  return `__omg_option_words() {\n  case $1 in\n${lines.join("\n")}\n    *)${listed(optionsWords(optionsOf(undefined)))} ;;\n  esac\n}`;
}

function optionsWords(options: ReturnType<typeof optionsOf>): readonly Word[] {
  return options.map((option) => ({ word: spellings(option).at(-1) ?? "", meaning: option.description }));
}

function commandWords(): string {
  const lines = parents().map((parent) => `    ${parent} | ' ${parent}')${listed(wordsAfter(parent))} ;;`);
  return `__omg_command_words() {\n  case $1 in\n${lines.join("\n")}\n    '')${listed(wordsAfter(""))} ;;\n  esac\n}`;
}

function argumentKinds(): string {
  const lines = COMMANDS.map((spec) => [spec.name, argumentValues(spec)] as const).filter(
    ([, kind]) => kind !== "nothing",
  );
  const cases = lines.map(([name, kind]) => `    ${quoted(name)}) printf %s ${quoted(kind)} ;;`);
  return `__omg_argument() {\n  case $1 in\n${cases.join("\n")}\n  esac\n}`;
}

function listed(words: readonly Word[]): string {
  return ` printf '%s\\t%s\\n'${words.map(({ word, meaning }) => ` ${quoted(word)} ${quoted(meaning)}`).join("")}`;
}

/** Text of a shell as it stands, in which `@{` is the shell's own `${`. */
export function shellText(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts.raw.map((part) => part.replaceAll("@{", "${")) }, ...values);
}

/** One word for every shell of the family. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
