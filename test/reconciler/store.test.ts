import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { openStore } from "../../reconciler/store.ts";
import { OmgError } from "../../schema/error.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = sha256("hello");

describe("the store", () => {
  it("takes in what it was told to expect, under its hash", async () => {
    const store = openStore(folder);
    await store.add(hash, async (path) => writeFileSync(path, "hello"));
    expect(store.has(hash)).toBe(true);
    expect(store.path(hash)).toBe(join(folder, "sha256", hash.slice(0, 2), hash.slice(2)));
    expect(readFileSync(store.path(hash), "utf8")).toBe("hello");
  });

  it("refuses other bytes, and keeps nothing of them", async () => {
    const store = openStore(folder);
    await expect(store.add(hash, async (path) => writeFileSync(path, "hellO"))).rejects.toMatchObject({
      code: "artifact-mismatch",
      exit: "refused",
    });
    expect(store.has(hash)).toBe(false);
    expect(readdirSync(join(folder, "incoming"))).toEqual([]);
  });

  it("keeps nothing of what broke off", async () => {
    const store = openStore(folder);
    const broken = store.add(hash, async (path) => {
      writeFileSync(path, "hel");
      throw new Error("broken off");
    });
    await expect(broken).rejects.toThrow("broken off");
    expect(readdirSync(join(folder, "incoming"))).toEqual([]);
  });

  it("keeps what a fetch that was cut off had got, for the next one", async () => {
    const store = openStore(folder);
    const cut = (path: string) => {
      writeFileSync(path, "hel");
      throw new OmgError({ code: "artifact-unreachable", exit: "unreachable", message: "cut off" });
    };
    await expect(store.add(hash, async (path) => cut(path))).rejects.toThrow("cut off");
    expect(store.has(hash)).toBe(false);
    expect(store.unfinished()).toHaveLength(1);
    await store.add(hash, async (path) => appendFileSync(path, "lo"));
    expect(readFileSync(store.path(hash), "utf8")).toBe("hello");
    expect(readdirSync(join(folder, "incoming"))).toEqual([]);
  });

  it("goes on from what a killed process left, and lets what another works on alone", async () => {
    const store = openStore(folder);
    const gone = spawnSync("/bin/true").pid;
    mkdirSync(join(folder, "incoming"));
    writeFileSync(join(folder, "incoming", `${hash}.${gone}.abc`), "hel");
    writeFileSync(join(folder, "incoming", `${hash}.${process.ppid}.def`), "he");
    await store.add(hash, async (path) => appendFileSync(path, "lo"));
    expect(readFileSync(store.path(hash), "utf8")).toBe("hello");
    expect(readdirSync(join(folder, "incoming"))).toEqual([`${hash}.${process.ppid}.def`]);
  });

  it("counts what the store behind it has, and writes only to itself", async () => {
    const behind = openStore(join(folder, "behind"));
    await behind.add(hash, async (path) => writeFileSync(path, "hello"));
    const store = openStore(join(folder, "own"), behind);
    expect(store.path(hash)).toBe(behind.path(hash));
    const other = sha256("other");
    await store.add(other, async (path) => writeFileSync(path, "other"));
    expect(behind.has(other)).toBe(false);
    expect(existsSync(store.path(other))).toBe(true);
  });
});
