import { dirname, join } from "node:path";
import { miseEnv } from "../../providers/runtimes/version-files/mise-toml.ts";
import { foldersUpwards, MISE_FILES } from "../../providers/runtimes/version-files/search.ts";
import type { EnvValue } from "../../schema/model/lock.ts";
import type { ResolvedVariable } from "../../schema/wire/resolved.ts";
import type { Context } from "../context.ts";
import type { FoundLock } from "../lock-file.ts";
import type { Configuration } from "./allowed.ts";
import { readVersionFile } from "./version-files.ts";
import type { Watched } from "./watched.ts";

/** What one file of a folder sets for shells. */
export interface FolderSettings extends Configuration {
  readonly variables: readonly ResolvedVariable[];
  readonly aliases: readonly { readonly name: string; readonly value: string }[];
  /** Names that omg does not take from it, because they need another program. */
  readonly leftOut: readonly string[];
}

/**
 * What the files of this folder and those above it set, the closest first: the project's omg.lock, and mise.toml in all its places. Your own
 * omg.lock is not among them: what that sets holds everywhere.
 */
export function settingsHere(ctx: Context, watched: Watched, lock: FoundLock | undefined): readonly FolderSettings[] {
  return foldersUpwards(ctx.cwd)
    .flatMap((folder) => [
      ...(lock !== undefined && !lock.lock.own && dirname(lock.lock.path) === folder ? [ofLock(ctx, lock)] : []),
      ...MISE_FILES.flatMap((name) => ofMise(ctx, watched, join(folder, name))),
    ])
    .filter(({ variables, aliases, leftOut }) => variables.length + aliases.length + leftOut.length > 0);
}

function ofLock(ctx: Context, { lock, includes }: FoundLock): FolderSettings {
  return {
    path: lock.path,
    includes,
    variables: Object.entries(lock.env).map(([name, value]) => variable(ctx, name, value, dirname(lock.path))),
    aliases: Object.entries(lock.aliases).map(([name, value]) => ({ name, value })),
    leftOut: [],
  };
}

function variable(ctx: Context, name: string, value: EnvValue, folder: string): ResolvedVariable {
  if (typeof value === "string") return { name, kind: "value", value };
  if (value.from !== "file") return { name, kind: value.from, value: value.name };
  const path = value.name.startsWith("~/") ? join(ctx.home, value.name.slice(2)) : join("/", value.name);
  return { name, kind: "file", value: /^[~/]/.test(value.name) ? path : join(folder, value.name) };
}

function ofMise(ctx: Context, watched: Watched, path: string): FolderSettings[] {
  const file = readVersionFile(ctx, watched, path);
  if (file === undefined || "fault" in file) return [];
  const { variables, leftOut } = miseEnv(file.text);
  const set = Object.entries(variables).map(
    ([name, value]): ResolvedVariable =>
      value === false ? { name, kind: "unset", value: "" } : { name, kind: "value", value },
  );
  return [{ path, includes: [], variables: set, aliases: [], leftOut }];
}
