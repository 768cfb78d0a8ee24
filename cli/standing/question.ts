import { statSync } from "node:fs";
import { hostname, release } from "node:os";
import { join } from "node:path";
import type { Question } from "../../app/standing/kept.ts";
import { whoIsThis } from "../context.ts";
import { factsOf, STDOUT } from "../streams.ts";

/** Commands that only look, as in bin/omg, and the options with which they print text that no moment is in. */
const COMMANDS = ["plan", "check", "outdated", "orphans", "explicit", "size", "why", "audit sbom"];
const OPTIONS =
  /^(?:--(?:detailed-exitcode|locked|allow-downgrades|quiet|names|(?:lock|only|skip|color|cd|limit|format)(?:=.*)?)|-q|-C.*|[^-].*)$/s;
/** What a shell changes from command to command, and nothing here reads. */
const PASSING = new Set(["_", "SHLVL", "OLDPWD", "PWD"]);

/** What these arguments ask, where an earlier answer may do; otherwise undefined. @param program folder of the bundles */
export function questionOf(argv: readonly string[], program: string): Question | undefined {
  const words = [argv[0] ?? "", argv.slice(0, 2).join(" ")];
  if (!words.some((word) => COMMANDS.includes(word))) return undefined;
  if (!argv.every((argument) => OPTIONS.test(argument))) return undefined;
  try {
    return questionHere(argv, program);
  } catch {
    return undefined; // such as a folder that is gone, which the long way explains
  }
}

function questionHere(argv: readonly string[], program: string): Question {
  const { env } = process;
  const { size, mtimeMs, ctimeMs } = statSync(join(program, "omg.cjs"));
  const { columns, terminal } = factsOf(STDOUT, env);
  return {
    who: whoIsThis(env),
    about: [process.cwd(), ...argv],
    circumstances: [
      [size, mtimeMs, ctimeMs, process.version, process.execPath],
      [process.getuid?.(), process.geteuid?.(), process.getegid?.(), process.getgroups?.()],
      [hostname(), release()],
      [columns, terminal],
      Object.entries(env)
        .filter(([name]) => !PASSING.has(name))
        .sort(),
    ],
  };
}
