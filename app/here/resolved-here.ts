import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Who } from "../../host/paths.ts";
import { decodeResolved, MAX_RESOLVED, type Resolved } from "../../schema/wire/resolved.ts";
import { readResolved } from "./read-resolved.ts";

/** The folder (undefined where it has no name), and where omg's bundles lie. */
export interface Here {
  readonly folder: string | undefined;
  readonly program: string;
}

/** From the cache, or by omg itself; a number: how that ended. */
export function resolvedHere(who: Who, { folder, program }: Here): Resolved | undefined | number {
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
