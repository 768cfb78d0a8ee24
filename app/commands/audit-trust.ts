import { FetchFailure } from "../../host/fetch-failure.ts";
import { initialRoot, openTrust, type TrustFacts } from "../../policy/slsa/trust/open.ts";
import { refreshTrust } from "../../policy/slsa/trust/refresh.ts";
import { PUBLIC_ADDRESS } from "../../policy/slsa/trust/shipped.ts";
import { OmgError } from "../../schema/error.ts";
import { readConfig } from "../config.ts";
import type { Context } from "../context.ts";
import { isRefusal, trustFolder, trustFolders } from "../provenance.ts";

export interface TrustResult extends TrustFacts {
  /** Where a refresh asks. */
  readonly address: string;
  readonly refreshed: boolean;
}

/** The trust root that provenance is verified by here; brings it up to date where that was asked for. */
export async function auditTrust(
  ctx: Context,
  { refresh = false }: { readonly refresh?: boolean },
): Promise<TrustResult> {
  const address = await addressOf(ctx);
  if (refresh) await refreshHere(ctx, address);
  return { ...(await openTrust(trustFolders(ctx)).catch(refused)).facts, address, refreshed: refresh };
}

async function addressOf(ctx: Context): Promise<string> {
  const own = ctx.uid === 0 ? undefined : (await readConfig(ctx, "user"))?.trust?.address;
  return own ?? (await readConfig(ctx, "system"))?.trust?.address ?? PUBLIC_ADDRESS;
}

async function refreshHere(ctx: Context, address: string): Promise<void> {
  const scope = ctx.uid === 0 ? "system" : "user";
  const root = await initialRoot(trustFolders(ctx)).catch(refused);
  const { kept: folder } = trustFolder(ctx, scope);
  try {
    await refreshTrust({ address, root, folder, mode: scope === "system" ? 0o755 : 0o700, signal: ctx.signal });
  } catch (cause) {
    ctx.signal.throwIfAborted();
    throw cause instanceof FetchFailure ? unreachable(address, cause) : unverified(address, cause);
  }
}

function refused(cause: unknown): never {
  if (!isRefusal(cause)) throw cause;
  throw new OmgError({
    code: "trust-root-bad",
    exit: "refused",
    message: cause.message,
    state: "Nothing was verified with it, and nothing was changed.",
    hint: "Find out who changed it, then move it away: `omg audit trust --refresh` brings it anew.",
    cause,
  });
}

function unreachable(address: string, cause: FetchFailure): OmgError {
  return new OmgError({
    code: "trust-unreachable",
    exit: "unreachable",
    message: `The trust root could not be refreshed: ${address}: ${cause.message}.`,
    state: "The one that was there before still counts.",
    hint: "Try again when the address answers; offline, omg goes on with what it has.",
    cause,
  });
}

function unverified(address: string, cause: unknown): OmgError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OmgError({
    code: "trust-unverified",
    exit: "refused",
    message: `What ${address} offers as trust root does not verify: ${reason}.`,
    state: "The one that was there before still counts.",
    hint: "Look at this machine's clock. If it is right, somebody interferes, or the mirror is behind.",
    cause,
  });
}
