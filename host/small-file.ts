import { setTimeout as pause } from "node:timers/promises";
import { FetchFailure } from "./fetch-failure.ts";
import { openSource } from "./fetch-source.ts";
import type { HttpOptions, Source } from "./fetch-types.ts";
import { isWorthAnother, waitBefore } from "./retry.ts";

export interface SmallFileOptions extends HttpOptions {
  /** One more byte, and the connection is cut. */
  readonly maxBytes: number;
  /** How often an address that may answer in a moment is asked again. */
  readonly retries: number;
  /** Milliseconds before the first of these; later ones wait longer. */
  readonly backoffMs: number;
  /** The longest that all of one attempt may take, so that a drip is no way to hold up a run. Milliseconds. Default: 60 s. */
  readonly overallMs?: number;
}

/**
 * The whole of a small file whose bytes nobody knows beforehand, from an `http:`, `https:` or `file:` address.
 * @throws FetchFailure
 */
export async function smallFile(address: string, options: SmallFileOptions): Promise<Buffer> {
  return (await smallAnswer(address, options)).bytes;
}

/** A small file, and what the server says of it: names in lower case. */
export interface SmallAnswer {
  readonly bytes: Buffer;
  readonly headers: NonNullable<Source["headers"]>;
}

/** As `smallFile`. */
export async function smallAnswer(address: string, options: SmallFileOptions): Promise<SmallAnswer> {
  for (let round = 1; ; round++) {
    try {
      return await once(address, options);
    } catch (cause) {
      const again = cause instanceof FetchFailure && isWorthAnother(cause) && round <= options.retries;
      if (!again || options.signal?.aborted === true) throw cause;
      const { signal } = options;
      const wait = waitBefore(round, [cause], options.backoffMs, Math.random);
      await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}

async function once(address: string, options: SmallFileOptions): Promise<SmallAnswer> {
  const until = performance.now() + (options.overallMs ?? 60_000);
  const source = await openSource(address, options);
  try {
    if ((source.total ?? 0) > options.maxBytes) throw tooLong(options);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of source.chunks) {
      length += chunk.length;
      if (length > options.maxBytes) throw tooLong(options);
      if (performance.now() > until) throw new FetchFailure("too-slow", "it came too slowly");
      chunks.push(Uint8Array.from(chunk)); // the file's reader writes over its own
    }
    if (source.total !== undefined && length < source.total)
      throw new FetchFailure("truncated", `only ${length} of ${source.total} bytes came`);
    return { bytes: Buffer.concat(chunks), headers: source.headers ?? {} };
  } finally {
    await source.close();
  }
}

function tooLong({ maxBytes }: SmallFileOptions): FetchFailure {
  return new FetchFailure("too-long", `more than ${maxBytes} bytes came`);
}
