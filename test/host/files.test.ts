import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sha256, sha256File } from "../../host/digest.ts";
import { freeSpace } from "../../host/disk.ts";
import {
  makeFolder,
  PIECE,
  readIfPresent,
  readRegular,
  readSoon,
  replaceThrough,
  syncFolder,
  writeAtomic,
} from "../../host/files.ts";
import { needs } from "../support/needs.ts";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

test("writeAtomic writes text and bytes with the exact mode, whatever the umask", () => {
  const path = join(temporaryFolder(), "file");
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  writeAtomic(path, "grüße");
  expect(readFileSync(path, "utf8")).toBe("grüße");
  expect(statSync(path).mode & 0o7777).toBe(0o644);
  writeAtomic(path, new Uint8Array([0, 255, 10]), 0o600);
  expect([...readFileSync(path)]).toEqual([0, 255, 10]);
  expect(statSync(path).mode & 0o7777).toBe(0o600);
});

test("writeAtomic replaces a link and leaves alone what it points to", () => {
  const folder = temporaryFolder();
  const [victim, path] = [join(folder, "victim"), join(folder, "link")];
  writeFileSync(victim, "mine");
  symlinkSync(victim, path);
  writeAtomic(path, "new");
  expect(lstatSync(path).isFile()).toBe(true);
  expect(readFileSync(victim, "utf8")).toBe("mine");
});

test("writeAtomic leaves nothing behind when it fails", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken"));
  expect(() => writeAtomic(join(folder, "taken"), "x")).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(() => writeAtomic(join(folder, "missing/file"), "x")).toThrow(/ENOENT/);
  expect(readdirSync(folder)).toEqual(["taken"]);
});

/** System calls of this thread that read, and that write: proc(5), /proc/pid/io. */
function calls(): readonly [reads: number, writes: number] {
  const text = readFileSync("/proc/thread-self/io", "latin1");
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1]);
  return [count("syscr"), count("syscw")];
}

const TEN_PIECES = Buffer.alloc(10 * PIECE - 1, "some bytes");

test.runIf(existsSync("/proc/thread-self/io"))("large files are written and read by many system calls", () => {
  const path = join(temporaryFolder(), "file");
  const [, before] = calls();
  writeAtomic(path, TEN_PIECES);
  const [reads, writes] = calls();
  expect(writes - before).toBeGreaterThanOrEqual(10);
  expect(readRegular(path, Number.POSITIVE_INFINITY).equals(TEN_PIECES)).toBe(true);
  expect(calls()[0] - reads).toBeGreaterThanOrEqual(10);
});

test("readSoon reads from anywhere to the end, and lets others have their turn", async () => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, TEN_PIECES);
  const fd = openSync(path, "r");
  onTestFinished(() => closeSync(fd));
  const into = Buffer.alloc(TEN_PIECES.length);
  let [turns, isOver] = [0, false];
  const others = (async () => {
    for (; !isOver; turns += 1) await new Promise(setImmediate);
  })();
  expect(await readSoon(fd, into, 0)).toBe(TEN_PIECES.length);
  isOver = true;
  await others;
  expect(into.equals(TEN_PIECES)).toBe(true);
  // Each piece is there in a turn of its own.
  expect(turns).toBeGreaterThanOrEqual(10);
  const end = Buffer.alloc(PIECE);
  expect(await readSoon(fd, end, TEN_PIECES.length - 3)).toBe(3);
  expect(end.subarray(0, 3).equals(TEN_PIECES.subarray(-3))).toBe(true);
  expect(await readSoon(fd, end, TEN_PIECES.length)).toBe(0);
});

test("replaceThrough cleans up when both names are one file", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a"), "same");
  replaceThrough(join(folder, "a"), (temporary) => linkSync(join(folder, "a"), temporary));
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("killed at any instant, a reader sees the old content or the new, whole", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  writeAtomic(path, "0".repeat(200_000));
  const script = bundleScript(
    folder,
    `import { writeAtomic } from "./host/files.ts";
     console.log("ready");
     for (let n = 1; ; n++) writeAtomic(process.argv[2], String(n % 10).repeat(200_000));`,
  );
  for (let round = 0; round < 3; round++) {
    const writer = startScript(script, [path]);
    await writer.printed("ready");
    for (let look = 0; look < 20; look++) {
      expect(readFileSync(path, "utf8")).toMatch(/^(\d)\1{199999}$/);
      await new Promise((done) => setTimeout(done, Math.random() * 4));
    }
    writer.child.kill("SIGKILL");
    await writer.ended;
    expect(readFileSync(path, "utf8")).toMatch(/^(\d)\1{199999}$/);
  }
});

test("readIfPresent: content, nothing, or an error, and never one for another", () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  expect(readIfPresent(path)).toBeUndefined();
  expect(readIfPresent(join(path, "below"))).toBeUndefined();
  writeFileSync(path, "abc");
  expect(readIfPresent(join(path, "below"))).toBeUndefined();
  expect(readIfPresent(path)?.toString()).toBe("abc");
  expect(readIfPresent(path, 3)?.toString()).toBe("abc");
  expect(() => readIfPresent(path, 2)).toThrow(expect.objectContaining({ code: "file-too-large" }));
  expect(() => readIfPresent(folder)).toThrow(/EISDIR/);
  expect(readIfPresent("/dev/null")?.length).toBe(0);
  execFileSync("/usr/bin/mkfifo", [join(folder, "pipe")]);
  expect(() => readIfPresent(join(folder, "pipe"))).toThrow(expect.objectContaining({ code: "not-a-regular-file" }));
  symlinkSync("loop", join(folder, "loop"));
  expect(() => readIfPresent(join(folder, "loop"))).toThrow(/ELOOP/);
});

test("readIfPresent reads files that do not tell their size, and limits them", () => {
  const mounts = readFileSync("/proc/self/maps");
  expect(readIfPresent("/proc/self/maps")?.length).toBeGreaterThan(mounts.length / 2);
  expect(() => readIfPresent("/proc/self/maps", 100)).toThrow(expect.objectContaining({ code: "file-too-large" }));
});

test("readIfPresent reads files of any size around its pieces", () => {
  const path = join(temporaryFolder(), "file");
  for (const size of [0, 1, 65_535, 65_536, 65_537, 300_000]) {
    writeFileSync(path, Buffer.alloc(size, "x"));
    expect(readIfPresent(path)?.length).toBe(size);
  }
});

test("readRegular takes regular files only", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "abc");
  symlinkSync("file", join(folder, "link"));
  execFileSync("/usr/bin/mkfifo", [join(folder, "pipe")]);
  expect(readRegular(join(folder, "file"), 10).toString()).toBe("abc");
  for (const path of [join(folder, "link"), join(folder, "pipe"), folder, "/dev/null"]) {
    expect(() => readRegular(path, 10)).toThrow(expect.objectContaining({ code: "not-a-regular-file" }));
  }
  expect(() => readRegular(join(folder, "file"), 2)).toThrow(expect.objectContaining({ code: "file-too-large" }));
  expect(() => readRegular(join(folder, "none"), 2)).toThrow(/ENOENT/);
});

test("makeFolder makes parents, the exact mode, and does not touch what is there", () => {
  const folder = temporaryFolder();
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  makeFolder(join(folder, "a/b"), 0o750);
  expect(statSync(join(folder, "a/b")).mode & 0o7777).toBe(0o750);
  makeFolder(join(folder, "a/b"), 0o700);
  expect(statSync(join(folder, "a/b")).mode & 0o7777).toBe(0o750);
  expect(() => syncFolder(join(folder, "none"))).toThrow(/ENOENT/);
});

test("sha256 of text, bytes and files is what sha256sum says", async () => {
  const path = join(temporaryFolder(), "file");
  const content = Buffer.alloc(3_000_001, "ü~");
  writeFileSync(path, content);
  const expected = execFileSync("/usr/bin/sha256sum", [path], { encoding: "utf8" }).slice(0, 64);
  expect(await sha256File(path)).toEqual({ sha256: expected, size: 3_000_001 });
  expect(sha256(content)).toBe(expected);
  expect(sha256("ü")).toBe(sha256(Buffer.from("ü")));
  await expect(sha256File(`${path}-none`)).rejects.toThrow(/ENOENT/);
});

test.runIf(needs("root"))("a full disk is an error of its own, and the old content stays", () => {
  const folder = join(temporaryFolder(), "small");
  mkdirSync(folder);
  execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  onTestFinished(() => void execFileSync("/usr/bin/umount", [folder]));
  const path = join(folder, "file");
  writeAtomic(path, "old");
  expect(freeSpace(folder)).toBe(60 * 1024);
  expect(() => writeAtomic(path, "x".repeat(100_000))).toThrow(
    expect.objectContaining({ code: "disk-full", exit: "error", message: expect.stringContaining(path) }),
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(existsSync(path)).toBe(true);
});
