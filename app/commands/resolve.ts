import type { Context } from "../context.ts";
import { keepProgram, keepResolved } from "../here/keep.ts";
import { resolveFolder } from "../here/resolve.ts";
import { refreshShims } from "../here/shims.ts";

/** What the folder is for shells and shims, as bytes for omg-fast; kept in the cache, so that it is asked for once. */
export async function resolveHere(ctx: Context): Promise<Uint8Array> {
  const resolved = await resolveFolder(ctx);
  keepProgram(ctx);
  refreshShims(ctx);
  return keepResolved(ctx, resolved);
}
