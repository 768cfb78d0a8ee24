import { join } from "node:path";
import { readIfPresent } from "../host/files.ts";
import { pathsFor } from "../host/paths.ts";
import type { Config } from "../schema/files/config-schema.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Context } from "./context.ts";

/** The system's config.toml: what both sides of the root boundary go by. */
export async function machineConfig(ctx: Context): Promise<Config | undefined> {
  return configOf(ctx, "system");
}

/** A scope's config.toml; undefined where there is none. @throws OmgError `config-invalid` */
export async function configOf(ctx: Context, scope: Scope): Promise<Config | undefined> {
  const path = join(pathsFor(scope, ctx).config, "config.toml");
  const text = readIfPresent(path)?.toString("utf8");
  if (text === undefined) return undefined;
  const { parseConfig } = await import("../schema/files/config.ts");
  return parseConfig({ path, text });
}
