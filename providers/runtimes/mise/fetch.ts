import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withoutCredentials } from "../../../host/address.ts";
import { diskFullOr } from "../../../host/disk.ts";
import { FetchFailure } from "../../../host/fetch-failure.ts";
import { openSource } from "../../../host/fetch-source.ts";
import { makeFolder, temporarySibling } from "../../../host/files.ts";
import { environmentRouting } from "../../../host/proxy.ts";
import { OmgError } from "../../../schema/error.ts";
import type { NamedArchive } from "./ask.ts";
import { otherBytes } from "./failures.ts";
import { type MiseOptions, mirrored } from "./options.ts";

/** Bytes. */
const LARGEST = 2 * 2 ** 30;
const PATIENCE = { connectMs: 20_000, stallMs: 30_000 };
/** What was fetched to be pinned is wanted again at once, or not at all. Milliseconds. */
const KEPT_MS = 86_400_000;
/** Hashes that publishers name, and that can be told here. */
const ALGORITHMS = ["sha256", "sha512", "sha1", "md5"];

/**
 * Fetches an archive whose bytes nobody knows yet, holds it against what its publisher names, and keeps it for the apply that follows.
 * @returns hex SHA-256
 * @throws OmgError `artifact-unreachable`, `lock-index-disagree`, `disk-full`
 */
export async function hashOfArchive(options: MiseOptions, tool: string, archive: NamedArchive): Promise<string> {
  const folder = archivesIn(options.cache);
  makeFolder(folder, 0o700);
  forgetOld(folder);
  const part = temporarySibling(join(folder, "archive"));
  try {
    const digests = await fetchedTo(part, mirrored(archive.url, await options.settings()), archive, options);
    const sha256 = digests.sha256 ?? "";
    refuseOther(tool, archive, digests);
    renameSync(part, join(folder, sha256));
    return sha256;
  } finally {
    rmSync(part, { force: true });
  }
}

/** Addresses of the bytes: what was fetched to be pinned, as far as it is still here, and then the publisher or its mirror. */
export async function addressesOf(options: MiseOptions, sha256: string, url: string): Promise<readonly string[]> {
  const kept = join(archivesIn(options.cache), sha256);
  return [...(existsSync(kept) ? [pathToFileURL(kept).href] : []), mirrored(url, await options.settings())];
}

function archivesIn(cache: string): string {
  return join(cache, "runtimes", "mise");
}

function forgetOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > KEPT_MS) rmSync(path, { force: true });
  }
}

/** @returns hex digests by algorithm */
async function fetchedTo(
  path: string,
  address: string,
  { checksum }: NamedArchive,
  { env, signal }: MiseOptions,
): Promise<Readonly<Record<string, string>>> {
  const names = [...new Set(["sha256", ...ALGORITHMS.filter((each) => checksum?.startsWith(`${each}:`))])];
  const hashes = names.map((name) => [name, createHash(name)] as const);
  const fd = openSync(path, "wx", 0o600);
  try {
    const routing = environmentRouting(env);
    const source = await openSource(address, { ...PATIENCE, routing, ...(signal === undefined ? {} : { signal }) });
    try {
      let length = 0;
      for await (const chunk of source.chunks) {
        length += chunk.length;
        if (length > LARGEST) throw new FetchFailure("too-long", `more than ${LARGEST} bytes came`);
        for (const [, hash] of hashes) hash.update(chunk);
        for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
      }
      if (source.total !== undefined && length < source.total)
        throw new FetchFailure("truncated", `only ${length} of ${source.total} bytes came`);
    } finally {
      await source.close();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof FetchFailure ? unreachable(address, cause) : diskFullOr(cause, path);
  } finally {
    closeSync(fd);
  }
  return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest("hex")]));
}

function refuseOther(
  tool: string,
  { version, url, checksum }: NamedArchive,
  digests: Readonly<Record<string, string>>,
): void {
  const [algorithm = "", named = ""] = checksum?.split(":") ?? [];
  const found = digests[algorithm];
  if (found !== undefined && found !== named.toLowerCase())
    throw otherBytes(tool, version, `${algorithm} ${named}`, found, withoutCredentials(url));
}

function unreachable(address: string, cause: FetchFailure): OmgError {
  return new OmgError({
    code: "artifact-unreachable",
    exit: "unreachable",
    message: `${withoutCredentials(address)} could not be fetched: ${cause.message}.`,
    state: "Nothing was pinned or changed.",
    hint: "Try again when it answers; mirrors are set by `mirrors` under [runtimes.mise] in config.toml.",
    cause,
  });
}
