import { codeOf, passThrough } from "../../host/pass-through.ts";
import type { Who } from "../../host/paths.ts";
import { type Here, resolvedHere } from "./resolved-here.ts";
import { toolRun } from "./run-tool.ts";

/** How it ended; `said`: what is to be said besides, `message` and then `next`. */
export interface Became {
  readonly exit: number;
  readonly said?: { readonly message: string; readonly hint: string };
}

const NOT_STARTED = 126;
const NO_TOOL = 127;

/** Runs a tool as the folder has it, and ends as it does; `stop` ends it before. native/run.c does the same. */
export async function becomeTool(argv: readonly string[], who: Who, here: Here, stop?: AbortSignal): Promise<Became> {
  const resolved = resolvedHere(who, here);
  if (typeof resolved === "number") return { exit: resolved };
  const run = toolRun(argv, who, resolved);
  if ("message" in run) return { exit: NO_TOOL, said: run };
  const ended = await passThrough({ ...run, ...(stop === undefined ? {} : { stop }) });
  if (!("error" in ended)) return { exit: codeOf(ended) };
  const message = `This program could not be started: ${run.path}`;
  return {
    exit: NOT_STARTED,
    said: { message, hint: "Look at its mode, and at the interpreter that its first line names." },
  };
}
