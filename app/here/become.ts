import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { codeOf, passThrough } from "../../host/pass-through.ts";
import type { Who } from "../../host/paths.ts";
import { decodeResolved, MAX_RESOLVED, type Resolved } from "../../schema/wire/resolved.ts";
import { readResolved } from "./read-resolved.ts";
import { toolRun } from "./run-tool.ts";

/** How it ended; `said`: what is to be said besides, `message` and then `next`. */
export interface Became {
  readonly exit: number;
  readonly said?: { readonly message: string; readonly hint: string };
}

/** Where Node runs a tool in its own place: the folder (undefined where it has no name), and where omg's bundles lie. */
export interface Here {
  readonly folder: string | undefined;
  readonly program: string;
}

const NOT_STARTED = 126;
const NO_TOOL = 127;

/** Runs a tool as the folder has it, and ends as it does. native/run.c does the same. */
export async function becomeTool(argv: readonly string[], who: Who, here: Here): Promise<Became> {
  const resolved = resolvedHere(who, here);
  if (typeof resolved === "number") return { exit: resolved };
  const run = toolRun(argv, who, resolved);
  if ("message" in run) return { exit: NO_TOOL, said: run };
  const ended = await passThrough(run);
  if (!("error" in ended)) return { exit: codeOf(ended) };
  const message = `This program could not be started: ${run.path}`;
  return {
    exit: NOT_STARTED,
    said: { message, hint: "Look at its mode, and at the interpreter that its first line names." },
  };
}

/** From the cache, or by omg itself; a number: how that ended. */
function resolvedHere(who: Who, { folder, program }: Here): Resolved | undefined | number {
  if (folder === undefined) return undefined;
  const kept = readResolved(who, folder);
  if (kept !== undefined) return kept;
  const launcher = join(program, "../bin/omg");
  const script = existsSync(launcher) ? launcher : join(program, "omg.cjs");
  // What the folder sets for its own Node must not change omg's.
  const { NODE_OPTIONS: _options, NODE_PATH: _path, NODE_REPL_EXTERNAL_MODULE: _module, ...env } = who.env;
  const { status, stdout } = spawnSync(process.execPath, [script, "__resolve"], {
    env,
    stdio: ["inherit", "pipe", "inherit"],
    maxBuffer: 2 * MAX_RESOLVED,
  });
  if (status !== 0) return status ?? 1;
  return decodeResolved(stdout) ?? 1;
}
