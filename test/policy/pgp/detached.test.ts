import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyDetached } from "../../../policy/pgp/detached.ts";
import { readTrustedKeys } from "../../../policy/pgp/keyring.ts";
import type { SignatureCode } from "../../../policy/pgp/report.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";
import { KEY_MADE_AT, SIGNED_AT } from "./archive.ts";

const NOW = new Date("2026-03-02T12:00:00Z");
const days = (count: number, from = NOW): Date => new Date(from.getTime() + count * 86_400_000);

let gpg: GpgHome;
let file: string;
let good: string;
beforeAll(() => {
  gpg = new GpgHome();
  good = gpg.makeKey("good", { at: KEY_MADE_AT });
  file = join(gpg.folder, "file");
  writeFileSync(file, "the bytes\n".repeat(1000));
}, 60_000);
afterAll(() => gpg.dispose());

let count = 0;
const fresh = (ending: string) => join(gpg.folder, `${++count}.${ending}`);

function sign(keys: readonly string[], more: readonly string[] = [], at = SIGNED_AT): string {
  const signers = keys.flatMap((key) => ["-u", `${key}!`]);
  const to = fresh("sig");
  gpg.gpg(at, ["--yes", ...more, ...signers, "-o", to, "--detach-sign", file]);
  return to;
}

async function verify(signature: string, keyring: string, now = NOW, of = file) {
  const trusted = await readTrustedKeys({ keyrings: [keyring] });
  return verifyDetached(of, readFileSync(signature), trusted, now);
}

/** What the real gpgv says at that time: the first of its status words that tells the outcome. */
function gpgv(signature: string, keyring: string, now = NOW, of = file): string | undefined {
  const clock = now.toISOString().slice(0, 19).replace("T", " ");
  const args = ["-f", clock, "gpgv", "--status-fd", "1", "--keyring", keyring, signature, of];
  const { stdout } = spawnSync("faketime", args, { encoding: "utf8", env: { PATH: "/usr/bin:/bin", TZ: "UTC" } });
  return /^\[GNUPG:\] (GOODSIG|BADSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|ERRSIG)/m.exec(stdout)?.[1];
}

/** A process of its own, whose memory can be told. */
const MEASURED = `
import { readFileSync } from "node:fs";
import { verifyDetached } from "./policy/pgp/detached.ts";
import { readTrustedKeys } from "./policy/pgp/keyring.ts";
const [, , file, signature, ring, now] = process.argv;
const trusted = await readTrustedKeys({ keyrings: [ring] });
const { told } = await verifyDetached(file, readFileSync(signature), trusted, new Date(now));
console.log(told.code, Math.round(process.resourceUsage().maxRSS / 1024));`;

interface Case {
  readonly keys?: () => readonly string[];
  readonly sign?: readonly string[];
  readonly signedAt?: Date;
  readonly now?: Date;
  readonly afterwards?: (key: string) => void;
  readonly ring?: () => readonly string[];
  readonly of?: () => string;
  readonly ours: SignatureCode;
  readonly gpgv: string;
}

const made = (name: string, more: { expire?: string; type?: string; at?: Date } = {}) => {
  let key: string | undefined;
  return () => {
    key ??= gpg.makeKey(name, { at: KEY_MADE_AT, ...more });
    return [key];
  };
};
const changed = () => {
  const other = fresh("bytes");
  writeFileSync(other, readFileSync(file, "utf8").replace("the bytes", "the bytez"));
  return other;
};

const CASES: Readonly<Record<string, Case>> = {
  "a good signature": { ours: "signature-valid", gpgv: "GOODSIG" },
  "one changed byte": { of: changed, ours: "signature-bad", gpgv: "BADSIG" },
  "a key that the keyring has not": { ring: made("another"), ours: "key-unknown", gpgv: "ERRSIG" },
  "a key that expired since": {
    keys: made("short", { expire: "60d" }),
    now: days(90),
    ours: "key-expired",
    gpgv: "EXPKEYSIG",
  },
  "a key that had expired before": {
    keys: made("ended"),
    signedAt: days(40, KEY_MADE_AT),
    // gpg does not sign with an expired key: its end is set back afterwards.
    afterwards: (key) => void gpg.gpg(days(1, KEY_MADE_AT), ["--passphrase", "", "--quick-set-expire", key, "30d"]),
    ours: "signature-outside-key-life",
    gpgv: "EXPKEYSIG",
  },
  "a signature that ended": {
    sign: ["--default-sig-expire", "5d"],
    now: days(30),
    ours: "signature-expired",
    gpgv: "EXPSIG",
  },
  // Where gpgv is content and we are not, its answer alone would not be enough.
  "a signature from the future": { now: days(-10, SIGNED_AT), ours: "signature-from-future", gpgv: "GOODSIG" },
  "a signature older than its key": {
    keys: made("young", { at: SIGNED_AT }),
    signedAt: days(-1, SIGNED_AT),
    ours: "signature-outside-key-life",
    gpgv: "ERRSIG",
  },
  "a SHA-1 signature": {
    keys: made("sha1", { type: "rsa3072" }),
    sign: ["--digest-algo", "SHA1"],
    ours: "weak-hash",
    gpgv: "GOODSIG",
  },
  "an RSA key of 1024 bits": { keys: made("small", { type: "rsa1024" }), ours: "weak-key", gpgv: "GOODSIG" },
};

describe.runIf(needs("gpg", "gpgv", "faketime"))("a detached signature, beside gpgv", () => {
  it.each(Object.entries(CASES))("%s", async (_, one) => {
    const keys = one.keys?.() ?? [good];
    const signature = sign(keys, one.sign, one.signedAt);
    for (const key of keys) one.afterwards?.(key);
    const ring = gpg.exportTo(fresh("gpg"), one.ring?.() ?? keys);
    const of = one.of?.() ?? file;
    const { told } = await verify(signature, ring, one.now, of);
    expect([told?.code, gpgv(signature, ring, one.now, of)]).toEqual([one.ours, one.gpgv]);
  });

  it("a key that was revoked after it signed", async () => {
    const [key = ""] = made("revoked")();
    const signature = sign([key]);
    gpg.revoke(key, NOW);
    const ring = gpg.exportTo(fresh("gpg"), [key]);
    const { told } = await verify(signature, ring, days(1));
    expect([told?.code, gpgv(signature, ring, days(1))]).toEqual(["key-revoked", "REVKEYSIG"]);
  });

  it("says of every check how it went, and of the bytes only where they had to be read", async () => {
    const ring = gpg.exportTo(fresh("gpg"), [good]);
    const { reports, sha256 } = await verify(sign([good]), ring);
    expect(reports[0]?.checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      "key pass",
      "hash pass",
      "strength pass",
      "dates pass",
      "key life pass",
      "key state pass",
      "bytes pass",
    ]);
    expect(sha256).toBe(createHash("sha256").update(readFileSync(file)).digest("hex"));
    const later = await verify(sign([good], ["--default-sig-expire", "5d"]), ring, days(30));
    expect(later.reports[0]?.checks.at(-1)).toMatchObject({ name: "bytes", verdict: "skipped" });
    expect(later.sha256).toBeUndefined();
  });

  it("one good signature beside an unknown one is enough; a bad one never is", async () => {
    const [other = ""] = made("other")();
    const ring = gpg.exportTo(fresh("gpg"), [good]);
    const both = gpg.exportTo(fresh("gpg"), [good, other]);
    const signature = sign([other, good]);
    expect((await verify(signature, ring)).told?.code).toBe("signature-valid");
    expect((await verify(signature, both)).reports.map(({ code }) => code)).toEqual([
      "signature-valid",
      "signature-valid",
    ]);
    const mixed = fresh("sig");
    const elsewhere = fresh("bytes");
    writeFileSync(elsewhere, "other bytes\n");
    gpg.gpg(SIGNED_AT, ["-u", `${other}!`, "-o", `${mixed}.1`, "--detach-sign", elsewhere]);
    writeFileSync(mixed, Buffer.concat([readFileSync(`${mixed}.1`), readFileSync(sign([good]))]));
    expect((await verify(mixed, both)).told?.code).toBe("signature-bad");
  });

  it("refuses what is no signature, and what cannot be read", async () => {
    const ring = gpg.exportTo(fresh("gpg"), [good]);
    const rubbish = fresh("sig");
    writeFileSync(rubbish, "-----BEGIN PGP SIGNATURE-----\nrubbish\n");
    await expect(verify(rubbish, ring)).rejects.toMatchObject({ code: "signature-bad" });
    writeFileSync(rubbish, "");
    await expect(verify(rubbish, ring)).rejects.toMatchObject({ code: "signature-bad" });
    for (const gone of [join(gpg.folder, "gone"), gpg.folder])
      await expect(verify(sign([good]), ring, NOW, gone)).rejects.toMatchObject({ code: "unreadable" });
  });

  it("over a file far larger than the memory it takes", async () => {
    const large = fresh("bytes");
    const size = 400 * 2 ** 20;
    const fd = openSync(large, "w");
    writeSync(fd, "begin");
    ftruncateSync(fd, size);
    closeSync(fd);
    const ring = gpg.exportTo(fresh("gpg"), [good]);
    const signature = fresh("sig");
    gpg.gpg(SIGNED_AT, ["-u", `${good}!`, "-o", signature, "--detach-sign", large]);
    const bundled = join(gpg.folder, "verify.mjs");
    await build({
      stdin: { contents: MEASURED, resolveDir: join(import.meta.dirname, "../../..") },
      outfile: bundled,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const args = [bundled, large, signature, ring, NOW.toISOString()];
    const out = execFileSync(process.execPath, args, { encoding: "utf8" });
    rmSync(large);
    const [code, megabytes] = out.trim().split(" ");
    expect(code).toBe("signature-valid");
    expect(Number(megabytes)).toBeLessThan(200);
  }, 60_000);
});
