import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Inbox, openInbox } from "../../root/inbox.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import { ARTIFACT_HEADER, NOT_HERE, type RootReply } from "../../schema/wire/root-reply.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-inbox-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ignore = () => undefined;

describe("what comes in on stdin", () => {
  it("is a line and then artifacts, however the pipe cuts it up", async () => {
    const files = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });
    const line = fc.string({ maxLength: 200 }).filter((text) => !text.includes("\n"));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(line, files, fc.array(fc.integer({ min: 1, max: 50 })), async (text, contents, cuts) => {
        run += 1;
        const whole = Buffer.concat([Buffer.from(`${text}\n`), ...contents.map(framed), Buffer.from("rest")]);
        const inbox = openInbox(Readable.from(pieces(whole, cuts), { objectMode: true }), ignore);
        expect(await inbox.line()).toBe(`${text}\n`);
        const said: RootReply[] = [];
        const source = inbox.source((reply) => said.push(reply));
        for (const [index, content] of contents.entries()) {
          const path = join(folder, `${run}-${index}`);
          let counted = 0;
          expect(await source(artifact(content.length), path, (count) => (counted += count))).toBe(true);
          expect(readFileSync(path)).toEqual(Buffer.from(content));
          expect(counted).toBe(content.length);
        }
        expect(said).toHaveLength(contents.length);
      }),
      { numRuns: 60 },
    );
  });

  it("can be that the other side does not have it", async () => {
    const inbox = openInbox(Readable.from([header(NOT_HERE)]), ignore);
    expect(await inbox.source(ignore)(artifact(1), join(folder, "x"), ignore)).toBe(false);
  });

  it.each([
    ["a line without an end", Buffer.from("half a line")],
    ["half a length", header(5n).subarray(0, 3)],
    ["fewer bytes than announced", Buffer.concat([header(5n), Buffer.from("abc")])],
  ])("is refused when it ends early: %s", async (_what, bytes) => {
    const inbox = openInbox(Readable.from([bytes]), ignore);
    const taken = bytes[0] === 0 ? inbox.source(ignore)(artifact(5), join(folder, "x"), ignore) : inbox.line();
    await expect(taken).rejects.toMatchObject({ code: "request-invalid", exit: "error" });
  });

  it("is refused when it is longer than the index says, before a byte is written", async () => {
    const inbox = openInbox(Readable.from([header(6n), Buffer.from("abcdef")]), ignore);
    const path = join(folder, "x");
    await expect(inbox.source(ignore)(artifact(5), path, ignore)).rejects.toMatchObject({ code: "artifact-mismatch" });
    expect(() => readFileSync(path)).toThrow("ENOENT");
  });

  it("is left alone after a fault, for what comes next may be the rest of an artifact", async () => {
    const inbox = openInbox(Readable.from([header(6n), framed(Buffer.from("ab"))]), ignore);
    const said: RootReply[] = [];
    const source = inbox.source((reply) => said.push(reply));
    const fault = { code: "artifact-mismatch" };
    await expect(source(artifact(5), join(folder, "x"), ignore)).rejects.toMatchObject(fault);
    await expect(source(artifact(2), join(folder, "y"), ignore)).rejects.toMatchObject(fault);
    expect(said).toHaveLength(1);
  });

  it("shows that the other side is gone while nothing is asked for", async () => {
    const input = new PassThrough();
    const ended = vi.fn();
    const inbox = openInbox(input, ended);
    input.write("a line\n");
    expect(await inbox.line()).toBe("a line\n");
    expect(ended).not.toHaveBeenCalled();
    input.end();
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  });

  it("writes over the beginning that another try left, and never through a link", async () => {
    const inbox = openInbox(Readable.from([framed(Buffer.from("ab")), framed(Buffer.from("cd"))]), ignore);
    const source = inbox.source(ignore);
    writeFileSync(join(folder, "x"), "longer");
    await source(artifact(2), join(folder, "x"), ignore);
    expect(readFileSync(join(folder, "x"), "utf8")).toBe("ab");
    symlinkSync(join(folder, "x"), join(folder, "link"));
    await expect(source(artifact(2), join(folder, "link"), ignore)).rejects.toThrow("ELOOP");
    expect(readFileSync(join(folder, "x"), "utf8")).toBe("ab");
  });

  it("is one artifact after the other, also when several are asked for at a time", async () => {
    const contents = ["ab", "cdef", "g"].map((text) => Buffer.from(text));
    const asked: string[] = [];
    const input = new PassThrough();
    const answer = (reply: RootReply) => {
      if (reply.type !== "need") return;
      asked.push(reply.sha256);
      input.write(framed(contents[asked.length - 1] as Buffer));
    };
    const source = openInbox(input, ignore).source(answer);
    const paths = contents.map((_, index) => join(folder, `y${index}`));
    await Promise.all(paths.map((path) => source(artifact(9), path, ignore)));
    expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(["ab", "cdef", "g"]);
    expect(asked).toHaveLength(3);
  });

  it("is given up on when nothing comes, for the machine's locks are held meanwhile", async () => {
    const silent = new PassThrough();
    const inbox = openInbox(silent, ignore, 20);
    silent.write("half a line");
    await expect(inbox.line()).rejects.toMatchObject({ code: "request-invalid" });
    silent.destroy();
  });

  it.each([
    ["a line", "", (inbox: Inbox) => inbox.line()],
    [
      "an artifact",
      header(1_000_000n),
      (inbox: Inbox) => inbox.source(ignore)(artifact(1_000_000), join(folder, "x"), ignore),
    ],
  ])("is given up on when %s comes byte by byte, and would never end", async (_what, begin, taken) => {
    const inbox = openInbox(Readable.from(trickle(Buffer.from(begin)), { objectMode: true }), ignore, 100);
    await expect(taken(inbox)).rejects.toMatchObject({ code: "request-invalid" });
  });
});

async function* trickle(begin: Buffer): AsyncGenerator<Buffer> {
  if (begin.length > 0) yield begin;
  for (;;) {
    yield Buffer.from("a");
    await setTimeout(5);
  }
}

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(ARTIFACT_HEADER);
  bytes.writeBigUInt64BE(length);
  return bytes;
}

function framed(content: Uint8Array): Buffer {
  return Buffer.concat([header(BigInt(content.length)), content]);
}

/** The bytes in pieces of these lengths, taken in turn. */
function* pieces(whole: Buffer, cuts: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const length = cuts.length === 0 ? whole.length : (cuts[turn % cuts.length] ?? 1);
    yield whole.subarray(at, at + length);
    at += length;
  }
}

function artifact(size: number): Artifact {
  return {
    address: "apt.x",
    name: "x",
    version: "1",
    arch: "all",
    sha256: "0".repeat(64),
    size,
    urls: [],
    filename: "x.deb",
    origin: "omg",
    chain: { type: "recorded", evidence: [] },
    role: "install",
  };
}
