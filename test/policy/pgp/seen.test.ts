import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refuseOlderRelease } from "../../../policy/pgp/replay.ts";
import { openSeenReleases } from "../../../policy/pgp/seen.ts";
import type { DebianChain } from "../../../schema/model/artifact.ts";

const CHAIN: DebianChain = {
  type: "debian",
  release: "/var/lib/apt/lists/deb.example.org_debian_dists_stable_InRelease",
  keyrings: [],
  bound: true,
  trusted: false,
  index: "/lists/Packages",
  indexKey: "main/binary-amd64/Packages",
};
const release = (date: string) => ({ date, release: date.replace(/\D/g, "") });
const OLD = release("2026-03-01T12:00:00.000Z");
const NEW = release("2026-03-02T12:00:00.000Z");

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-seen-"));
});
beforeEach(() => {
  path = join(folder, "state", `${Math.random()}.json`);
});
afterAll(() => rmSync(folder, { recursive: true }));

function saw(chain: DebianChain, found = NEW): void {
  const seen = openSeenReleases(path);
  refuseOlderRelease(seen, chain, found);
  seen.keep();
}

/** Whether the next run takes it. */
function takes(chain: DebianChain, found = OLD): boolean {
  try {
    refuseOlderRelease(openSeenReleases(path), chain, found);
    return true;
  } catch (fault) {
    expect(fault).toMatchObject({ code: "release-older" });
    return false;
  }
}

describe("the newest release that was seen", () => {
  it("stands against an older one in later runs, and not against itself or a newer one", () => {
    expect(takes(CHAIN)).toBe(true);
    saw(CHAIN);
    expect([takes(CHAIN), takes(CHAIN, NEW), takes(CHAIN, release("2026-03-03T00:00:00Z"))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("is that of one source: address and suite, wherever the lists lie and however they are signed", () => {
    saw(CHAIN);
    expect(takes({ ...CHAIN, release: CHAIN.release.replace("stable", "testing") })).toBe(true);
    expect(takes({ ...CHAIN, release: CHAIN.release.replace("InRelease", "Release") })).toBe(false);
    expect(takes({ ...CHAIN, release: CHAIN.release.replace("/var/lib/apt", "/elsewhere") })).toBe(false);
  });

  it("does not count for what is old on purpose, nor is that noted", () => {
    saw(CHAIN);
    expect([takes({ ...CHAIN, asOf: OLD.date }), takes({ ...CHAIN, kept: true })]).toEqual([true, true]);
    rmSync(path);
    saw({ ...CHAIN, asOf: NEW.date });
    saw({ ...CHAIN, kept: true });
    expect(existsSync(path)).toBe(false);
  });

  it("is not set by a source that is bound to no key", () => {
    saw({ ...CHAIN, bound: false });
    expect([existsSync(path), takes(CHAIN)]).toEqual([false, true]);
  });

  it("keeps the other sources' entries, and writes nothing where there is no news", () => {
    saw(CHAIN);
    saw({ ...CHAIN, release: "/lists/other_dists_x_InRelease" }, OLD);
    const text = readFileSync(path, "utf8");
    expect(Object.keys((JSON.parse(text) as { sources: object }).sources)).toHaveLength(2);
    rmSync(path);
    writeFileSync(path, text.replace(/\n/g, " "));
    saw(CHAIN);
    expect(readFileSync(path, "utf8")).toBe(text.replace(/\n/g, " "));
  });

  it.each(["", "{", "[]", "null", '{"version":2,"sources":{}}', '{"version":1,"sources":{"a":{"date":"x"}}}'])(
    "that cannot be read is never taken for none: %j",
    (text) => {
      saw(CHAIN);
      writeFileSync(path, text);
      expect(() => openSeenReleases(path).load()).toThrowError(expect.objectContaining({ code: "record-damaged" }));
    },
  );
});
