import type { Context } from "./context.ts";
import { allProviders } from "./providers.ts";

/** Files and folders that change when this machine may have: of every package manager that is here. */
export async function watchedFiles(ctx: Context): Promise<readonly string[]> {
  const found: string[] = [];
  for (const provider of await allProviders(ctx))
    if (provider.watched !== undefined && (await provider.detect()).available)
      found.push(...(await provider.watched()));
  return [...new Set(found)].filter((path) => path !== "");
}
