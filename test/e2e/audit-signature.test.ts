import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";
import { words } from "../support/refusal.ts";

describe.runIf(needs("gpg", "gpg-agent", "archlinux-keyring"))("omg audit signature", () => {
  let gpg: GpgHome;
  let folder: string;
  let key: string;
  let ring: string;
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    gpg = new GpgHome();
    folder = mkdtempSync(join(tmpdir(), "omg-signature-"));
    const made = new Date(Date.now() - 5 * 86_400_000);
    key = gpg.makeKey("maker", { at: made });
    ring = gpg.exportTo(at("maker.gpg"), [key], "armour");
    writeFileSync(at("file"), "the bytes\n");
    const signed = { keys: [key], at: new Date(Date.now() - 3_600_000) };
    gpg.detach(at("file"), at("file.asc"), signed);
    gpg.clearsign(at("file"), at("document"), signed);
  }, 60_000);
  afterAll(() => {
    gpg.dispose();
    rmSync(folder, { recursive: true });
  });

  function audit(...args: readonly string[]) {
    const env = { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", OMG_CACHE_DIR: at("cache") };
    const ran = spawnSync(process.execPath, [OMG, "-C", folder, "audit", "signature", ...args], {
      env,
      encoding: "utf8",
    });
    return { code: ran.status, said: words(ran.stdout), error: words(ran.stderr), text: ran.stdout };
  }

  it("finds the signature beside the file or in it, and says how each check went", () => {
    for (const file of ["file", "document"]) {
      const { code, said } = audit(file, "--keyring", ring);
      expect([code, said]).toEqual([
        0,
        expect.stringMatching(/Signature 1 by \w{16}: counts .*ok key state .*ok bytes .*Good: /),
      ]);
    }
    symlinkSync("file", at("link"));
    expect(audit("link", "--keyring", ring, "--signature", "file.asc").code).toBe(0);
  });

  it("refuses other bytes with exit 4, and has it all for programs", () => {
    writeFileSync(at("changed"), "the bytez\n");
    const { code, text } = audit("changed", "--signature", "file.asc", "--keyring", ring, "--json");
    expect(code).toBe(4);
    const [signature] = (JSON.parse(text) as { signatures: [{ code: string; checks: { name: string }[] }] }).signatures;
    expect(signature).toMatchObject({ code: "signature-bad", key, checks: expect.any(Array) });
    expect(signature.checks.at(-1)).toMatchObject({ name: "bytes", verdict: "fail", code: "signature-bad" });
    writeFileSync(at("other"), readFileSync(at("document"), "utf8").replace("the bytes", "the bytez"));
    expect(audit("other", "--keyring", ring)).toMatchObject({
      code: 4,
      said: expect.stringContaining("(signature-bad)"),
    });
  });

  it("goes by the web of trust where a keyring has one", () => {
    const unknown = audit("file", "--keyring", "/usr/share/keyrings/archlinux.gpg");
    expect([unknown.code, unknown.said]).toEqual([
      4,
      expect.stringMatching(/as its master keys introduce them.*\(key-unknown\)/),
    ]);
    copyFileSync(ring, at("own.gpg"));
    writeFileSync(at("own-trusted"), `${"A".repeat(40)}:4:\n`);
    const alone = audit("file", "--keyring", "own.gpg");
    expect([alone.code, alone.said]).toEqual([
      4,
      expect.stringMatching(/bad trust .* count 0, and 3 are needed.*\(key-untrusted\)/),
    ]);
  });

  it("does not know what it could not read: exit 1, and never a good word", () => {
    writeFileSync(at("none.gpg"), "no key\n");
    const { code, said } = audit("file", "--keyring", "none.gpg");
    expect([code, said]).toEqual([1, expect.stringMatching(/Could not be checked: .*none.gpg could not be read/)]);
    expect(audit("gone", "--keyring", ring)).toMatchObject({ code: 1, error: expect.stringContaining("is not there") });
    expect(audit("changed", "--keyring", ring)).toMatchObject({
      code: 1,
      error: expect.stringContaining("no signature lies beside it"),
    });
    expect(audit("file")).toMatchObject({ code: 1, error: expect.stringContaining("Which keys may sign it?") });
  });
});
