import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { pathsFor } from "../../host/paths.ts";
import { encodeResolved, type Resolved } from "../../schema/wire/resolved.ts";
import type { Context } from "../context.ts";
import { keptPath } from "./read-resolved.ts";

/** Where Node and omg's script for it are told to omg-fast (native/node.c): a line each. */
const PROGRAM = "program";

/**
 * The bytes of a resolved folder, kept in the cache under a name that native/resolved.c finds. Where it cannot be kept, it is made anew
 * each time. One that is too large gives up its programs first, then its notices.
 */
export function keepResolved(ctx: Context, resolved: Resolved): Uint8Array {
  const bytes = encodeResolved(resolved) ?? encodeResolved({ ...resolved, tools: [], notices: [] }) ?? new Uint8Array();
  const path = keptPath(ctx, resolved.folder);
  try {
    makeFolder(dirname(path), 0o700);
    writeAtomic(path, bytes, 0o600);
  } catch {
    // a full or read-only disk costs time and nothing else
  }
  return bytes;
}

/** Lets omg-fast find this Node and this omg. */
export function keepProgram(ctx: Context): void {
  const text = ownCommand(ctx)
    .map((word) => `${word}\n`)
    .join("");
  if (text.split("\n").length !== 3) return;
  const { data } = pathsFor("user", ctx);
  const path = join(data, PROGRAM);
  try {
    if (readIfPresent(path, 1 << 16)?.toString("utf8") === text) return;
    makeFolder(data);
    writeAtomic(path, text, 0o600);
  } catch {
    // omg-fast then looks beside itself, and on PATH
  }
}

/** The words that start omg with the Node that it runs on now, whichever one a folder has. The launcher keeps compiled code between runs. */
export function ownCommand(ctx: Context): readonly [node: string, script: string] {
  const launcher = join(ctx.program, "../bin/omg");
  return [realpathSync(process.execPath), existsSync(launcher) ? launcher : join(ctx.program, "omg.cjs")];
}
