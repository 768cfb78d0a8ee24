import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { OmgError } from "../schema/error.ts";
import { withoutCredentials } from "./address.ts";
import { diskFullOr } from "./disk.ts";
import { FetchFailure } from "./fetch-failure.ts";
import { openSource } from "./fetch-source.ts";
import type { HttpOptions } from "./fetch-types.ts";
import { stripControls } from "./text.ts";

/** Where no size is known, a server that never ends must not fill the disk. Bytes. */
const LARGEST = 8 * 2 ** 30;

export interface DownloadRequest {
  /** Tried in order: `http:`, `https:`, `file:`. */
  readonly urls: readonly string[];
  /** Hex. */
  readonly sha256: string;
  /** Bytes, where known: one more, and the connection is cut. */
  readonly size?: number;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Bytes that arrived since the last call; negative when a failed address' bytes are taken back. Must not throw. */
  readonly onBytes?: (n: number) => void;
  /** Milliseconds for connecting. Default 15 s. */
  readonly connectMs?: number;
  /** Milliseconds of silence. Default 30 s. */
  readonly stallMs?: number;
  /** Environment that names proxies. Default: the process'. */
  readonly env?: HttpOptions["env"];
}

/**
 * Fetches bytes of a known hash into `to`, which must not exist yet and is made for this user only (0600, synced). On an
 * error nothing is left there. Errors: OmgError `artifact-mismatch` (refused) when other bytes came than wanted and no
 * address had the right ones; `artifact-unreachable` when none delivered; `interrupted`; `disk-full`. Their cause is an
 * AggregateError of one FetchFailure for each address.
 */
export async function download(request: DownloadRequest, to: string, options: DownloadOptions): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const handle = await open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch((error: unknown) => {
    throw diskFullOr(error, to);
  });
  try {
    await fromAnywhere(request, { handle, to }, options);
    await handle.sync();
  } catch (error) {
    await rm(to, { force: true });
    throw diskFullOr(error, to);
  } finally {
    await handle.close();
  }
}

interface Target {
  readonly handle: FileHandle;
  readonly to: string;
}

async function fromAnywhere(request: DownloadRequest, target: Target, options: DownloadOptions): Promise<void> {
  const failures: { readonly address: string; readonly failure: FetchFailure }[] = [];
  for (const address of request.urls) {
    let arrived = 0;
    const count = (bytes: number): void => {
      arrived += bytes;
      options.onBytes?.(bytes);
    };
    try {
      throwIfAborted(options.signal);
      return await fromAddress(address, request, target, { ...options, onBytes: count });
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(error instanceof FetchFailure)) throw error;
      failures.push({ address: withoutCredentials(address), failure: error });
      if (arrived > 0) options.onBytes?.(-arrived);
    }
  }
  throw nothingDelivered(request, failures);
}

async function fromAddress(
  address: string,
  request: DownloadRequest,
  target: Target,
  options: DownloadOptions,
): Promise<void> {
  const source = await openSource(address, {
    connectMs: options.connectMs ?? 15_000,
    stallMs: options.stallMs ?? 30_000,
    env: options.env ?? process.env,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    if (request.size !== undefined && source.length !== undefined) checkSize(source.length, request.size);
    await target.handle.truncate(0);
    const found = await pour(source.chunks, request.size ?? LARGEST, target.handle, options);
    if (request.size !== undefined && found.size < request.size && source.length === undefined) {
      throw new FetchFailure("truncated", `only ${found.size} of ${request.size} bytes came`);
    }
    if (request.size !== undefined) checkSize(found.size, request.size);
    if (found.sha256 !== request.sha256)
      throw new FetchFailure("wrong-hash", `the bytes have the sha256 ${found.sha256}`);
  } finally {
    await source.close();
  }
}

function checkSize(found: number, expected: number): void {
  if (found > expected) throw new FetchFailure("too-long", `${found} bytes instead of ${expected}`);
  if (found < expected) throw new FetchFailure("wrong-size", `${found} bytes instead of ${expected}`);
}

async function pour(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  handle: FileHandle,
  options: DownloadOptions,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunks) {
    if (size + chunk.length > limit) throw new FetchFailure("too-long", `more than ${limit} bytes came`);
    hash.update(chunk);
    await writeAt(handle, chunk, size);
    size += chunk.length;
    options.onBytes?.(chunk.length);
  }
  return { sha256: hash.digest("hex"), size };
}

async function writeAt(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new OmgError({
    code: "interrupted",
    exit: "interrupted",
    message: "The download was interrupted.",
    state: "What had arrived of it was removed.",
    cause: signal.reason,
  });
}

function nothingDelivered(
  request: DownloadRequest,
  failures: readonly { readonly address: string; readonly failure: FetchFailure }[],
): OmgError {
  const mismatch = failures.find(({ failure }) => failure.isMismatch);
  const common = {
    state: "Nothing of it was kept.",
    details: failures.map(({ address, failure }) => stripControls(`${address}: ${failure.message}`)),
    cause: new AggregateError(failures.map(({ failure }) => failure)),
  };
  if (mismatch === undefined) {
    const hint = "Check the network and the sources, then run the command again.";
    return new OmgError({
      ...common,
      code: "artifact-unreachable",
      exit: "unreachable",
      message: unreachable(request),
      hint,
    });
  }
  return new OmgError({
    ...common,
    code: "artifact-mismatch",
    exit: "refused",
    message: stripControls(
      `${mismatch.address} delivered other bytes than the sha256 ${request.sha256} stands for: ${mismatch.failure.message}.`,
    ),
    hint: "Refresh the package lists (the archive may have moved on); if it stays, do not trust that address.",
  });
}

function unreachable(request: DownloadRequest): string {
  if (request.urls.length === 0) return `No address is known for the artifact with the sha256 ${request.sha256}.`;
  return `None of ${request.urls.length} addresses delivered the artifact with the sha256 ${request.sha256}.`;
}
