import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Became, becomeTool } from "../../app/here/become.ts";
import { OmgError } from "../../schema/error.ts";
import type { Who } from "../context.ts";
import { type Answer, failed } from "./answer.ts";
import { complaint } from "./complaint.ts";
import { isText } from "./text.ts";
import { refuseBadVariables } from "./variables.ts";

/** `--shim NAME ARGUMENT...`: the tool of that name, as this folder has it. */
export async function runShim(argv: readonly string[], who: Who): Promise<Answer> {
  try {
    refuseBadVariables(who, "user");
    return told(
      await becomeTool(argv, who, { folder: currentFolder(), program: dirname(fileURLToPath(import.meta.url)) }),
    );
  } catch (error) {
    if (error instanceof OmgError) return failed(error);
    throw error;
  }
}

/** `exec [--] COMMAND ARGUMENT...` */
export async function runExec(words: readonly string[], who: Who): Promise<Answer> {
  const [first, ...rest] = words;
  const command = first === "--" ? rest : words;
  if (command.length === 0 || (first !== "--" && first?.startsWith("-")))
    return failed(complaint("error", "exec needs a command.", "omg-fast exec -- COMMAND [ARGUMENT...]"));
  return runShim(command, who);
}

/** Undefined where it is gone, or no text names it. */
export function currentFolder(): string | undefined {
  try {
    const folder = process.cwd();
    return isText(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function told({ exit, said }: Became): Answer {
  if (said === undefined) return { exit, stdout: "", stderr: "" };
  const next = said.hint === "" ? "" : `Next: ${visible(said.hint)}\n`;
  return { exit, stdout: "", stderr: `omg: ${visible(said.message)}\n${next}` };
}

/** What could steer a terminal: C0, DEL and C1. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
