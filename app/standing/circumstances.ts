import { hostname, release } from "node:os";
import { join } from "node:path";
import { lookAt } from "../../host/look.ts";

/** What a shell changes from command to command, and nothing here reads. */
const PASSING = new Set(["_", "SHLVL", "OLDPWD", "PWD"]);

/**
 * What the answers of this process, or of one with another program and environment, hang on, files apart. native/circumstances.c has the same.
 * @param program folder of the bundles
 * @param terminal what is known of the one that is printed to
 */
export function circumstancesHere(
  program: string,
  terminal: string,
  { env, execPath }: Pick<NodeJS.Process, "env" | "execPath"> = process,
): readonly string[] {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getegid?.(), ...(process.getgroups?.() ?? [])];
  return [
    lookAt(join(program, "omg.cjs"), "itself"),
    execPath,
    lookAt(execPath, "itself"),
    ids.join(" "),
    hostname(),
    release(),
    terminal,
    ...variablesOf(env),
  ];
}

/** In the order of their bytes. */
function variablesOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env)
    .filter(([name]) => !PASSING.has(name))
    .map(([name, value]) => Buffer.from(`${name}=${value}`))
    .sort(Buffer.compare)
    .map(String);
}
