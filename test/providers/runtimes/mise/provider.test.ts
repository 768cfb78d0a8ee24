import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { desiredOf } from "../../../../providers/runtimes/mise/desired.ts";
import { observe } from "../../../../providers/runtimes/mise/observe.ts";
import { mirrored } from "../../../../providers/runtimes/mise/options.ts";
import type { PlatformLock } from "../../../../schema/model/lock.ts";
import { temporaryFolder } from "../../../host/bundle.ts";

const HASH = "ab".repeat(32);
const URL = "https://github.com/jqlang/jq/releases/download/jq-1.7.1/jq-linux-amd64";
const PIN = { version: "1.7.1", sha256: HASH, url: URL, from: "aqua:jqlang/jq" };

const lock = (parts: Partial<PlatformLock> = {}) =>
  ({ path: "/x/omg.lock", runtimes: {}, pins: {}, own: false, ...parts }) as PlatformLock;
const pinned = lock({ runtimes: { jq: "1.7", node: "20" }, pins: { runtimes: { jq: { ...PIN, auto: false } } } });

/** A data folder with these versions, of these hashes. */
function dataWith(versions: Readonly<Record<string, string>>): string {
  const data = temporaryFolder();
  for (const [name, sha256] of Object.entries(versions)) {
    const folder = join(data, "versions", name);
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, ".omg-runtime.json"), JSON.stringify({ sha256, from: PIN.from }));
  }
  return data;
}

describe("what a lock wants of mise", () => {
  it("is a version of each tool that is no runtime, with its address and hash", () => {
    const { wanted, silent } = desiredOf(pinned);
    expect([silent, wanted]).toEqual([
      undefined,
      [{ provider: "mise", name: "jq@1.7.1", presence: "present", request: "1.7", attributes: {}, pin: PIN }],
    ]);
    expect(desiredOf(lock({ runtimes: { jq: "1.7" }, own: true })).wanted).toMatchObject([
      { name: "jq@1.7", attributes: { current: true } },
    ]);
  });

  it("is nothing where it speaks of no tool, and of the system's own", () => {
    expect(desiredOf(lock({ runtimes: { node: "20" } }))).toMatchObject({ silent: true, wanted: [] });
    expect(desiredOf(lock({ speaksOfRuntimes: true })).silent).toBe(undefined);
    expect(desiredOf(lock({ runtimes: { jq: "system" } }))).toMatchObject({ wanted: [], notes: [expect.any(String)] });
  });

  it.each(["lts", "lts/iron", "nightly", "x"])("is never %s, which is a word of runtimes", (request) => {
    expect(() => desiredOf(lock({ runtimes: { jq: request } }))).toThrow(`asks for jq ${request}`);
  });
});

describe("what is there of tools", () => {
  const health = (data: string, program: string | undefined, about = pinned) =>
    [...observe(data, program, desiredOf(about)).resources.values()].map(({ name, health: is }) => [name, is]);

  it("is by tool and version, and not what lies there of runtimes", () => {
    const data = dataWith({ "jq/1.7.1": HASH, "jq/1.6": HASH, "node/20.1.0": HASH });
    expect(health(data, "/bin/mise")).toEqual([
      ["jq@1.7.1", "installed"],
      ["jq@1.6", "installed"],
    ]);
  });

  it("has to be of the pinned hash", () => {
    expect(health(dataWith({ "jq/1.7.1": "cd".repeat(32) }), "/bin/mise")).toEqual([["jq@1.7.1", "needs-repair"]]);
  });

  it("answers a request that nothing is pinned for", () => {
    const data = dataWith({ "jq/1.7.1": HASH, "yq/1.7.9": HASH });
    expect(health(data, undefined, lock({ runtimes: { jq: "1.7" } }))).toContainEqual(["jq@1.7", "installed"]);
  });

  it("without mise: nothing is concluded of what is missing, nor of what would go for it", () => {
    const data = dataWith({ "jq/1.6": HASH, "yq/4.1": HASH });
    expect(health(data, "/bin/mise")).not.toContainEqual(["jq@1.7.1", expect.anything()]);
    expect(health(data, undefined)).toEqual([
      ["jq@1.6", "unavailable"],
      ["yq@4.1", "installed"],
      ["jq@1.7.1", "unavailable"],
    ]);
  });
});

describe("mirrors", () => {
  it("stand for the beginning of an address, the longest that fits", () => {
    const mirrors = { "https://github.com/": "http://a/", "https://github.com/jqlang/": "http://b/" };
    expect(mirrored(URL, { mirrors })).toBe("http://b/jq/releases/download/jq-1.7.1/jq-linux-amd64");
    expect(mirrored("https://example.org/x", { mirrors })).toBe("https://example.org/x");
    expect(mirrored(URL, {})).toBe(URL);
  });
});
