import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { paceOf } from "../host/pace.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import { ARTIFACT_HEADER, NOT_HERE, type RootReply } from "../schema/wire/root-reply.ts";

/** What comes in on stdin: one line, then the artifacts that were asked for. */
export interface Inbox {
  line(): Promise<string>;
  /** Asks the other side for each artifact and writes what comes to a file of root's. It is hashed from there. */
  source(say: (reply: RootReply) => void): ArtifactSource;
}

const NEWLINE = 0x0a;
const MAX_LINE = 64 * 1024 * 1024;
/** How long nothing at all may come while something is waited for: the machine's locks are held meanwhile. */
const STALL_MS = 60_000;
/** What an artifact may have when the index does not say how large it is. */
const MAX_ARTIFACT = 4 * 1024 ** 3;

/** @param onEnd called when the other side has closed its end, or is gone, whatever is being waited for */
export function openInbox(input: Readable, onEnd: () => void, stallMs = STALL_MS): Inbox {
  const reader = createReader(input, onEnd, stallMs);
  return {
    line: () => reader.line(),
    source: (say) => oneAtATime(faultsLast(artifactSource(reader, say))),
  };
}

type Reader = ReturnType<typeof createReader>;

function artifactSource(reader: Reader, say: (reply: RootReply) => void): ArtifactSource {
  return async (artifact, path, onBytes) => {
    say({ type: "need", sha256: artifact.sha256 });
    const header = await reader.exactly(ARTIFACT_HEADER);
    const length = header.readBigUInt64BE();
    if (length === NOT_HERE) return false;
    if (length > BigInt(artifact.size ?? MAX_ARTIFACT)) throw tooLong(artifact, length);
    await reader.into(path, Number(length), onBytes);
    return true;
  };
}

/** The other side answers each question with one artifact, in the order of the questions. */
function oneAtATime(source: ArtifactSource): ArtifactSource {
  let before: Promise<unknown> = Promise.resolve();
  return (...asked) => {
    const turn = before.then(() => source(...asked));
    before = turn.catch(() => undefined); // told to whoever asked
    return turn;
  };
}

/** After a fault the pipe may hold the rest of an artifact, so that nothing more can be read from it. */
function faultsLast(source: ArtifactSource): ArtifactSource {
  let fault: unknown;
  return async (...asked) => {
    if (fault !== undefined) throw fault;
    try {
      return await source(...asked);
    } catch (cause) {
      fault = cause;
      throw cause;
    }
  };
}

function createReader(input: Readable, onEnd: () => void, stallMs: number) {
  const chunks = chunksAhead(input, onEnd);
  let rest: Buffer = Buffer.alloc(0);
  const more = async (pace: Pace) => {
    const next = await unlessStalled(chunks(), stallMs);
    if (next.done === true) throw cut("it ended early");
    pace(next.value.length);
    return next.value;
  };
  /** The next bytes, at most so many of them. */
  const some = async (most: number, pace: Pace): Promise<Buffer> => {
    if (rest.length === 0) rest = await more(pace);
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    return taken;
  };
  return {
    exactly: async (count: number): Promise<Buffer> => {
      const pieces: Buffer[] = [];
      const pace = paceWithin(stallMs);
      for (let left = count; left > 0; left -= pieces.at(-1)?.length ?? 0) pieces.push(await some(left, pace));
      return Buffer.concat(pieces);
    },
    line: async () => {
      const pieces: Buffer[] = [];
      const pace = paceWithin(stallMs);
      for (let length = 0; length <= MAX_LINE; length += pieces.at(-1)?.length ?? 0) {
        if (rest.length === 0) rest = await more(pace);
        const end = rest.indexOf(NEWLINE) + 1;
        pieces.push(await some(end === 0 ? rest.length : end, pace));
        if (end > 0) return Buffer.concat(pieces).toString("utf8");
      }
      throw cut("its request is too long");
    },
    into: async (path: string, length: number, onBytes: (count: number) => void) => {
      const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
      const pace = paceWithin(stallMs);
      const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      try {
        for (let left = length; left > 0; ) {
          const piece = await some(left, pace);
          await file.writeFile(piece);
          left -= piece.length;
          onBytes(piece.length);
        }
      } finally {
        await file.close();
      }
    },
  };
}

type Pace = (bytes: number) => void;

/** A wait that silence alone would end could be drawn out for ever, byte by byte. */
function paceWithin(windowMs: number): Pace {
  const pace = paceOf(windowMs);
  return (bytes) => {
    try {
      pace(bytes);
    } catch (cause) {
      throw cut(cause instanceof Error ? cause.message : String(cause));
    }
  };
}

/** Reads one chunk ahead, so that an end shows while nothing is asked for. */
function chunksAhead(input: Readable, onEnd: () => void): () => Promise<IteratorResult<Buffer, unknown>> {
  const iterator = input[Symbol.asyncIterator]() as AsyncIterator<Buffer, unknown>;
  const read = () => {
    const coming = iterator.next();
    coming.then(({ done }) => done === true && onEnd(), onEnd);
    return coming;
  };
  let ahead = read();
  return async () => {
    const next = await ahead;
    if (next.done !== true) ahead = read();
    return next;
  };
}

async function unlessStalled<T>(coming: Promise<T>, limitMs: number): Promise<T> {
  const timer = new AbortController();
  const stalled = setTimeout(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw cut(`nothing came for ${limitMs / 1000} s`);
  });
  stalled.catch(() => undefined); // told to whoever waits for the race
  try {
    return await Promise.race([coming, stalled]);
  } finally {
    timer.abort();
  }
}

function cut(what: string): OmgError {
  return new OmgError({
    code: "request-invalid",
    exit: "error",
    message: `The request to omg-root was broken off: ${what}.`,
    state: "Nothing was changed.",
  });
}

function tooLong({ address, version }: Artifact, length: bigint): OmgError {
  return new OmgError({
    code: "artifact-mismatch",
    exit: "refused",
    message: `${length} bytes were offered for ${address} ${version}, which are more than its index says.`,
    state: "Nothing was changed.",
    hint: "Something changed the file in your store. Delete the store, and omg fetches it again.",
  });
}
