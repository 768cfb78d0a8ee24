import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { OmgError } from "../schema/error.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import { ARTIFACT_HEADER, NOT_HERE, type RootReply } from "../schema/wire/root-reply.ts";

/** What comes in on stdin: one line, then the artifacts that were asked for. */
export interface Inbox {
  line(): Promise<string>;
  /** Asks the other side for each artifact and writes what comes to a file of root's. It is hashed from there. */
  source(say: (reply: RootReply) => void): ArtifactSource;
}

const MAX_LINE = 64 * 1024 * 1024;
/** What an artifact may have when the index does not say how large it is. */
const MAX_ARTIFACT = 4 * 1024 ** 3;

export function openInbox(input: Readable): Inbox {
  const reader = createReader(input);
  return {
    line: () => reader.line(),
    source: (say) => async (artifact, path, onBytes) => {
      say({ type: "need", sha256: artifact.sha256 });
      const header = await reader.exactly(ARTIFACT_HEADER);
      const length = header.readBigUInt64BE();
      if (length === NOT_HERE) return false;
      if (length > BigInt(artifact.size ?? MAX_ARTIFACT))
        throw cut(`it announced ${length} bytes for ${artifact.address}, more than the index says`);
      await reader.into(path, Number(length), onBytes);
      return true;
    },
  };
}

function createReader(input: Readable) {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const more = async () => {
    const next = await chunks.next();
    if (next.done === true) throw cut("it ended early");
    return next.value;
  };
  const exactly = async (count: number): Promise<Buffer> => {
    while (rest.length < count) rest = Buffer.concat([rest, await more()]);
    const taken = rest.subarray(0, count);
    rest = rest.subarray(count);
    return taken;
  };
  return {
    exactly,
    line: async () => {
      while (!rest.includes(0x0a)) {
        if (rest.length > MAX_LINE) throw cut("its request is too long");
        rest = Buffer.concat([rest, await more()]);
      }
      return (await exactly(rest.indexOf(0x0a) + 1)).toString("utf8");
    },
    into: async (path: string, length: number, onBytes: (count: number) => void) => {
      const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
      for (let left = length; left > 0; ) {
        if (rest.length === 0) rest = await more();
        const piece = rest.subarray(0, Math.min(left, rest.length));
        rest = rest.subarray(piece.length);
        left -= piece.length;
        onBytes(piece.length);
        if (!file.write(piece)) await once(file, "drain");
      }
      file.end();
      await once(file, "finish");
    },
  };
}

function cut(what: string): OmgError {
  return new OmgError({
    code: "request-invalid",
    exit: "error",
    message: `The request to omg-root was broken off: ${what}.`,
    state: "Nothing was changed.",
  });
}
