import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, failed } from "./answer.ts";
import { complaint } from "./complaint.ts";

/** Commands that native/ answers from what was answered before or has omgd answer, and otherwise hands over to omg. */
const PASSED_ON: readonly string[] = "search info outdated explicit orphans plan check size why audit".split(" ");

export function isPassedOn(word: string | undefined): boolean {
  return word !== undefined && PASSED_ON.includes(word);
}

/** Node runs already, so that omg itself answers as quickly. Undefined where it has begun: it ends the process itself. */
export function becomeOmg(): Answer | undefined {
  const program = join(dirname(fileURLToPath(import.meta.url)), "omg.cjs");
  try {
    createRequire(import.meta.url)(program);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    const hint = "Run omg itself, or omg hook once, which writes it down.";
    return failed(complaint("unreachable", "Nothing says where Node and omg are, to answer this.", hint));
  }
}
