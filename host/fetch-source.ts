import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FetchFailure } from "./fetch-failure.ts";
import type { HttpOptions, Source } from "./fetch-types.ts";
import { openHttp } from "./http.ts";

const CHUNK = 1 << 20;

/** Opens an `http:`, `https:` or `file:` address for reading from the byte `from` on; FetchFailure where that fails. */
export async function openSource(address: string, options: HttpOptions, from = 0): Promise<Source> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  switch (url?.protocol) {
    case "http:":
    case "https:":
      return openHttp(url, options, from);
    case "file:":
      return openFile(url, from);
    default:
      throw new FetchFailure("address-unsupported", "only http:, https: and file: addresses are fetched");
  }
}

async function openFile(url: URL, from: number): Promise<Source> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer.
    handle = await open(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new Error("not a regular file");
    const opened = handle;
    const start = from < facts.size ? from : 0;
    return { start, total: facts.size, chunks: fileChunks(opened, start), close: () => opened.close() };
  } catch (error) {
    await handle?.close();
    throw unreadable(error);
  }
}

async function* fileChunks(handle: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let position = start; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, position).catch((error: unknown) => {
      throw unreadable(error);
    });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function unreadable(error: unknown): FetchFailure {
  return new FetchFailure(
    "unreadable",
    `the file could not be read: ${error instanceof Error ? error.message : String(error)}`,
    error,
  );
}
