import { join } from "node:path";
import { errnoOf } from "../host/disk.ts";
import { readIfPresent } from "../host/files.ts";
import { pathsFor } from "../host/paths.ts";
import type { Config } from "../schema/files/config-schema.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Context } from "./context.ts";

/**
 * A scope's config.toml; undefined where there is none. The system's is what both sides of the root boundary go by: where a login stands in it, only
 * root may read it, and others go on without. What they plan otherwise for that, root's own plan does not agree to.
 * @throws OmgError `config-invalid`
 */
export async function readConfig(ctx: Context, scope: Scope): Promise<Config | undefined> {
  const path = join(pathsFor(scope, ctx).config, "config.toml");
  const text = scope === "system" && ctx.uid !== 0 ? readAsOthers(ctx, path) : readIfPresent(path)?.toString("utf8");
  if (text === undefined) return undefined;
  const { parseConfig } = await import("../schema/files/config.ts");
  return parseConfig({ path, text });
}

const told = new Set<string>();

function readAsOthers(ctx: Context, path: string): string | undefined {
  try {
    return readIfPresent(path)?.toString("utf8");
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
    const message = `${path} is not for everybody to read: what it says does not count here.`;
    if (!told.has(path))
      ctx.emit({ type: "warning", message, hint: "Where it holds no login, root may let everybody read it." });
    told.add(path);
    return undefined;
  }
}
