import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { FetchFailure } from "./fetch-failure.ts";
import { makeFolder, writeAtomic } from "./files.ts";
import { readOwn } from "./own-file.ts";
import { type SmallFileOptions, smallAnswer } from "./small-file.ts";

/** A file as some address has it, kept in a folder of this user's. */
export interface FetchedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface FetchedFileOptions extends SmallFileOptions {
  /** Within this time it is not asked whether there is another. Milliseconds; default: 0. */
  readonly freshMs?: number;
  readonly now: Date;
}

interface Kept {
  readonly address: string;
  readonly etag?: string;
  readonly time: number;
  readonly sha256: string;
}

/**
 * What an address has. A server that gave the file a tag is asked whether it still is the one that is kept (RFC 9110, 13.1.2).
 * @throws FetchFailure also where an older copy is kept
 */
export async function fetchedFile(address: string, folder: string, options: FetchedFileOptions): Promise<FetchedFile> {
  const { kept, file } = keptFile(address, folder);
  const { freshMs = 0, now } = options;
  if (kept !== undefined && file !== undefined && Math.abs(now.getTime() - kept.time) < freshMs) return file;
  try {
    const ask = kept?.etag === undefined || file === undefined ? {} : { "if-none-match": kept.etag };
    const { bytes, headers } = await smallAnswer(address, { ...options, headers: { ...options.headers, ...ask } });
    return keep(address, folder, bytes, textOf(headers.etag), now);
  } catch (cause) {
    const unchanged = cause instanceof FetchFailure && cause.answer?.status === 304;
    if (!unchanged || file === undefined) throw cause;
    return keep(address, folder, file.bytes, kept?.etag, now);
  }
}

/** The copy of an earlier answer; undefined where there is none. */
export function keptCopy(address: string, folder: string): FetchedFile | undefined {
  return keptFile(address, folder).file;
}

function keptFile(
  address: string,
  folder: string,
): { readonly kept: Kept | undefined; readonly file: FetchedFile | undefined } {
  const path = pathOf(address, folder);
  const kept = about(`${path}.json`);
  const bytes = kept?.address === address ? readOwn(path) : undefined;
  if (kept === undefined || bytes === undefined || sha256(bytes) !== kept.sha256)
    return { kept: undefined, file: undefined };
  return { kept, file: { path, bytes } };
}

function keep(address: string, folder: string, bytes: Buffer, etag: string | undefined, now: Date): FetchedFile {
  const path = pathOf(address, folder);
  makeFolder(folder, 0o700);
  writeAtomic(path, bytes, 0o600);
  const about: Kept = { address, ...(etag === undefined ? {} : { etag }), time: now.getTime(), sha256: sha256(bytes) };
  writeAtomic(`${path}.json`, JSON.stringify(about), 0o600);
  return { path, bytes };
}

function pathOf(address: string, folder: string): string {
  return join(folder, sha256(address).slice(0, 32));
}

function about(path: string): Kept | undefined {
  try {
    const { address, etag, time, sha256: digest } = JSON.parse(readOwn(path)?.toString("utf8") ?? "{}");
    if (typeof address !== "string" || typeof time !== "number" || typeof digest !== "string") return undefined;
    return { address, time, sha256: digest, ...(typeof etag === "string" ? { etag } : {}) };
  } catch {
    return undefined;
  }
}

/** RFC 9110, 8.8.3: visible characters, short. */
function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && /^[!-~]{1,256}$/.test(header) ? header : undefined;
}
