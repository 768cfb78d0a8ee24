import { execFileSync } from "node:child_process";
import fs, {
  accessSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Look, lookAt } from "../../host/look.ts";
import { type Looks, watchLooks } from "../../host/looks.ts";

/** As another process would. */
const theirs = fs.chmodSync;

let folder: string;
let looks: Looks | undefined;
const long = new Date("2026-01-01");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-looks-"));
  mkdirSync(at("folder"));
  writeFileSync(at("folder/file"), "text");
  symlinkSync("folder/file", at("link"));
  // What has changed just now is believed of nothing.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
});
afterEach(() => {
  looks?.stop();
  looks = undefined;
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
function watch(): Looks {
  looks = watchLooks();
  syncBuiltinESMExports(); // the tests import functions, bundles call them where they lie
  return looks;
}
const stampsOf = (watched: Looks) => watched.stamps({ folders: [at("own")], except: [] });
const seenBy = (watched: Looks) => stampsOf(watched)?.map(([path, look]) => [path.slice(folder.length + 1), look]);

describe("what a process looks at", () => {
  it.each<[string, (path: string) => unknown, Look]>([
    ["existsSync", (path) => existsSync(path), "presence"],
    ["accessSync", (path) => accessSync(path), "itself"],
    ["statSync", (path) => statSync(path), "itself"],
    ["lstatSync", (path) => lstatSync(path), "itself"],
    ["readFileSync", (path) => readFileSync(path), "itself"],
    ["openSync", (path) => openSync(path, "r"), "itself"],
    ["openSync by number", (path) => openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW), "itself"],
    ["realpathSync", (path) => realpathSync(path), "itself"],
    ["realpathSync.native", (path) => realpathSync.native(path), "itself"],
    ["promises.readFile", (path) => fs.promises.readFile(path), "itself"],
    ["promises.stat", (path) => fs.promises.stat(path), "itself"],
    ["promises.open", async (path) => (await fs.promises.open(path)).close(), "itself"],
    ["stat with a callback", (path) => new Promise((done) => fs.stat(path, done)), "itself"],
  ])("is noted: %s", async (_, act, how) => {
    const watched = watch();
    await act(at("folder/file"));
    expect(seenBy(watched)).toEqual([["folder/file", how]]);
  });

  it.each<[string, (path: string) => unknown]>([
    ["existsSync", (path) => existsSync(path)],
    ["statSync", (path) => statSync(path, { throwIfNoEntry: false })],
    ["readdirSync", (path) => expect(() => readdirSync(path)).toThrow("ENOENT")],
    ["readFileSync", (path) => expect(() => readFileSync(path)).toThrow("ENOENT")],
  ])("is noted where nothing is: %s", async (_, act) => {
    const watched = watch();
    act(at("none"));
    expect(stampsOf(watched)).toEqual([[at("none"), expect.any(String), "absent"]]);
    writeFileSync(at("none"), "");
    expect(lookAt(at("none"), "presence")).not.toBe("absent");
  });

  it("is noted as closely as it is ever looked at", () => {
    const watched = watch();
    existsSync(at("folder"));
    statSync(at("folder"));
    expect(seenBy(watched)).toEqual([["folder", "itself"]]);
    readdirSync(at("folder"));
    existsSync(at("folder"));
    expect(seenBy(watched)).toEqual([["folder", "entries"]]);
  });

  it.each<[string, () => unknown]>([
    ["another process is asked", () => execFileSync("true")],
    ["what a function of another name tells", () => statfsSync(folder)],
    ["something is written elsewhere", () => writeFileSync(at("folder/new"), "")],
    ["something goes", () => rmSync(at("link"))],
    ["a path is bytes", () => statSync(Buffer.from(folder))],
    ["a file that was read is written by somebody else", () => theirs(at("folder/file"), 0o600)],
  ])("is not all, once %s", (_, happens) => {
    const watched = watch();
    readFileSync(at("folder/file"));
    expect(stampsOf(watched)).toHaveLength(1);
    happens();
    expect(stampsOf(watched)).toBeUndefined();
  });

  it("is not all, once a server is asked", async () => {
    const server = createServer().listen(at("socket"));
    const watched = watch();
    await new Promise((done) => connect(at("socket")).once("connect", done).unref());
    server.close();
    expect(stampsOf(watched)).toBeUndefined();
  });

  it("is not known where it changed at about that time", () => {
    // Where this process gets no processor between the two, as much time lies between them: then anew.
    for (;;) {
      const changed = Date.now();
      writeFileSync(at("folder/file"), "other");
      const watched = watch();
      readFileSync(at("folder/file"));
      if (Date.now() - changed < 10) return expect(stampsOf(watched)).toBeUndefined();
      watched.stop();
    }
  });

  it("is not known where it changed between two looks", () => {
    const watched = watch();
    existsSync(at("folder/none"));
    looks?.stop();
    syncBuiltinESMExports();
    writeFileSync(at("folder/none"), "");
    expect(stampsOf(watched)).toBeUndefined();
  });

  it("counts as it is in the end where the process wrote it itself", () => {
    const watched = watch();
    expect(existsSync(at("own/cache"))).toBe(false);
    mkdirSync(at("own"));
    writeFileSync(at("own/cache"), "");
    expect(seenBy(watched)).toEqual([["own/cache", "presence"]]);
    expect(watched.wrote(at("own/cache"))).toBe(true);
  });

  it("is looked at no more after the end", () => {
    const watched = watch();
    watched.stop();
    syncBuiltinESMExports();
    readFileSync(at("folder/file"));
    execFileSync("true");
    expect(stampsOf(watched)).toEqual([]);
  });
});

describe("a stamp", () => {
  it.each<[string, Look, () => unknown, boolean]>([
    ["a file's bytes, with its size and time as before", "itself", () => sameSize(), true],
    ["a file's mode", "itself", () => chmodSync(at("folder/file"), 0o600), true],
    ["a file's bytes, where only presence counts", "presence", () => sameSize(), false],
    ["a new name in a folder, where its entries count", "entries", () => writeFileSync(at("folder/new"), ""), true],
    ["a new name in a folder, where they do not", "itself", () => writeFileSync(at("folder/new"), ""), false],
    ["a folder's mode", "itself", () => chmodSync(at("folder"), 0o700), true],
  ])("tells %s", (name, look, happens, differs) => {
    const path = at(name.includes("folder") ? "folder" : "folder/file");
    const before = lookAt(path, look);
    happens();
    expect(lookAt(path, look) !== before).toBe(differs);
  });

  it("is of a link and of what it leads to", () => {
    const before = lookAt(at("link"), "itself");
    sameSize();
    const after = lookAt(at("link"), "itself");
    expect(after).not.toBe(before);
    rmSync(at("link"));
    symlinkSync("./folder/file", at("link"));
    expect(readlinkSync(at("link"))).toBe("./folder/file");
    expect(lookAt(at("link"), "itself")).not.toBe(after);
  });

  function sameSize(): void {
    const { atime } = statSync(at("folder/file"));
    utimesSync(at("folder/file"), atime, long);
    const { mtime } = statSync(at("folder/file"));
    writeFileSync(at("folder/file"), "TEXT");
    utimesSync(at("folder/file"), atime, mtime);
  }
});
