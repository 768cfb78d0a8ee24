import { circumstancesHere } from "../../app/standing/circumstances.ts";
import type { Question } from "../../app/standing/kept.ts";
import { whoIsThis } from "../context.ts";
import { factsOf, STDOUT } from "../streams.ts";

/** Commands that only look, as in bin/omg, and the options with which they print text that no moment is in. */
export const KEPT_COMMANDS = ["plan", "check", "outdated", "orphans", "explicit", "size", "why", "audit sbom"];
const OPTIONS =
  /^(?:--(?:detailed-exitcode|locked|allow-downgrades|quiet|names|(?:lock|only|skip|color|cd|limit|format)(?:=.*)?)|-q|-C.*|[^-].*)$/s;

/** What these arguments ask, where an earlier answer may do; otherwise undefined. @param program folder of the bundles */
export function questionOf(argv: readonly string[], program: string): Question | undefined {
  const words = [argv[0] ?? "", argv.slice(0, 2).join(" ")];
  if (!words.some((word) => KEPT_COMMANDS.includes(word))) return undefined;
  if (!argv.every((argument) => OPTIONS.test(argument))) return undefined;
  try {
    const { env } = process;
    const { columns, terminal } = factsOf(STDOUT, env);
    const circumstances = circumstancesHere(program, terminal ? String(columns) : "no");
    return { who: whoIsThis(env), about: [process.cwd(), ...argv], circumstances };
  } catch {
    return undefined; // such as a folder that is gone, which the long way explains
  }
}
