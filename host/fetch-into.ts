import { FetchFailure } from "./fetch-failure.ts";
import { openSource } from "./fetch-source.ts";
import type { HttpOptions, Source } from "./fetch-types.ts";
import type { PartFile } from "./part-file.ts";

/** Where no size is known, as of some language runtimes, a server that never ends must not fill the disk. Bytes. */
const LARGEST = 2 * 2 ** 30;

/** The bytes that are wanted. */
export interface WantedBytes {
  /** Hex. */
  readonly sha256: string;
  /** Bytes, where known: one more, and the connection is cut. */
  readonly size?: number;
}

export interface IntoOptions extends HttpOptions {
  /** Bytes that arrived since the last call; negative when bytes are thrown away. */
  readonly onBytes: (count: number) => void;
}

/**
 * Completes the part from one address. What is there already is not asked for again; where that, or what came, turns out to
 * be other bytes than the wanted ones, the part is emptied, and the same address is asked once more for all of it. A part
 * that broke off stays. Throws FetchFailure; system errors of the disk pass.
 */
export async function fetchInto(
  part: PartFile,
  address: string,
  wanted: WantedBytes,
  options: IntoOptions,
): Promise<void> {
  for (;;) {
    const resumed = part.size > 0;
    try {
      return await once(part, address, wanted, options);
    } catch (error) {
      if (!(error instanceof FetchFailure) || !(error.isMismatch || error.reason === "range")) throw error;
      await startAnew(part, options);
      if (!resumed) throw error;
    }
  }
}

async function once(part: PartFile, address: string, wanted: WantedBytes, options: IntoOptions): Promise<void> {
  if (wanted.size === undefined || part.size !== wanted.size) {
    const source = await openSource(address, options, part.size);
    try {
      const total = wanted.size ?? source.total;
      if (wanted.size !== undefined && source.total !== undefined) checkSize(source.total, wanted.size);
      if (source.start !== part.size) await startAnew(part, options);
      await pour(source, part, wanted.size ?? LARGEST, options);
      if (total !== undefined && part.size < total)
        throw new FetchFailure("truncated", `only ${part.size} of ${total} bytes came`);
    } finally {
      await source.close();
    }
  }
  const sha256 = part.sha256();
  if (sha256 !== wanted.sha256) throw new FetchFailure("wrong-hash", `the bytes have the sha256 ${sha256}`);
}

async function startAnew(part: PartFile, options: IntoOptions): Promise<void> {
  const dropped = part.size;
  await part.empty();
  if (dropped > 0) options.onBytes(-dropped);
}

async function pour(source: Source, part: PartFile, limit: number, options: IntoOptions): Promise<void> {
  for await (const chunk of source.chunks) {
    if (part.size + chunk.length > limit) throw new FetchFailure("too-long", `more than ${limit} bytes came`);
    await part.append(chunk);
    options.onBytes(chunk.length);
  }
}

function checkSize(found: number, expected: number): void {
  if (found > expected) throw new FetchFailure("too-long", `${found} bytes instead of ${expected}`);
  if (found < expected) throw new FetchFailure("wrong-size", `${found} bytes instead of ${expected}`);
}
