import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../host/digest.ts";
import { keptBuilds } from "../../../../providers/apt/offers/kept.ts";
import type { IndexTarget } from "../../../../providers/apt/sources/targets.ts";
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

function kept(release: string) {
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
    targets: [TARGET],
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

  it.each([{ Origin: "SomebodyElse" }, { Label: "Debian-Security" }, { Codename: "sid" }])(
    "speak for no other, though one key signs both: %j",
    async (fields) => {
      await expect(kept(release(fields))).rejects.toMatchObject({ code: "evidence-damaged", exit: "refused" });
    },
  );
});
