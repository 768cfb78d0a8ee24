import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createChainVerifier } from "../../../../policy/pgp/verify.ts";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { openMarket } from "../../../../providers/apt/offers/open-market.ts";
import { vouchersOf } from "../../../../providers/apt/sources/vouchers.ts";
import type { Artifact, DebianChain } from "../../../../schema/model/artifact.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { needs } from "../../../support/needs.ts";

interface Keys {
  readonly primary: string;
  readonly subkey: string;
  readonly other: string;
}

/** Values of Signed-By, as a stanza has them; `ring` and `otherRing` are files with one key each. */
const VALUES: Readonly<
  Record<string, (keys: Keys, files: Readonly<Record<"ring" | "otherRing" | "armoured", string>>) => string>
> = {
  fingerprint: ({ primary }) => primary,
  "fingerprint, small letters": ({ primary }) => primary.toLowerCase(),
  "fingerprint without subkeys": ({ primary }) => `${primary}!`,
  "fingerprint of the subkey": ({ subkey }) => subkey,
  "two fingerprints": ({ primary, other }) => `${other}, ${primary}`,
  "file and fingerprint": ({ primary }, { ring }) => `${ring} ${primary}`,
  "file and fingerprint of a key elsewhere": ({ primary }, { otherRing }) => `${otherRing},${primary}`,
  "the key itself": (_, { armoured }) => indented(readFileSync(armoured, "utf8")),
  nothing: () => "",
};

describe.runIf(needs(...LAB_NEEDS))("Signed-By, against the real apt", () => {
  let lab: AptLab;
  let keys: Keys;
  let files: { ring: string; otherRing: string; armoured: string };

  beforeAll(async () => {
    lab = await createAptLab({ packages: [{ name: "omg-signed", version: "1.0" }], skipUpdate: true });
    const primary = fingerprints(lab)[0] ?? "";
    secretly(lab, "--quick-add-key", primary, "ed25519", "sign", "0");
    const subkey = fingerprints(lab).at(-1) ?? "";
    secretly(lab, "--quick-gen-key", "other <other@omg.test>", "ed25519", "sign", "0");
    const other = fingerprints(lab).at(-1) ?? "";
    keys = { primary, subkey, other };
    files = {
      ring: exported(lab, primary),
      otherRing: exported(lab, other),
      armoured: exported(lab, primary, "--armor"),
    };
    cpSync(files.ring, join(lab.root, "etc/apt/trusted.gpg.d/lab.gpg"));
    cpSync(files.otherRing, join(lab.root, "etc/apt/trusted.gpg.d/other.gpg"));
  }, 60_000);
  afterAll(() => lab.dispose());

  test.each(["primary", "subkey", "other"] as const)("signed by %s: omg takes what apt takes", async (by) => {
    const dist = join(lab.repo.path, "dists/stable");
    gpg(lab, "--yes", "-u", `${keys[by]}!`, "-o", join(dist, "InRelease"), "--clearsign", join(dist, "Release"));
    writeSource(lab, keys[by]);
    await lab.aptOk("update");
    const answers: Record<string, readonly [boolean, boolean]> = {};
    for (const [name, value] of Object.entries(VALUES)) {
      writeSource(lab, value(keys, files));
      const { code } = await lab.apt("update", "-o", "APT::Update::Error-Mode=any");
      answers[name] = [code === 0, await accepted(lab)];
    }
    for (const [name, [byApt, byOmg]] of Object.entries(answers)) expect([name, byOmg]).toEqual([name, byApt]);
    const taken = Object.values(answers).filter(([byApt]) => byApt).length;
    expect(taken).toBeGreaterThan(1);
    expect(taken).toBeLessThan(Object.keys(VALUES).length);
  });
});

describe("what Signed-By comes to", () => {
  const trusted = ["/trusted.gpg"];
  const key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\n";
  const print = "ab".repeat(20);
  test.each([
    [[], { keyrings: trusted, bound: false }],
    [["/a.gpg", "/b.gpg"], { keyrings: ["/a.gpg", "/b.gpg"], bound: true }],
    [[`${print}!`], { keyrings: trusted, fingerprints: [`${print.toUpperCase()}!`], bound: true }],
    [["/a.gpg", print], { keyrings: ["/a.gpg"], fingerprints: [print.toUpperCase()], bound: true }],
    [[key], { keyrings: [], keyBlock: key, bound: true }],
    [["a.gpg"], { keyrings: trusted, fingerprints: ["A.GPG"], bound: true }],
  ])("%j", (signedBy, vouchers) => expect(vouchersOf(signedBy, trusted)).toEqual(vouchers));
});

/** Whether the gate's verifier would pass the one package, by the chain that the provider gives it. */
async function accepted(lab: AptLab): Promise<boolean> {
  const { market } = await openMarket(await readAptConfig(lab.env), ["omg-signed"]);
  const [evidence] = await createChainVerifier(new Date()).check(market.offers("omg-signed").filter(isSigned));
  return evidence?.verdict === "pass";
}

function isSigned(artifact: Artifact): artifact is Artifact & { readonly chain: DebianChain } {
  return artifact.chain.type === "debian";
}

function writeSource(lab: AptLab, signedBy: string): void {
  const field = signedBy === "" ? "" : `Signed-By: ${signedBy}\n`;
  writeFileSync(
    join(lab.root, "etc/apt/sources.list.d/omg.sources"),
    `Types: deb\nURIs: file://${lab.repo.path}\nSuites: stable\nComponents: main\nArchitectures: amd64\n${field}`,
  );
}

function gpg(lab: AptLab, ...args: readonly string[]): string {
  const home = ["--homedir", join(lab.folder, "gnupg")];
  return execFileSync("gpg", ["--batch", "--quiet", ...home, ...args], { encoding: "utf8", stdio: "pipe" });
}

function secretly(lab: AptLab, ...args: readonly string[]): void {
  gpg(lab, "--pinentry-mode", "loopback", "--passphrase", "", ...args);
}

/** Of every key and subkey of the repository's gpg, in the order in which they were made. */
function fingerprints(lab: AptLab): string[] {
  const listing = gpg(lab, "--with-colons", "--fingerprint", "--fingerprint");
  return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, found]) => found ?? "");
}

function exported(lab: AptLab, key: string, ...form: readonly string[]): string {
  const file = join(lab.folder, `${key}${form.join("")}`);
  gpg(lab, "--yes", ...form, "-o", file, "--export", key);
  return file;
}

/** As a stanza takes it: each line indented, empty ones as a dot. */
function indented(block: string): string {
  return `\n${block
    .trimEnd()
    .split("\n")
    .map((line) => ` ${line === "" ? "." : line}`)
    .join("\n")}`;
}
