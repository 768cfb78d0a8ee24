import { join } from "node:path";
import { pathsFor } from "../host/paths.ts";
import { createAptProvider } from "../providers/apt/index.ts";
import { createSourcesProvider } from "../providers/apt/source-files/index.ts";
import { createShellProvider } from "../providers/shell/index.ts";
import type { Provider } from "../schema/model/provider.ts";
import { machineConfig } from "./config.ts";
import type { Context } from "./context.ts";

/** Where `omg setup` puts what runs as root for other users. */
export const ROOT_FOLDER = "/usr/lib/omg";

/** Every provider of this build. A new one is a folder under `providers/` and a line here. */
export async function allProviders(ctx: Context): Promise<readonly Provider[]> {
  const apt = {
    env: await aptEnvironment(ctx),
    ...helpers(ctx),
    cache: pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache,
    snapshots: async () => (await machineConfig(ctx))?.apt?.snapshots ?? {},
  };
  return [
    // What there is to install depends on it.
    createSourcesProvider(apt),
    createAptProvider(apt),
    createShellProvider({ file: join(pathsFor("user", ctx).data, "shell", "env.sh") }),
  ];
}

/** Another root or configuration counts only where root itself runs the command. */
async function aptEnvironment(ctx: Context): Promise<{ APT_CONFIG?: string }> {
  if (ctx.uid !== 0 || ctx.elevated) return {};
  const fromEnvironment = ctx.env.APT_CONFIG;
  if (fromEnvironment !== undefined && fromEnvironment !== "") return { APT_CONFIG: fromEnvironment };
  const config = (await machineConfig(ctx))?.apt?.config;
  return config === undefined ? {} : { APT_CONFIG: config };
}

/** The package manager's hook runs from where root put it, or, when root runs this very program, from here. */
function helpers(ctx: Context): { readonly node: string; readonly hook: string } {
  const folder = ctx.uid === 0 ? ctx.program : ROOT_FOLDER;
  return { node: process.execPath, hook: join(folder, "apt-hook.cjs") };
}
