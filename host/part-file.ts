import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const CHUNK = 1 << 20;

/** A file that grows at its end while its hash grows with it. What it held before counts. */
export interface PartFile {
  /** Bytes that are there. */
  readonly size: number;
  append(chunk: Uint8Array): Promise<void>;
  /** Back to nothing. */
  empty(): Promise<void>;
  /** Hex SHA-256 of what is there. */
  sha256(): string;
  /** Brings it to the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens or makes the file, for this user only (0600); reads what is there. System errors pass; never through a link. */
export async function openPartFile(path: string): Promise<PartFile> {
  const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    await handle.chmod(0o600);
    return growing(handle, await readThrough(handle));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Content {
  readonly hash: Hash;
  readonly size: number;
}

async function readThrough(handle: FileHandle): Promise<Content> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let size = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, size);
    if (bytesRead === 0) return { hash, size };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}

function growing(handle: FileHandle, content: Content): PartFile {
  let { hash, size } = content;
  return {
    get size() {
      return size;
    },
    append: async (chunk) => {
      await writeAt(handle, chunk, size);
      hash.update(chunk);
      size += chunk.length;
    },
    empty: async () => {
      await handle.truncate(0);
      hash = createHash("sha256");
      size = 0;
    },
    sha256: () => hash.copy().digest("hex"),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function writeAt(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}
