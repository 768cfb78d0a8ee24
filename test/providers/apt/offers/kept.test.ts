import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../host/digest.ts";
import { keptBuilds } from "../../../../providers/apt/offers/kept.ts";
import type { IndexTarget, MissingTarget } from "../../../../providers/apt/sources/targets.ts";
import { temporaryFolder } from "../../../host/bundle.ts";

const PACKAGES = `Package: hello\nArchitecture: amd64\nVersion: 9.9\nSize: 10\nFilename: pool/h.deb\nSHA256: ${"c".repeat(64)}\n`;

/** Only what is looked at before any signature is. */
const TARGET = {
  sourceName: "debian",
  origin: "Debian",
  label: "Debian",
  suite: "stable",
  codename: "bookworm",
  component: "main",
  arch: "amd64",
  key: "main/binary-amd64/Packages",
  keyrings: [],
  bound: true,
  trusted: false,
  repoUri: "https://deb.example.org/debian/",
  release: { path: "today's" },
  file: "today's",
} as unknown as IndexTarget;

/** The same index, of a source whose lists were never fetched. */
const MISSING: MissingTarget = {
  key: "main/binary-amd64/Packages",
  repoUri: "https://deb.example.org/debian/",
  host: "deb.example.org",
  component: "main",
  arch: "amd64",
  trusted: false,
  suites: ["oldstable"],
  keyrings: ["/keys.gpg"],
  bound: true,
};

interface Had {
  readonly targets?: readonly IndexTarget[];
  readonly missing?: readonly MissingTarget[];
}

function kept(release: string, { targets = [TARGET], missing = [] }: Had = {}) {
  const folder = temporaryFolder();
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return [sha256(text), join(folder, name)] as const;
  };
  const files = new Map([put("Release", release), put("Packages", PACKAGES)]);
  const indexes = { "debian/bookworm/main": { release: sha256(release), packages: sha256(PACKAGES) } };
  return keptBuilds({
    keys: new Set(["hello"]),
    indexes,
    find: async (digest) => files.get(digest),
    targets,
    missing,
    config: { architecture: "amd64" },
    archive: () => undefined,
  });
}

describe("lists that a lock was made with", () => {
  const release = (fields: Readonly<Record<string, string>>) =>
    Object.entries({ Origin: "Debian", Label: "Debian", Suite: "oldstable", Codename: "bookworm", ...fields })
      .map(([name, value]) => `${name}: ${value}\n`)
      .join("");

  it("speak for their source, whatever its suite is called today", async () => {
    const { builds } = await kept(release({}));
    expect(builds.get("hello")?.map(({ version, origin }) => [version, origin])).toEqual([["9.9", "debian"]]);
  });

  it("speak for a source that was never fetched, if it asks for that suite", async () => {
    const missing = (change: Partial<MissingTarget> = {}) =>
      kept(release({}), { targets: [], missing: [{ ...MISSING, ...change }] });
    for (const suites of [["oldstable"], ["sid", "bookworm"]]) {
      const { builds } = await missing({ suites });
      expect(builds.get("hello")).toMatchObject([
        { version: "9.9", origin: "debian", chain: { keyrings: ["/keys.gpg"], bound: true, kept: true } },
      ]);
    }
    const others = [{ suites: ["sid"] }, { component: "contrib" }, { arch: "arm64" }];
    for (const change of others) expect(await missing(change)).toEqual({ builds: new Map(), absent: [] });
    const found = kept(release({ Label: "Another" }), { targets: [], missing: [MISSING] });
    expect((await found).builds.size).toBe(0);
  });

  it("are not asked of a source that was fetched for one that was not", async () => {
    const { builds } = await kept(release({}), { missing: [{ ...MISSING, keyrings: ["/others.gpg"] }] });
    expect(builds.get("hello")).toMatchObject([{ chain: { keyrings: [] } }]);
  });

  it.each([{ Origin: "SomebodyElse" }, { Label: "Debian-Security" }, { Codename: "sid" }])(
    "speak for no other, though one key signs both: %j",
    async (fields) => {
      await expect(kept(release(fields))).rejects.toMatchObject({ code: "evidence-damaged", exit: "refused" });
    },
  );
});
