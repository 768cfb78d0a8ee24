import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { withoutCredentials } from "../../host/address.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { openSource } from "../../host/fetch-source.ts";
import type { HttpOptions, Source } from "../../host/fetch-types.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { isWorthAnother, waitBefore } from "../../host/retry.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";

/** Some ten times what the largest ecosystem has. */
const MAX_BYTES = 2 ** 30;
/** Longest for one file, however it trickles. */
const TOTAL_MS = 15 * 60_000;
const RETRIES = 2;

/** How servers are asked. */
export interface Asking {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds before the first retry. Default: 1 s. */
  readonly backoffMs?: number;
  /** Milliseconds of silence. Default: 30 s. */
  readonly stallMs?: number;
  /** What a dump may have at most, in bytes. Default: 1 GiB. */
  readonly mostBytes?: number;
}

/** What a server said of a dump that it gave before. */
export interface Known {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A dump that was fetched into a file. */
export interface FetchedDump extends Known {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Fetches a dump into a new file; "unchanged" where the server says that it is still the known one.
 * @throws OmgError `advisories-unreachable`
 */
export async function fetchDump(
  address: string,
  to: string,
  known: Known,
  asking: Asking,
): Promise<FetchedDump | "unchanged"> {
  const headers = {
    ...(known.etag === undefined ? {} : { "if-none-match": known.etag }),
    ...(known.lastModified === undefined ? {} : { "if-modified-since": known.lastModified }),
  };
  const options = optionsFor(asking, { headers });
  return asked(address, asking, async () => {
    const source = await openSource(address, options).catch((failure: unknown) => {
      if (isUnchanged(failure)) return undefined;
      throw failure;
    });
    return source === undefined ? "unchanged" : pour(source, to, asking.mostBytes ?? MAX_BYTES);
  });
}

function isUnchanged(failure: unknown): boolean {
  return failure instanceof FetchFailure && failure.answer?.status === 304;
}

async function pour(source: Source, to: string, most: number): Promise<FetchedDump> {
  const hash = createHash("sha256");
  const file = createWriteStream(to, { flags: "w", mode: 0o600 });
  let bytes = 0;
  try {
    for await (const chunk of source.chunks) {
      bytes += chunk.length;
      if (bytes > most) throw new FetchFailure("too-long", `more than ${most} bytes came`);
      hash.update(chunk);
      // Its buffer may be used again for the next piece.
      if (!file.write(Buffer.from(chunk))) await once(file, "drain");
    }
    if (source.total !== undefined && bytes < source.total)
      throw new FetchFailure("truncated", `only ${bytes} of ${source.total} bytes came`);
  } finally {
    file.end();
    await Promise.all([once(file, "close"), source.close()]);
  }
  return { sha256: hash.digest("hex"), bytes, ...knownFrom(source.headers ?? {}) };
}

function knownFrom(headers: NonNullable<Source["headers"]>): Known {
  const [etag, lastModified] = [headers.etag, headers["last-modified"]];
  return {
    ...(typeof etag === "string" && etag.length < 500 ? { etag } : {}),
    ...(typeof lastModified === "string" && lastModified.length < 100 ? { lastModified } : {}),
  };
}

/**
 * A JSON document from a server: by GET, or by POST where there is something to send.
 * @throws OmgError `advisories-unreachable`, also for an answer that is too long or no JSON
 */
export async function fetchJson(address: string, asking: Asking, maxBytes: number, json?: string): Promise<unknown> {
  const options = optionsFor(asking, json === undefined ? {} : { json });
  return asked(address, asking, async () => {
    const source = await openSource(address, options);
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of source.chunks) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new FetchFailure("too-long", `more than ${maxBytes} bytes came`);
        chunks.push(Buffer.from(chunk));
      }
    } finally {
      await source.close();
    }
    return parsed(Buffer.concat(chunks));
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new FetchFailure("unreadable", "the answer is no JSON");
  }
}

function optionsFor(
  { env, signal, stallMs = 30_000 }: Asking,
  more: Pick<HttpOptions, "headers" | "json">,
): HttpOptions {
  const whole = AbortSignal.any([signal, AbortSignal.timeout(TOTAL_MS)]);
  return { connectMs: 15_000, stallMs, signal: whole, routing: environmentRouting(env), ...more };
}

async function asked<T>(address: string, { signal, backoffMs = 1000 }: Asking, act: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await act();
    } catch (failure) {
      signal.throwIfAborted();
      if (!(failure instanceof FetchFailure)) throw failure;
      if (round > RETRIES || !isWorthAnother(failure)) throw unreachable(address, failure);
      await pause(waitBefore(round, [failure], backoffMs, Math.random), undefined, { signal });
    }
  }
}

function unreachable(address: string, failure: FetchFailure): OmgError {
  return new OmgError({
    code: "advisories-unreachable",
    exit: "unreachable",
    message: stripControls(
      `The list of vulnerabilities could not be had from ${withoutCredentials(address)}: ${failure.message}.`,
    ),
    state: "What is here of it is as it was.",
    hint: "Try again later, or take it from a mirror: [advisories] in config.toml, or --from.",
    cause: failure,
  });
}
