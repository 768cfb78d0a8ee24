import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathsFor } from "../host/paths.ts";
import { createAptProvider } from "../providers/apt/index.ts";
import { createSourcesProvider } from "../providers/apt/source-files/index.ts";
import { isNamesOld, namesPart } from "../providers/aur/names.ts";
import { createPacmanProvider, type PacmanOptions } from "../providers/pacman/index.ts";
import { createRuntimeProvider, type RuntimeProvider } from "../providers/runtimes/index.ts";
import { createToolProvider, type ToolProvider } from "../providers/runtimes/mise/index.ts";
import { createShellProvider } from "../providers/shell/index.ts";
import { OmgError } from "../schema/error.ts";
import type { Config } from "../schema/files/config-schema.ts";
import type { PackageBuilder } from "../schema/model/builder.ts";
import type { FetchedNames } from "../schema/model/catalog.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Scope } from "../schema/model/resource.ts";
import { RUNTIMES, type Runtime } from "../schema/runtimes/names.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";

/** Where `omg setup` puts what runs as root for other users. */
export const ROOT_FOLDER = "/usr/lib/omg";

/** Where systemd listens for omg-root, where omgd is a service (daemon/units). Only omgd may connect. */
export const ROOT_SOCKET = "/run/omg-root.sock";

/** Every provider of this build. A new one is a folder under `providers/` and a line here. */
export async function allProviders(ctx: Context): Promise<readonly Provider[]> {
  const apt = {
    env: await aptEnvironment(ctx),
    ...helpers(ctx),
    cache: pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache,
    snapshots: async () => (await readConfig(ctx, "system"))?.apt?.snapshots ?? {},
    refreshLimit: async () => (await readConfig(ctx, "system"))?.apt?.["refresh-limit"],
  };
  return [
    // What there is to install depends on it.
    createSourcesProvider(apt),
    createAptProvider(apt),
    createPacmanProvider(await pacmanOptions(ctx)),
    ...RUNTIMES.map((runtime) => runtimeProvider(ctx, runtime)),
    toolProvider(ctx),
    createShellProvider({ file: join(pathsFor("user", ctx).data, "shell", "env.sh") }),
  ];
}

/** A runtime of this user's. Keys are the user's own to give, and the machine's. */
export function runtimeProvider(ctx: Context, runtime: Runtime): RuntimeProvider {
  const { data, cache, state } = pathsFor("user", ctx);
  const trust = (["user", "system"] as const).map((scope) => join(pathsFor(scope, ctx).config, "trust"));
  const { home, env, now, signal } = ctx;
  const settings = async () => {
    const [own, machine] = [await readConfig(ctx, "user"), await readConfig(ctx, "system")].map(
      (each) => each?.runtimes,
    );
    const github = own?.github ?? machine?.github;
    return { ...machine?.[runtime], ...own?.[runtime], ...(github === undefined ? {} : { github }) };
  };
  return createRuntimeProvider({ runtime, data, cache, state, trust, home, env, now, signal, settings });
}

/** This user's tools that omg has no publisher of. */
export function toolProvider(ctx: Context): ToolProvider {
  const { data, cache } = pathsFor("user", ctx);
  const { home, env, signal, elevated: forOthers } = ctx;
  const settings = async () => {
    const [own, machine] = [await readConfig(ctx, "user"), await readConfig(ctx, "system")];
    return { ...machine?.runtimes?.mise, ...own?.runtimes?.mise };
  };
  return createToolProvider({ data, cache, home, env, signal, forOthers, settings });
}

async function aptEnvironment(ctx: Context): Promise<{ APT_CONFIG?: string }> {
  const config = await otherConfig(ctx, "APT_CONFIG", (machine) => machine?.apt?.config);
  return config === undefined ? {} : { APT_CONFIG: config };
}

async function pacmanOptions(ctx: Context): Promise<PacmanOptions> {
  const config = await otherConfig(ctx, "OMG_PACMAN_CONFIG", (machine) => machine?.pacman?.config);
  return {
    ...(config === undefined ? {} : { config }),
    cache: pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache,
    archive: async () => (await readConfig(ctx, "system"))?.pacman?.archive,
    refreshLimit: async () => (await readConfig(ctx, "system"))?.pacman?.["refresh-limit"],
    databases: `${join(pathsFor("system", ctx).cache, "pacman")}/`,
    builder: () => aurBuilder(ctx),
    names: aurNames(ctx),
  };
}

/** With all of git, makepkg and the AUR's interface: most runs build nothing. */
async function aurBuilder(ctx: Context): Promise<PackageBuilder> {
  const { createAurBuilder } = await import("../providers/aur/index.ts");
  const { cache, data } = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  return createAurBuilder({
    settings: async () => (await readConfig(ctx, "system"))?.aur ?? {},
    folder: join(cache, "aur"),
    records: join(data, "aur"),
    ...(ctx.ask === undefined ? {} : { ask: ctx.ask }),
    forOthers: ctx.elevated,
    handedOver: ctx.uid !== 0,
    signal: ctx.signal,
  });
}

/** A user's own list, or else the machine's, which root fetched for everybody. */
function aurNames(ctx: Context): FetchedNames {
  const fileOf = (scope: Scope) => join(pathsFor(scope, ctx).data, "aur", "names");
  const file = fileOf(ctx.uid === 0 ? "system" : "user");
  return {
    part: () => namesPart(file) ?? namesPart(fileOf("system")),
    fetch: async () => {
      if (!isNamesOld(file, ctx.now().getTime())) return;
      const { addressIn } = await import("../providers/aur/settings.ts");
      const { fetchNames } = await import("../providers/aur/fetch-names.ts");
      try {
        await fetchNames(addressIn((await readConfig(ctx, "system"))?.aur ?? {}), file, ctx.signal);
      } catch (cause) {
        if (!(cause instanceof OmgError) || !existsSync(file)) throw cause;
        ctx.emit({ type: "warning", message: `The AUR's names are those of an earlier day: ${cause.message}` });
      }
    },
  };
}

/** Another root or configuration counts only where root itself runs the command. */
async function otherConfig(
  ctx: Context,
  variable: string,
  configured: (machine: Config | undefined) => string | undefined,
): Promise<string | undefined> {
  if (ctx.uid !== 0 || ctx.elevated) return undefined;
  const fromEnvironment = ctx.env[variable];
  return fromEnvironment !== undefined && fromEnvironment !== ""
    ? fromEnvironment
    : configured(await readConfig(ctx, "system"));
}

/** The package manager's hook runs from where root put it, or, when root runs this very program, from here. */
function helpers(ctx: Context): { readonly node: string; readonly hook: string } {
  const folder = ctx.uid === 0 ? ctx.program : ROOT_FOLDER;
  return { node: process.execPath, hook: join(folder, "apt-hook.cjs") };
}
