import { lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { readOwn } from "../../host/own-file.ts";
import { pathsFor } from "../../host/paths.ts";
import { removeTree } from "../../host/remove.ts";
import type { Context } from "../context.ts";
import type { Watched } from "./watched.ts";

/** A file that says more of a folder than which of the installed versions to use, and what it includes. Paths are absolute. */
export interface Configuration {
  readonly path: string;
  readonly includes: readonly string[];
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Whether the user has allowed this very content, from this owner, in this place. */
export function isAllowed(ctx: Context, watched: Watched, file: Configuration): boolean {
  const record = recordOf(ctx, file.path);
  watched.look(record, true);
  return readOwn(record, 4096)?.toString("utf8") === textFor(file);
}

/** From now on, for as long as nothing of it changes. System errors pass. */
export function allow(ctx: Context, file: Configuration): void {
  const record = recordOf(ctx, file.path);
  makeFolder(dirname(record), 0o700);
  writeAtomic(record, textFor(file), 0o600);
}

/** @returns whether it was allowed, in this content or another */
export function deny(ctx: Context, path: string): boolean {
  const record = recordOf(ctx, path);
  if (lstatSync(record, { throwIfNoEntry: false }) === undefined) return false;
  removeTree(record);
  return true;
}

function recordOf(ctx: Context, path: string): string {
  return join(pathsFor("user", ctx).state, "allowed", `${sha256(path).slice(0, 32)}.txt`);
}

/** The path is there for people; the digest is over everything that was agreed to. */
function textFor({ path, includes }: Configuration): string {
  const files = [path, ...includes].map((each) => ({
    path: each,
    owner: statSync(each).uid,
    sha256: sha256(readIfPresent(each, MAX_BYTES) ?? ""),
  }));
  return `${digestOf(files)} ${path}\n`;
}
