import { withoutCredentials } from "../host/address.ts";
import { execute } from "../host/execute.ts";
import { takeLeases } from "../reconciler/lease.ts";
import { OmgError } from "../schema/error.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Context } from "./context.ts";
import { allProviders } from "./providers.ts";
import { refreshAsRoot } from "./remote.ts";
import { readOnlyScope } from "./world.ts";

/**
 * Brings the package lists up to date, by whoever may. Where nobody is there to be asked for a password, the lists stay as they
 * are, with a warning.
 * @throws OmgError `busy`, `lists-unreachable`, and where a person could have agreed, what kept root from acting
 */
export async function refreshLists(ctx: Context): Promise<void> {
  if (ctx.uid === 0) return refreshHere(ctx);
  ctx.emit({ type: "stage", stage: "refresh", state: "started" });
  try {
    await refreshAsRoot(ctx);
  } catch (cause) {
    if (!(cause instanceof OmgError) || cause.exit !== "consent" || ctx.confirm !== undefined) throw cause;
    ctx.emit({
      type: "warning",
      message: `The package lists are as they were: ${cause.message}`,
      hint: "--no-refresh does without them from the start.",
    });
  }
  ctx.emit({ type: "stage", stage: "refresh", state: "finished" });
}

/** As root. Nobody else of omg changes the machine meanwhile, for its plans rest on these lists. */
export async function refreshHere(ctx: Context): Promise<void> {
  const leases = await takeLeases({ scopes: [{ ...readOnlyScope(ctx, "system"), providers: [] }] });
  ctx.emit({ type: "stage", stage: "refresh", state: "started" });
  try {
    for (const provider of await allProviders(ctx)) {
      if (provider.refresh === undefined || !(await provider.detect()).available) continue;
      await refuseBusy(provider);
      ctx.signal.throwIfAborted();
      await refresh(ctx, provider);
    }
  } finally {
    for (const lease of leases) lease.release();
  }
  ctx.emit({ type: "stage", stage: "refresh", state: "finished" });
}

async function refresh(ctx: Context, provider: Provider): Promise<void> {
  const { store } = readOnlyScope(ctx, provider.scope);
  try {
    for (const operation of (await provider.refresh?.()) ?? [])
      await execute(operation, {
        objectPath: store.path,
        onOutput: (line) => ctx.emit({ type: "output", line }),
      });
  } catch (cause) {
    if (cause instanceof OmgError && cause.code === "operation-too-slow") throw slow(provider.name, cause);
    if (!(cause instanceof OmgError) || cause.code !== "operation-failed") throw cause;
    // Somebody may have come first in the very moment.
    await refuseBusy(provider);
    throw unreachable(provider.name, cause);
  }
}

async function refuseBusy(provider: Provider): Promise<void> {
  const by = await provider.busy();
  if (by === undefined) return;
  throw new OmgError({
    code: "busy",
    exit: "busy",
    message: `${by} is changing packages or their lists right now.`,
    state: "Nothing was changed.",
    hint: "Wait until it is done, then run the command again.",
  });
}

function slow(provider: string, cause: OmgError): OmgError {
  return new OmgError({
    code: "lists-too-slow",
    exit: "unreachable",
    message: `The package lists of ${provider} came too slowly: ${cause.message}`,
    state: "The lists, the lock and the machine's packages are as they were.",
    hint: "Look at the network and the sources. --no-refresh goes on with the lists that are there.",
    cause,
  });
}

function unreachable(provider: string, cause: OmgError): OmgError {
  // Who may not read the sources' files may not read passwords from them here either.
  const lines = cause.details.map((line) => line.replace(/\S+:\/\/\S+/g, withoutCredentials));
  const complaints = lines.filter((line) => /^(?:E|W|Err):/.test(line));
  return new OmgError({
    code: "lists-unreachable",
    exit: "unreachable",
    message: `Not every source of ${provider} could be read, so what it offers now is not known.`,
    state: "The lock and the machine's packages are as they were.",
    hint: "Mend or remove the source that is named above, or go on with the lists that are there: --no-refresh.",
    details: complaints.length > 0 ? complaints : [...lines, cause.message],
    cause,
  });
}
