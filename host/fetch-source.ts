import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FetchFailure } from "./fetch-failure.ts";
import type { HttpOptions, Source } from "./fetch-types.ts";
import { openHttp } from "./http.ts";

const CHUNK = 1 << 20;

/** Opens an `http:`, `https:` or `file:` address for reading; FetchFailure where that fails. */
export async function openSource(address: string, options: HttpOptions): Promise<Source> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  switch (url?.protocol) {
    case "http:":
    case "https:":
      return openHttp(url, options);
    case "file:":
      return openFile(url);
    default:
      throw new FetchFailure("address-unsupported", "only http:, https: and file: addresses are fetched");
  }
}

async function openFile(url: URL): Promise<Source> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer.
    handle = await open(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new Error("not a regular file");
    const opened = handle;
    return { length: facts.size, chunks: fileChunks(opened), close: () => opened.close() };
  } catch (error) {
    await handle?.close();
    throw unreadable(error);
  }
}

async function* fileChunks(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, null).catch((error: unknown) => {
      throw unreadable(error);
    });
    if (bytesRead === 0) return;
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
