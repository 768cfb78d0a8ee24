import { pathsFor } from "../../host/paths.ts";
import { ensureHostKey } from "../../team/host-key.ts";
import type { Context } from "../context.ts";

/** The public part of this machine's own key, made where there is none. @throws OmgError `host-key-damaged` */
export function ownHostKey(ctx: Context, scope: "system" | "user"): string {
  return ensureHostKey(pathsFor(scope, ctx).data).open;
}
