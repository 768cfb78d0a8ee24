import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { resolvedHere } from "../../app/here/resolved-here.ts";
import { type ShellWay, shellWay } from "../../app/here/shell-way.ts";
import { OmgError } from "../../schema/error.ts";
import type { Resolved } from "../../schema/wire/resolved.ts";
import type { Who } from "../context.ts";
import { type Answer, failed } from "./answer.ts";
import { complaint } from "./complaint.ts";
import { currentFolder, visible } from "./run.ts";
import { refuseBadVariables } from "./variables.ts";

type Shell = "bash" | "zsh" | "fish";
const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** `hook bash|zsh|fish`: code for that shell to evaluate. native/hook.c does the same. */
export function hookCode(words: readonly string[], who: Who): Answer {
  const shell = SHELLS.find((each) => each === words[0]);
  if (shell === undefined || words.length > 1)
    return failed(
      complaint(
        "error",
        "hook takes the name of a shell: bash, zsh or fish.",
        "omg hook bash prints what goes into ~/.bashrc.",
      ),
    );
  const { resolved, stderr } = resolvedOrWhy(who);
  const way = shellWay(who, resolved);
  const said = way.said.map((text) => `omg: ${visible(text)}\n`).join("");
  return { exit: 0, stdout: code(shell, way), stderr: stderr + said };
}

/** Where that fails, it is said why; the folder before is left all the same. */
function resolvedOrWhy(who: Who): { readonly resolved: Resolved | undefined; readonly stderr: string } {
  try {
    refuseBadVariables(who, "user");
    const resolved = resolvedHere(who, { folder: currentFolder(), program: dirname(fileURLToPath(import.meta.url)) });
    return { resolved: typeof resolved === "number" ? undefined : resolved, stderr: "" };
  } catch (error) {
    if (error instanceof OmgError) return { resolved: undefined, stderr: failed(error).stderr };
    throw error;
  }
}

function code(shell: Shell, way: ShellWay): string {
  const fish = shell === "fish";
  const quoted = fish ? fishQuoted : posixQuoted;
  const variable = (name: string, value: string | undefined) =>
    value === undefined
      ? `${fish ? "set -e" : "unset"} ${name}\n`
      : `${fish ? `set -gx ${name} ` : `export ${name}=`}${quoted(value)}\n`;
  const command = (name: string, text: string) =>
    fish
      ? `set -gx ${name} (command sh -c ${quoted(text)} | string collect)\n`
      : `export ${name}="$(command sh -c ${quoted(text)})"\n`;
  const list = (name: string, paths: readonly string[]) => {
    const items = paths.map((path) => ` ${quoted(path)}`).join("");
    return fish ? `set -g ${name}${items}\n` : `${name}=(${items})\n`;
  };
  return [
    "__omg_unalias\n",
    ...way.aliases.map(({ name, value }) => `__omg_alias ${quoted(name)} ${quoted(value)}\n`),
    way.path === undefined ? "" : variable("PATH", way.path),
    ...way.variables.map(([name, value]) => variable(name, value)),
    ...way.commands.map(([name, text]) => command(name, text)),
    way.state === undefined ? "" : variable("__OMG_STATE", way.state === "" ? undefined : way.state),
    list("__omg_there", way.there),
    list("__omg_absent", way.absent),
    fish
      ? `set -g __omg_mark ${quoted(way.mark)}\nset -g __omg_pwd $PWD\n`
      : `__omg_mark=${quoted(way.mark)}\n__omg_pwd=$PWD\n`,
  ].join("");
}

/** POSIX.1, 2.2.2. */
function posixQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** fish, "Quotes". */
function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
