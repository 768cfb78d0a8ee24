import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { ensureHostKey, hostSigned, publicKeyOf, readHostKey } from "../../team/host-key.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/omg-host-key-`);
  folders.push(folder);
  return folder;
}

describe("a machine's own key in its team", () => {
  it("is made once, for its owner alone, and is the same afterwards", () => {
    const data = temporaryFolder();
    expect(readHostKey(data)).toBeUndefined();
    const made = ensureHostKey(data);
    expect(made.open).toMatch(/^ed25519:[A-Za-z0-9+/]{43}=$/);
    expect(ensureHostKey(data).open).toBe(made.open);
    expect(statSync(`${data}/team/host-key.pem`).mode & 0o777).toBe(0o600);
  });

  it("signs statements whatever the order of their keys, and nothing else passes for it", () => {
    const key = ensureHostKey(temporaryFolder());
    const other = ensureHostKey(temporaryFolder());
    const signature = key.sign({ a: 1, b: "two" });
    expect(hostSigned(key.open, { b: "two", a: 1 }, signature)).toBe(true);
    expect(hostSigned(key.open, { a: 2, b: "two" }, signature)).toBe(false);
    expect(hostSigned(other.open, { a: 1, b: "two" }, signature)).toBe(false);
    expect(hostSigned(key.open, { a: 1, b: "two" }, "rubbish")).toBe(false);
  });

  it.each(["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", `ed25519:${"A".repeat(44)}`, `ed25519:${"A".repeat(42)}B=`])(
    "takes %j for no key",
    (text) => {
      expect(publicKeyOf(text)).toBeUndefined();
      expect(hostSigned(text, {}, "")).toBe(false);
    },
  );

  it("says so where the file is no key, and leaves it", () => {
    const data = temporaryFolder();
    ensureHostKey(data);
    writeFileSync(`${data}/team/host-key.pem`, "rubbish");
    expect(() => ensureHostKey(data)).toThrow(/host-key\.pem is not an Ed25519 key/);
  });
});
