import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decompressFile } from "../../../host/compression.ts";
import { createChainVerifier } from "../../../policy/pgp/verify.ts";
import type { Artifact, DebianChain } from "../../../schema/model/artifact.ts";

const LISTS = "/var/lib/apt/lists";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const HOUR_MS = 3_600_000;

const archives = existsSync(KEYRING) ? readdirSync(LISTS).filter((name) => /debian.*_InRelease$/.test(name)) : [];

/** The verifiers' clock an hour after the file was signed: this machine's lists may be old, and tests must not age. */
function clockOf(inRelease: string): Date {
  const date = /^Date: (.*)$/m.exec(readFileSync(inRelease, "utf8"))?.[1] ?? "";
  return new Date(new Date(date).getTime() + HOUR_MS);
}

function chainOf(inRelease: string, index: string): DebianChain {
  const key = `${/_(main_binary-[a-z0-9]+_Packages)/.exec(index)?.[1]?.replaceAll("_", "/")}`;
  return { type: "debian", release: inRelease, keyrings: [KEYRING], bound: true, trusted: false, index, indexKey: key };
}

function artifactOf(stanza: string, chain: DebianChain): Artifact & { readonly chain: DebianChain } {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1] ?? "";
  return {
    address: `apt.${field("Package")}`,
    name: field("Package"),
    version: field("Version"),
    arch: field("Architecture"),
    sha256: field("SHA256"),
    size: Number(field("Size")),
    urls: [],
    filename: field("Filename").split("/").at(-1) ?? "",
    origin: "debian",
    chain,
    role: "install",
  };
}

function keysByGpgv(file: string): string[] {
  const out = execFileSync("gpgv", ["--status-fd", "1", "--keyring", KEYRING, file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return [...out.matchAll(/^\[GNUPG:\] VALIDSIG ([0-9A-F]+)/gm)].map(([, key]) => key ?? "");
}

describe.skipIf(archives.length === 0)("Debian's own archives on this machine", () => {
  it.each(archives)("%s vouches for what its indexes list, by a key that gpgv accepts too", async (name) => {
    const inRelease = join(LISTS, name);
    const prefix = name.replace(/InRelease$/, "");
    const index = readdirSync(LISTS).find((file) => file.startsWith(prefix) && file.includes("_Packages"));
    if (index === undefined) return expect.unreachable(`no index beside ${name}`);
    const chain = chainOf(inRelease, join(LISTS, index));
    const packages = await decompressFile(chain.index);
    const stanzas = packages
      .toString("utf8")
      .split("\n\n")
      .filter((stanza) => stanza.startsWith("Package:"));
    const wanted = stanzas
      .filter((_, at) => at % Math.ceil(stanzas.length / 50) === 0)
      .map((stanza) => artifactOf(stanza, chain));
    expect(wanted.length).toBeGreaterThan(0);

    const evidence = await createChainVerifier(clockOf(inRelease)).check(wanted);

    expect(evidence.map(({ code }) => code)).toEqual(wanted.map(() => "signature-valid"));
    expect(keysByGpgv(inRelease)).toContain(evidence[0]?.facts.key);
    expect(evidence[0]?.facts).toMatchObject({
      release: createHash("sha256").update(readFileSync(inRelease)).digest("hex"),
      index: createHash("sha256").update(packages).digest("hex"),
    });
  });

  it("refuses a build that the index does not list", async () => {
    const inRelease = join(LISTS, archives[0] ?? "");
    const index = readdirSync(LISTS).find(
      (file) => file.startsWith((archives[0] ?? "").replace(/InRelease$/, "")) && file.includes("_Packages"),
    );
    const chain = chainOf(inRelease, join(LISTS, index ?? ""));
    const made = artifactOf(`Package: bash\nVersion: 999\nArchitecture: amd64\nSHA256: ${"0".repeat(64)}\n`, chain);
    const [evidence] = await createChainVerifier(clockOf(inRelease)).check([made]);
    expect(evidence).toMatchObject({ verdict: "fail", code: "artifact-not-listed" });
  });
});
