import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { OmgError } from "../schema/error.ts";
import { diskFullOr } from "./disk.ts";
import { type AddressFailure, downloadInterrupted, nothingDelivered } from "./download-error.ts";
import { FetchFailure } from "./fetch-failure.ts";
import { fetchInto, type IntoOptions, type WantedBytes } from "./fetch-into.ts";
import type { Routing } from "./fetch-types.ts";
import { openPartFile, type PartFile } from "./part-file.ts";
import { environmentRouting } from "./proxy.ts";
import { isWorthAnother, waitBefore } from "./retry.ts";

export interface DownloadRequest extends WantedBytes {
  /** Tried in order: `http:`, `https:`, `file:`. */
  readonly urls: readonly string[];
}

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Bytes that are there since the last call, kept ones included; negative when some are thrown away. Must not throw. */
  readonly onBytes?: (n: number) => void;
  /** Milliseconds for connecting. Default 15 s. */
  readonly connectMs?: number;
  /** Milliseconds of silence. Default 30 s. */
  readonly stallMs?: number;
  /** How often addresses that may deliver in a moment are asked again. Default 3. */
  readonly retries?: number;
  /** Milliseconds before the first of these; later ones wait longer. Default 1 s. */
  readonly backoffMs?: number;
  /** Proxies and credentials. Default: what the process' environment names. */
  readonly routing?: Routing;
}

/**
 * Fetches bytes of a known hash into `to`, a file for this user only (0600, synced). What is there already is taken for the
 * beginning, and only the rest is asked for. When no address delivers, or the download is interrupted, what arrived stays for
 * the next time; other bytes than the wanted ones never do.
 * Errors: OmgError `artifact-mismatch` (refused) when other bytes came than wanted and no address had the right ones;
 * `artifact-unreachable` when none delivered; `interrupted`; `disk-full`. The cause of the first two is an AggregateError of
 * one FetchFailure for each address.
 */
export async function download(request: DownloadRequest, to: string, options: DownloadOptions): Promise<void> {
  throwIfAborted(options.signal);
  const part = await openPartFile(to).catch((error: unknown) => {
    throw diskFullOr(error, to);
  });
  if (part.size > 0) options.onBytes?.(part.size);
  let keep = false;
  try {
    await fromAnywhere(part, request, options);
    await part.sync();
    keep = true;
  } catch (error) {
    keep = error instanceof OmgError && part.size > 0;
    throw diskFullOr(error, to);
  } finally {
    await part.close();
    if (!keep) await rm(to, { force: true });
  }
}

/** All addresses in order; then, after a while, those again that may deliver now. */
async function fromAnywhere(part: PartFile, request: DownloadRequest, options: DownloadOptions): Promise<void> {
  const failures = new Map<string, FetchFailure>();
  let addresses = [...new Set(request.urls)];
  for (let round = 1; addresses.length > 0; round++) {
    for (const address of addresses) {
      const failure = await fromOne(part, address, request, options);
      if (failure === undefined) return;
      failures.set(address, failure);
    }
    if (round > (options.retries ?? 3)) break;
    addresses = addresses.filter((address) => isWorthAnother(failureOf(failures, address)));
    if (addresses.length === 0) break;
    const waited = addresses.map((address) => failureOf(failures, address));
    await sleep(waitBefore(round, waited, options.backoffMs ?? 1000, Math.random), options.signal);
  }
  const ends = [...failures].map(([address, failure]): AddressFailure => ({ address, failure }));
  throw nothingDelivered(request.sha256, ends, part.size > 0);
}

function failureOf(failures: ReadonlyMap<string, FetchFailure>, address: string): FetchFailure {
  return failures.get(address) ?? new FetchFailure("address-unsupported", "it was not asked");
}

/** Undefined when the part is whole. */
async function fromOne(
  part: PartFile,
  address: string,
  wanted: WantedBytes,
  options: DownloadOptions,
): Promise<FetchFailure | undefined> {
  try {
    throwIfAborted(options.signal);
    await fetchInto(part, address, wanted, intoOptions(options));
    return undefined;
  } catch (error) {
    throwIfAborted(options.signal);
    if (error instanceof FetchFailure) return error;
    throw error;
  }
}

function intoOptions(options: DownloadOptions): IntoOptions {
  return {
    connectMs: options.connectMs ?? 15_000,
    stallMs: options.stallMs ?? 30_000,
    routing: options.routing ?? environmentRouting(process.env),
    onBytes: options.onBytes ?? (() => undefined),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfAborted(signal));
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw downloadInterrupted(signal.reason);
}
