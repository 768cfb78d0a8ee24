import { download } from "../../../host/download.ts";
import { FetchFailure } from "../../../host/fetch-failure.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { ArtifactSource } from "../../../schema/model/artifact-source.ts";
import { type AptConfig, readAptConfig } from "../machine/config.ts";
import { scratchFolder } from "../solve/scratch.ts";
import { fetchByApt } from "./by-apt.ts";
import { type FetchSettings, readFetchSettings } from "./settings.ts";

export interface SupplierOptions {
  readonly env: { readonly APT_CONFIG?: string };
  readonly cache?: string;
  readonly signal: AbortSignal;
}

interface Known {
  readonly config: AptConfig;
  readonly settings: FetchSettings;
}

/**
 * Where packages come from: omg's own fetcher with apt's settings for what it speaks as apt would, then apt itself for all
 * other methods and options.
 */
export function aptSuppliers({ env, cache, signal }: SupplierOptions): readonly ArtifactSource[] {
  let reading: Promise<Known> | undefined;
  const known = (): Promise<Known> => {
    reading ??= readKnown(env, cache);
    return reading;
  };
  // One after the other: apt's methods keep files of their own beside the lists (a mirror list is one), and two of them at once
  // would take them from under each other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };
  return [
    async (artifact, path, onBytes) => ownFetch(artifact, path, (await known()).settings, { signal, onBytes }),
    async (artifact, path, onBytes) => {
      // What stands in no index of today apt does not know either.
      if (artifact.chain.type !== "debian") return false;
      const { config, settings } = await known();
      await inTurn(() => fetchByApt(artifact, path, config, scratchFolder(cache), signal)).catch((cause: unknown) => {
        throw withoutLogins(artifact, settings, cause);
      });
      onBytes(artifact.size ?? 0);
      return true;
    },
  ];
}

async function readKnown(env: SupplierOptions["env"], cache: string | undefined): Promise<Known> {
  const config = await readAptConfig(env, cache);
  return { config, settings: readFetchSettings(config, process.env) };
}

async function ownFetch(
  artifact: Artifact,
  path: string,
  settings: FetchSettings,
  options: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
): Promise<boolean> {
  const urls = artifact.urls.filter((url) => settings.speaks(url));
  if (urls.length === 0) return false;
  const { sha256, size } = artifact;
  const { routing, retries, timeoutMs, backoffMs } = settings;
  const times = {
    ...(timeoutMs === undefined ? {} : { connectMs: timeoutMs, stallMs: timeoutMs }),
    ...(backoffMs === undefined ? {} : { backoffMs }),
  };
  try {
    const request = { urls, sha256, ...(size === undefined ? {} : { size }) };
    await download(request, path, { ...options, ...times, routing, retries });
    return true;
  } catch (cause) {
    // apt trusts the certificates that this system trusts, Node those that it came with.
    if (failuresOf(cause).some(({ reason }) => reason === "certificate") && artifact.chain.type === "debian")
      return false;
    throw withoutLogins(artifact, settings, cause);
  }
}

function failuresOf(cause: unknown): readonly FetchFailure[] {
  const inner = cause instanceof OmgError ? cause.cause : undefined;
  const errors: readonly unknown[] = inner instanceof AggregateError ? inner.errors : [];
  return errors.filter((failure) => failure instanceof FetchFailure);
}

/** Where a login was wanted and this user may not read the files that may hold it, that is what to say. */
function withoutLogins({ address, version }: Artifact, { unreadable }: FetchSettings, cause: unknown): unknown {
  if (unreadable.length === 0 || !(cause instanceof OmgError) || cause.exit !== "unreachable") return cause;
  const refused = failuresOf(cause).some(
    ({ answer }) => answer !== undefined && [401, 403, 407].includes(answer.status),
  );
  const byApt = cause.details.some((line) => /\b(?:401|403|407)\b|Permission denied/.test(line));
  if (!refused && !byApt) return cause;
  return new OmgError({
    code: "credentials-unreadable",
    exit: "unreachable",
    message: `The source of ${address} ${version} wants a login, and this user may not read where it may stand.`,
    state: "Nothing was changed.",
    hint: `Run the command as root, or let this user read ${unreadable.join(" and ")}.`,
    details: cause.details,
    cause,
  });
}
