import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInTar } from "../../host/tar.ts";

const LONG = `${"deep/".repeat(40)}${"n".repeat(120)}`;

describe("findInTar", () => {
  let folder: string;
  let archive: Buffer;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-tar-"));
    const tree = join(folder, "tree");
    mkdirSync(join(tree, "deep/".repeat(40)), { recursive: true });
    writeFileSync(join(tree, "a"), Buffer.alloc(200_000, "a"));
    writeFileSync(join(tree, "b"), "content of b");
    writeFileSync(join(tree, LONG), "far down");
    linkSync(join(tree, "b"), join(tree, "hard"));
    symlinkSync(`${"../".repeat(60)}elsewhere`, join(tree, "soft"));
    archive = execFileSync("tar", ["--format=gnu", "--sort=name", "-C", tree, "-cf", "-", "."], { maxBuffer: 1 << 24 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** In pieces of a size that no header is aligned with. */
  async function* pieces(bytes: Buffer, size = 777) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const find = (name: string, bytes = archive, most = 1 << 20) =>
    findInTar(pieces(bytes), (each) => each === name, most);

  it("finds files behind others, under names of any length", async () => {
    expect((await find("./b"))?.content.toString()).toBe("content of b");
    expect((await find(`./${LONG}`))?.content.toString()).toBe("far down");
    expect(await find("./c")).toBeUndefined();
  });

  it("says where links lead, and follows none", async () => {
    expect(await find("./hard")).toMatchObject({ type: "hard link", target: "./b" });
    expect(await find("./soft")).toMatchObject({ type: "symbolic link", target: `${"../".repeat(60)}elsewhere` });
  });

  it("reads no more than is needed", async () => {
    let read = 0;
    async function* counted() {
      for await (const piece of pieces(archive)) {
        read += piece.length;
        yield piece;
      }
    }
    await findInTar(counted(), (name) => name === "./a", 1 << 20);
    expect(read).toBeLessThan(210_000);
  });

  it("refuses what is larger than it may be, cut off, or no archive", async () => {
    await expect(find("./a", archive, 1000)).rejects.toMatchObject({ code: "archive-damaged" });
    await expect(find("./b", archive.subarray(0, 150_000))).rejects.toMatchObject({ code: "archive-damaged" });
    await expect(find("./a", Buffer.alloc(2048, "x"))).rejects.toMatchObject({ code: "archive-damaged" });
    const endless = Buffer.from(archive);
    endless.fill(0xff, 124, 136);
    await expect(find("./zzz", endless)).rejects.toMatchObject({ code: "archive-damaged" });
  });
});
