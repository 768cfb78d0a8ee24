import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainVerifier } from "../../../policy/pgp/verify.ts";
import type { DebianChain, Evidence } from "../../../schema/model/artifact.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { Archive, type ArchiveOptions, KEY_MADE_AT, releaseText, SIGNED_AT } from "./archive.ts";

const NOW = new Date("2026-03-02T12:00:00Z");
const days = (count: number, from = NOW): Date => new Date(from.getTime() + count * 86_400_000);

let gpg: GpgHome;
let good: string;
let other: string;
let keyring: string;
let count = 0;

beforeAll(() => {
  gpg = new GpgHome();
  good = gpg.makeKey("good", { at: KEY_MADE_AT });
  other = gpg.makeKey("other", { at: KEY_MADE_AT });
  keyring = gpg.exportTo(join(gpg.folder, "good.gpg"), [good]);
}, 60_000);

afterAll(() => gpg.dispose());

function archive(options: Partial<ArchiveOptions> = {}): Archive {
  count += 1;
  return new Archive(gpg, `archive-${count}`, { keys: [good], ...options });
}

async function check(
  made: Archive,
  options: { chain?: Partial<DebianChain>; keyrings?: string[]; now?: Date; sha256?: string; version?: string } = {},
): Promise<Evidence> {
  const { chain, keyrings = [keyring], now = NOW, ...artifact } = options;
  const [evidence] = await createChainVerifier(now).check([made.artifact(keyrings, chain, artifact)]);
  return evidence ?? expect.unreachable("no evidence");
}

function edit(file: string, change: (content: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

describe("what passes", () => {
  it("a clearsigned InRelease by a bound key, with the facts that the verdict rests on", async () => {
    const evidence = await check(archive());
    expect(evidence).toMatchObject({ check: "signature", verdict: "pass", code: "signature-valid" });
    expect(evidence.facts).toMatchObject({ key: good, date: SIGNED_AT.toISOString() });
    expect(Object.keys(evidence.facts).sort()).toEqual(["date", "index", "key", "release"]);
  });

  it.each(["binary", "armour"] as const)("Release with a detached %s signature", async (form) => {
    const made = archive();
    const signature = gpg.detach(made.release, `${made.release}.gpg`, { keys: [good], at: SIGNED_AT }, form);
    expect((await check(made, { chain: { release: made.release, signature } })).code).toBe("signature-valid");
  });

  it("an ASCII-armoured keyring, and one of several blocks", async () => {
    const armoured = gpg.exportTo(join(gpg.folder, "good.asc"), [good], "armour");
    const second = gpg.exportTo(join(gpg.folder, "other.asc"), [other], "armour");
    const both = join(gpg.folder, "both.asc");
    writeFileSync(both, `# keys\n${readFileSync(second, "utf8")}\n${readFileSync(armoured, "utf8")}`);
    expect((await check(archive(), { keyrings: [armoured] })).code).toBe("signature-valid");
    expect((await check(archive(), { keyrings: [both] })).code).toBe("signature-valid");
  });

  it("a signature by a subkey", async () => {
    const primary = gpg.makeKey("with-subkey", { at: KEY_MADE_AT });
    const subkey = gpg.addSubkey(primary, { at: KEY_MADE_AT });
    const file = gpg.exportTo(join(gpg.folder, "subkey.gpg"), [primary]);
    const evidence = await check(archive({ keys: [subkey] }), { keyrings: [file] });
    expect(evidence).toMatchObject({ code: "signature-valid", facts: { key: subkey } });
  });

  it("an unknown signature beside a good one, in either order", async () => {
    expect((await check(archive({ keys: [other, good] }))).code).toBe("signature-valid");
    expect((await check(archive({ keys: [good, other] }))).code).toBe("signature-valid");
  });

  it("a compressed index", async () => {
    const made = archive();
    const index = `${made.index}.gz`;
    writeFileSync(index, gzipSync(readFileSync(made.index)));
    expect((await check(made, { chain: { index } })).code).toBe("signature-valid");
  });

  it("a package of a foreign architecture, whose name carries it", async () => {
    const [evidence] = await createChainVerifier(NOW).check([
      archive().artifact([keyring], {}, { name: "hello:amd64" }),
    ]);
    expect(evidence?.code).toBe("signature-valid");
    const [other] = await createChainVerifier(NOW).check([
      archive().artifact([keyring], {}, { name: "hello:i386", arch: "i386" }),
    ]);
    expect(other?.code).toBe("artifact-not-listed");
  });

  it("a Release until the last moment of its Valid-Until", async () => {
    const made = archive({ validUntil: NOW });
    expect((await check(made, { now: NOW })).code).toBe("signature-valid");
    expect((await check(made, { now: days(1) })).code).toBe("release-expired");
  });

  it("an old Release that is wanted as it was at a time, and only if it was good then", async () => {
    const made = archive({ validUntil: NOW });
    const asOf = (time: Date) => check(made, { now: days(300), chain: { asOf: time.toISOString() } });
    expect(await asOf(NOW)).toMatchObject({ code: "signature-valid", facts: { asOf: NOW.toISOString() } });
    expect((await asOf(days(1))).code).toBe("release-expired");
    expect((await asOf(days(-30, SIGNED_AT))).code).toBe("release-from-future");
    const coming = { chain: { asOf: days(2).toISOString() } };
    expect((await check(archive({ date: days(1) }), coming)).code).toBe("release-from-future");
    expect((await check(made, { now: days(300), chain: { asOf: "then" } })).code).toBe("unreadable");
  });
});

describe("the signed file", () => {
  it("tampered: a changed byte", async () => {
    const made = archive();
    edit(made.inRelease, (text) => text.replace("Suite: stable", "Suite: stablE"));
    expect(await check(made)).toMatchObject({ verdict: "fail", code: "signature-bad" });
  });

  it("tampered: Release under its old detached signature", async () => {
    const made = archive();
    const signature = gpg.detach(made.release, `${made.release}.gpg`, { keys: [good], at: SIGNED_AT });
    edit(made.release, (text) => `${text}Label: new\n`);
    expect((await check(made, { chain: { release: made.release, signature } })).code).toBe("signature-bad");
  });

  it.each([
    ["text before it", (text: string) => `Date: Thu, 01 Jan 2099 00:00:00 UTC\n${text}`],
    ["an empty line before it", (text: string) => `\n${text}`],
    [
      "another line in place of its first",
      (text: string) => text.replace("-----BEGIN PGP SIGNED MESSAGE-----", "Origin: Lab"),
    ],
    ["text after it", (text: string) => `${text}SHA256:\n`],
    ["a second document after it", (text: string) => `${text}${text}`],
    ["a second signature block", (text: string) => `${text}${text.slice(text.indexOf("-----BEGIN PGP SIGNATURE"))}`],
    ["a foreign armour header", (text: string) => text.replace(/^Hash: /m, "Comment: SHA256\nHash: ")],
    ["an undisguised dash", (text: string) => text.replace("Suite:", "-Suite:")],
    ["no signature", (text: string) => text.slice(0, text.indexOf("-----BEGIN PGP SIGNATURE"))],
    ["nothing in it", () => ""],
  ])("refused: %s", async (_, change) => {
    const made = archive();
    edit(made.inRelease, change);
    expect(await check(made)).toMatchObject({ verdict: "fail", code: "signature-bad" });
  });

  it("unsigned: the Release file alone", async () => {
    const made = archive();
    expect((await check(made, { chain: { release: made.release } })).code).toBe("signature-bad");
  });

  it("a bad signature beside a good one is refused", async () => {
    const made = archive();
    const both = join(gpg.folder, "two.gpg");
    gpg.exportTo(both, [good, other]);
    const signatures = join(made.folder, "Release.gpg");
    const right = gpg.detach(made.release, `${signatures}.1`, { keys: [good], at: SIGNED_AT }, "binary");
    const elsewhere = join(made.folder, "elsewhere");
    writeFileSync(elsewhere, "Origin: other\n");
    const wrong = gpg.detach(elsewhere, `${signatures}.2`, { keys: [other], at: SIGNED_AT }, "binary");
    writeFileSync(signatures, Buffer.concat([readFileSync(right), readFileSync(wrong)]));
    const chain = { release: made.release, signature: signatures };
    expect((await check(made, { chain, keyrings: [both] })).code).toBe("signature-bad");
    expect((await check(made, { chain })).code).toBe("signature-valid");
  });
});

describe("the key", () => {
  it("unknown to the source, though apt or another source may know it", async () => {
    expect(await check(archive({ keys: [other] }))).toMatchObject({ verdict: "fail", code: "key-unknown" });
  });

  it("expired today, though the signature is from before", async () => {
    const key = gpg.makeKey("short", { at: KEY_MADE_AT, expire: "60d" });
    const file = gpg.exportTo(join(gpg.folder, "short.gpg"), [key]);
    const made = archive({ keys: [key], at: days(10, KEY_MADE_AT) });
    expect(await check(made, { keyrings: [file], now: NOW })).toMatchObject({
      verdict: "fail",
      code: "key-expired",
      facts: { key },
    });
  });

  it("expired in one keyring and renewed in another", async () => {
    const key = gpg.makeKey("renewed", { at: KEY_MADE_AT, expire: "40d" });
    const before = gpg.exportTo(join(gpg.folder, "before.gpg"), [key]);
    gpg.gpg(days(5, KEY_MADE_AT), ["--passphrase", "", "--quick-set-expire", key, "2y"]);
    const after = gpg.exportTo(join(gpg.folder, "after.gpg"), [key]);
    const made = archive({ keys: [key] });
    expect((await check(made, { keyrings: [before] })).code).toBe("signature-outside-key-life");
    expect((await check(made, { keyrings: [before, after] })).code).toBe("signature-valid");
  });

  it("revoked", async () => {
    const key = gpg.makeKey("revoked", { at: KEY_MADE_AT });
    const made = archive({ keys: [key] });
    gpg.revoke(key, NOW);
    const file = gpg.exportTo(join(gpg.folder, "revoked.gpg"), [key]);
    expect(await check(made, { keyrings: [file], now: days(1) })).toMatchObject({
      verdict: "fail",
      code: "key-revoked",
    });
  });

  it("an expired subkey of a good key", async () => {
    const primary = gpg.makeKey("short-subkey", { at: KEY_MADE_AT });
    const subkey = gpg.addSubkey(primary, { at: KEY_MADE_AT, expire: "30d" });
    const file = gpg.exportTo(join(gpg.folder, "short-subkey.gpg"), [primary]);
    const made = archive({ keys: [subkey], at: days(3, KEY_MADE_AT) });
    expect((await check(made, { keyrings: [file] })).code).toBe("key-expired");
  });

  it("younger than the signature", async () => {
    const key = gpg.makeKey("young", { at: SIGNED_AT });
    const made = archive({ keys: [key], at: days(-1, SIGNED_AT) });
    const file = gpg.exportTo(join(gpg.folder, "young.gpg"), [key]);
    expect((await check(made, { keyrings: [file] })).code).toBe("signature-outside-key-life");
  });

  it.each([
    ["a SHA-1 signature", "sha1", "rsa3072", "SHA1", "weak-hash"],
    ["an RSA key of 1024 bits", "small", "rsa1024", "SHA256", "weak-key"],
    ["a DSA key", "dsa", "dsa2048", "SHA256", "weak-key"],
  ] as const)("too weak: %s", async (_, name, type, digest, code) => {
    const key = gpg.makeKey(name, { at: KEY_MADE_AT, type });
    const file = gpg.exportTo(join(gpg.folder, `${name}.gpg`), [key]);
    expect(await check(archive({ keys: [key], digest }), { keyrings: [file] })).toMatchObject({
      verdict: "fail",
      code,
    });
  });

  it("bound to none: good, and said to be anybody's; no key at all, or trusted blindly: nobody vouches", async () => {
    const unbound = { chain: { bound: false } };
    expect(await check(archive(), unbound)).toMatchObject({ verdict: "pass", code: "no-keyring-bound" });
    expect(await check(archive(), { ...unbound, keyrings: [] })).toMatchObject({
      verdict: "fail",
      code: "key-unknown",
    });
    expect(await check(archive(), { chain: { trusted: true } })).toMatchObject({
      verdict: "fail",
      code: "source-trusted-blindly",
    });
  });
});

describe("time", () => {
  it("past Valid-Until", async () => {
    expect((await check(archive({ validUntil: days(-1) }))).code).toBe("release-expired");
  });

  it("a Release or a signature from the future", async () => {
    expect((await check(archive({ date: days(1) }))).code).toBe("release-from-future");
    expect((await check(archive({ at: days(1) }))).code).toBe("signature-from-future");
  });

  it.each(["Date: yesterday\n", "Date: 2026-03-01\n", "Suite: stable\n"])("no date to go by: %j", async (line) => {
    const release = releaseText().replace(/^Date: .*\n/m, line);
    expect(await check(archive({ release }))).toMatchObject({ verdict: "unknown", code: "unreadable" });
  });
});

describe("the index", () => {
  it("replaced by another of the same size", async () => {
    const made = archive();
    edit(made.index, (text) => text.replace("1.0-1", "1.0-2"));
    expect(await check(made, { version: "1.0-2" })).toMatchObject({ verdict: "fail", code: "index-mismatch" });
  });

  it("not in the Release file", async () => {
    expect((await check(archive(), { chain: { indexKey: "contrib/binary-amd64/Packages" } })).code).toBe(
      "index-not-listed",
    );
  });

  it("listed by MD5 only", async () => {
    const release = releaseText().replace("SHA256:", "MD5Sum:");
    expect((await check(archive({ release }))).code).toBe("index-not-listed");
  });

  it("lists the package with another hash, version or not at all", async () => {
    expect((await check(archive(), { sha256: "00".repeat(32) })).code).toBe("lock-index-disagree");
    expect((await check(archive(), { version: "1.0-2" })).code).toBe("artifact-not-listed");
  });
});

describe("what cannot be read is unknown, never a pass", () => {
  it("a missing release, index or keyring, and a keyring that is none", async () => {
    const made = archive();
    const gone = join(made.folder, "gone");
    const broken = join(made.folder, "broken.gpg");
    writeFileSync(broken, "not a key\n");
    for (const options of [
      { chain: { release: gone } },
      { chain: { index: gone } },
      { keyrings: [gone] },
      { keyrings: [keyring, broken] },
    ]) {
      expect(await check(made, options)).toMatchObject({ verdict: "unknown", code: "unreadable" });
    }
  });
});

it("verifies each release and index once, and answers the same afterwards", async () => {
  const made = archive();
  const verifier = createChainVerifier(NOW);
  const first = await verifier.check([
    made.artifact([keyring]),
    made.artifact([keyring], {}, { sha256: "00".repeat(32) }),
  ]);
  expect(first.map(({ code }) => code)).toEqual(["signature-valid", "lock-index-disagree"]);
  edit(made.inRelease, () => "gone");
  const again = await verifier.check([
    made.artifact([keyring]),
    made.artifact([keyring], {}, { name: "other", version: "2.0", arch: "all", sha256: "cd".repeat(32) }),
  ]);
  expect(again.map(({ code }) => code)).toEqual(["signature-valid", "signature-valid"]);
});
