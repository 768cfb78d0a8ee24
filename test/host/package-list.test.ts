import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stanzasOf } from "../../host/deb822.ts";
import { sha256 } from "../../host/digest.ts";
import { openPackageList, sharedPackageList } from "../../host/package-list/index.ts";

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-list-"));
  cache = join(folder, "cache");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PACKAGES = `Package: b
Architecture: amd64
Version: 1
Provides: virtual, other (= 2)

Package: a
Architecture: all
Version: 2
Provides: virtual
Description: ü
 more

Package: b
Architecture: i386
Version: 3
`;

function put(name: string, text: string): string {
  const plain = join(folder, "Packages");
  writeFileSync(plain, text);
  const path = join(folder, name);
  if (name.endsWith(".lz4")) execFileSync("lz4", ["-q", "-f", plain, path]);
  else if (name.endsWith(".xz")) writeFileSync(path, execFileSync("xz", ["-c", plain]));
  else if (path !== plain) copyFileSync(plain, path);
  return path;
}

/** All that a list can be asked, as data. */
async function said(path: string, folderOfCache?: string) {
  const list = await openPackageList(path, folderOfCache);
  const shown = (entries: Iterable<{ name: string; arch: string; stanza(): { text(): string } }>) =>
    [...entries].map((entry) => [entry.name, entry.arch, entry.stanza().text()]);
  return {
    digest: [list.sha256, list.size],
    all: shown(list.all()),
    b: shown(list.entries("b")),
    virtual: shown(list.providers("virtual")).sort(),
    none: [list.entries("c"), list.entries(""), list.providers("a"), list.entries("bb")],
  };
}

/** Changes the kept files so that it shows when they are used. */
function mark(): void {
  for (const name of readdirSync(join(cache, "lists")).filter((each) => each.includes(".text."))) {
    const file = join(cache, "lists", name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("Version", "Kept-on"));
  }
}

describe("openPackageList", () => {
  it.each(["Packages", "Packages.lz4", "Packages.xz"])("says of %s what stands in it, kept or not", async (name) => {
    const path = put(name, PACKAGES);
    const fresh = await said(path);
    expect(fresh.digest).toEqual([sha256(PACKAGES), Buffer.byteLength(PACKAGES)]);
    expect(fresh.all.map(([each, arch]) => `${each} ${arch}`)).toEqual(["a all", "b amd64", "b i386"]);
    expect(fresh.b.map(([, , text]) => /Version: (\d)/.exec(text ?? "")?.[1])).toEqual(["1", "3"]);
    expect(fresh.virtual.map(([each]) => each)).toEqual(["a", "b"]);
    expect(fresh.none).toEqual([[], [], [], []]);
    expect(await said(path, cache)).toEqual(fresh);
    expect(await said(path, cache)).toEqual(fresh);
  });

  it("uses what it kept, until the list changes", async () => {
    const path = put("Packages.lz4", PACKAGES);
    await said(path, cache);
    mark();
    expect(JSON.stringify(await said(path, cache))).toContain("Kept-on: 1");
    put("Packages.lz4", PACKAGES.replace("Version: 1", "Version: 9"));
    const now = JSON.stringify(await said(path, cache));
    expect(now).toContain("Version: 9");
    expect(now).not.toContain("Kept-on");
    expect(readdirSync(join(cache, "lists"))).toHaveLength(2);
  });

  it.each(["Packages", "Packages.lz4"])("knows of %s behind a symbolic link when it has changed", async (name) => {
    const link = join(folder, `link-${name}`);
    symlinkSync(put(name, PACKAGES), link);
    await said(link, cache);
    put(name, PACKAGES.replace("Version: 1", "Version: 9"));
    expect(JSON.stringify(await said(link, cache))).toContain("Version: 9");
  });

  it("stays with what it opened, while apt puts another list in its place", async () => {
    const path = put("Packages", PACKAGES);
    await said(path, cache);
    const list = await openPackageList(path, cache);
    rmSync(path);
    writeFileSync(path, "Package: b\nVersion: replaced-and-longer\n".repeat(20));
    expect(list.entries("b").map((entry) => entry.stanza().get("Version"))).toEqual(["1", "3"]);
  });

  it.each([
    ["is cut off", (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -7))],
    ["is of another make", (file: string) => writeFileSync(file, "something else")],
    ["is empty", (file: string) => writeFileSync(file, "")],
    ["can be written by others", (file: string) => chmodSync(file, 0o666)],
    ["is gone", (file: string) => rmSync(file)],
    [
      "is a folder",
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ])("does without what it kept where that %s", async (_, harm) => {
    const path = put("Packages.lz4", PACKAGES);
    const right = await said(path);
    for (const part of [".index", ".text."]) {
      rmSync(cache, { recursive: true, force: true });
      await said(path, cache);
      mark();
      harm(join(cache, "lists", readdirSync(join(cache, "lists")).find((name) => name.includes(part)) ?? ""));
      expect(await said(path, cache)).toEqual(right);
    }
  });

  it("does without a cache that cannot be written", async () => {
    const path = put("Packages.lz4", PACKAGES);
    writeFileSync(cache, "a file, no folder");
    expect(await said(path, cache)).toEqual(await said(path));
  });

  it("tells a damaged list from an empty one", async () => {
    const path = put("Packages.lz4", PACKAGES);
    writeFileSync(path, readFileSync(path).subarray(0, -9));
    await expect(openPackageList(path, cache)).rejects.toMatchObject({ code: "decompress-failed" });
    expect(readdirSync(join(cache, "lists"))).toEqual([]);
    await expect(openPackageList(put("crlf", PACKAGES.replaceAll("\n", "\r\n")), cache)).rejects.toMatchObject({
      code: "list-malformed",
    });
    expect((await openPackageList(put("empty", ""), cache)).entries("a")).toEqual([]);
  });

  it("finds every name of any list, as going through it would", async () => {
    const name = fc.stringMatching(/^[a-c][a-c+.-]{0,3}$/);
    const stanza = fc.record({
      name,
      arch: fc.constantFrom("all", "amd64", "i386"),
      provides: fc.array(name, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(stanza, { maxLength: 30 }), async (all) => {
        const text = all.map(
          (one, index) =>
            `Package: ${one.name}\nArchitecture: ${one.arch}\nVersion: ${index}\n${one.provides.length > 0 ? `Provides: ${one.provides.join(" (= 1), ")}\n` : ""}`,
        );
        const path = put("Packages", text.join("\n"));
        rmSync(cache, { recursive: true, force: true });
        for (let time = 0; time < 2; time++) {
          const list = await openPackageList(path, cache);
          const stanzas = stanzasOf(text.join("\n"));
          for (const wanted of new Set(all.flatMap((one) => [one.name, ...one.provides]))) {
            expect(list.entries(wanted).map((entry) => entry.stanza().get("Version"))).toEqual(
              stanzas.filter((each) => each.get("Package") === wanted).map((each) => each.get("Version")),
            );
            expect(new Set(list.providers(wanted).map((entry) => entry.stanza().get("Version")))).toEqual(
              new Set(all.flatMap((one, index) => (one.provides.includes(wanted) ? [String(index)] : []))),
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("sharedPackageList", () => {
  it("is the same for everybody, until the file changes or somebody keeps elsewhere", async () => {
    const path = put("Packages", PACKAGES);
    const first = await sharedPackageList(path, cache);
    expect(await sharedPackageList(path, cache)).toBe(first);
    expect(await sharedPackageList(path, undefined)).not.toBe(first);
    rmSync(path);
    put("Packages", PACKAGES.replace("Version: 1", "Version: 9"));
    const then = await sharedPackageList(path, cache);
    expect(then.entries("b").map((entry) => entry.stanza().get("Version"))).toEqual(["9", "3"]);
    expect(first.entries("b").map((entry) => entry.stanza().get("Version"))).toEqual(["1", "3"]);
  });
});
