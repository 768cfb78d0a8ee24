import { join } from "node:path";
import { pathsFor } from "../host/paths.ts";
import type { AdvisorySources, Asking, DatabaseFolder } from "../policy/index.ts";
import type { Config } from "../schema/files/config-schema.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";

type AdvisoryConfig = NonNullable<Config["advisories"]>;

const OSV = "https://storage.googleapis.com/osv-vulnerabilities/";
const API = "https://api.osv.dev";
const TRACKER = "https://security.archlinux.org/issues/all.json";

/** Where this run may find databases: root only its own; everybody else root's and their own. The first is what it writes. */
export function advisoryFolders(ctx: Context): readonly [DatabaseFolder, ...DatabaseFolder[]] {
  const folder = (scope: "system" | "user", owners: readonly number[]) => ({
    path: join(pathsFor(scope, ctx).data, "advisories"),
    owners,
  });
  const system = folder("system", [0]);
  return ctx.uid === 0 ? [system] : [folder("user", [ctx.uid]), system];
}

/** Everything that a run may ask; a server only where config.toml says so. */
export async function advisorySources(ctx: Context): Promise<AdvisorySources> {
  const folders = advisoryFolders(ctx);
  const config = await advisoryConfig(ctx);
  if (config.online !== true) return { folders };
  const { onlineLookup } = await import("../policy/osv/online.ts");
  const cache = pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache;
  const api = (config.api ?? API).replace(/\/+$/, "");
  return { folders, online: onlineLookup({ api, cache, now: ctx.now(), asking: askingOf(ctx) }) };
}

/** The user's own settings come before the system's, key by key. */
export async function advisoryConfig(ctx: Context): Promise<AdvisoryConfig> {
  const system = (await readConfig(ctx, "system"))?.advisories;
  const user = ctx.uid === 0 ? undefined : (await readConfig(ctx, "user"))?.advisories;
  return { ...system, ...user };
}

/** Address of the dump about an ecosystem without its release: `Debian`. */
export function dumpAddress(ecosystem: string, config: AdvisoryConfig): string {
  if (ecosystem === "Arch") return config["arch-tracker"] ?? TRACKER;
  const base = config.osv ?? OSV;
  return `${base}${base.endsWith("/") ? "" : "/"}${encodeURIComponent(ecosystem)}/all.zip`;
}

/** By the proxies that the environment names; omg-root has none. */
export function askingOf(ctx: Context): Asking {
  return { env: ctx.env, signal: ctx.signal };
}
