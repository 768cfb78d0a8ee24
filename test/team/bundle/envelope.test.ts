import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { PrivateKey } from "openpgp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { opened, sealed } from "../../../team/bundle/envelope.ts";
import { recipientsIn, secretKeyIn } from "../../../team/bundle/keys.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";

const TEXT = Buffer.from("what a bundle holds\n".repeat(20));
const PASSPHRASE = "correct horse battery";

describe.runIf(needs("gpg", "gpg-agent"))("the envelope of a bundle", () => {
  let home: GpgHome;
  const keys = new Map<string, { file: string; secret: PrivateKey }>();
  const at = (name: string) => join(home.folder, name);
  beforeAll(async () => {
    home = new GpgHome();
    for (const name of ["bob", "eve"]) {
      home.gpg(undefined, ["--passphrase", "", "--quick-gen-key", name, "future-default", "default", "0"]);
      const file = home.exportTo(at(`${name}.asc`), [name], "armour");
      home.gpg(undefined, ["--armor", "--yes", "-o", at(`${name}.secret`), "--export-secret-keys", name]);
      const secret = await secretKeyIn("x", readFileSync(at(`${name}.secret`)), () => expect.unreachable("has none"));
      keys.set(name, { file, secret });
    }
  });
  afterAll(() => home.dispose());

  const secretOf = (name: string): PrivateKey => keys.get(name)?.secret ?? expect.unreachable(name);
  const recipients = (name: string) => recipientsIn(name, readFileSync(at(`${name}.asc`)));

  async function seal(to: readonly string[]): Promise<Buffer> {
    const found = (await Promise.all(to.map(recipients))).flat().map(({ key }) => key);
    return all(await sealed(pieces(TEXT), to.length === 0 ? { passphrase: PASSPHRASE } : { keys: found }));
  }
  /** The content, or the code of the refusal. */
  async function open(bytes: Buffer, by: PrivateKey | string, armored = false): Promise<string> {
    const opener = async () => (typeof by === "string" ? { passphrase: by } : { key: by });
    try {
      return (await all(await opened(pieces(bytes), armored, opener, 1000))).toString();
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }

  it("is opened by whom it is for, and by gpg", async () => {
    const bytes = await seal(["bob", "eve"]);
    for (const name of ["bob", "eve"]) expect(await open(bytes, secretOf(name))).toBe(TEXT.toString());
    writeFileSync(at("message"), bytes);
    expect(home.gpg(undefined, ["--decrypt", at("message")])).toBe(TEXT.toString());
    writeFileSync(at("locked"), await seal([]));
    writeFileSync(at("passphrase"), PASSPHRASE);
    expect(home.gpg(undefined, ["--passphrase-file", at("passphrase"), "--decrypt", at("locked")])).toBe(
      TEXT.toString(),
    );
  });

  it("is opened as gpg writes it, armoured too", async () => {
    writeFileSync(at("plain"), TEXT);
    const args = ["--yes", "--trust-model", "always", "--compress-algo", "none", "-r", "bob", "--armor"];
    home.gpg(undefined, [...args, "-o", at("armoured"), "--encrypt", at("plain")]);
    expect(await open(readFileSync(at("armoured")), secretOf("bob"), true)).toBe(TEXT.toString());
  });

  it("is refused to everybody else", async () => {
    expect(await open(await seal(["bob"]), secretOf("eve"))).toBe("bundle-not-for-you");
    expect(await open(await seal([]), secretOf("eve"))).toBe("bundle-not-for-you");
    expect(await open(await seal([]), `${PASSPHRASE}!`)).toBe("bundle-not-opened");
  });

  it("says what it can be opened with", async () => {
    const asked: string[] = [];
    for (const to of [["bob"], []]) {
      const opening = opened(pieces(await seal(to)), false, async (kind) => {
        asked.push(kind);
        throw new Error("enough");
      });
      await expect(opening).rejects.toThrow("enough");
    }
    expect(asked).toEqual(["key", "passphrase"]);
  });

  it("is refused where what a changed byte makes of it would have openpgp wait for ever", async () => {
    const bytes = await seal(["bob"]);
    // About where the encrypted content begins: some of these look like packets that nobody reads.
    const tries = Array.from({ length: 28 * 8 }, async (_, at) => {
      const changed = Buffer.from(bytes);
      const index = 96 + Math.floor(at / 8);
      changed[index] = (changed[index] ?? 0) ^ (1 << (at % 8));
      return open(changed, secretOf("bob"));
    });
    for (const result of await Promise.all(tries)) expect(result).toMatch(/^bundle-(?:damaged|not-opened)$|^what/);
  });

  it("is refused with any byte changed, or holds the same", async () => {
    const bytes = await seal(["bob"]);
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8));
      const result = await open(changed, secretOf("bob"));
      // Lengths of numbers in bits may be written otherwise and say the same (RFC 9580, 3.2).
      if (result === TEXT.toString()) expect(index).toBeLessThan(100);
      else expect(["bundle-damaged", "bundle-not-opened", "bundle-not-for-you"]).toContain(result);
    }
  });

  it("is refused with any byte changed where a passphrase opens it", async () => {
    const bytes = await seal([]);
    const property = fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (index, by) => {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ by;
      expect(await open(changed, PASSPHRASE)).toMatch(/^bundle-(?:damaged|not-opened|not-for-you)$/);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("is refused cut off anywhere", async () => {
    const bytes = await seal(["bob"]);
    for (let length = 0; length < bytes.length; length += 7)
      expect(await open(bytes.subarray(0, length), secretOf("bob"))).toMatch(
        /^bundle-(?:damaged|not-opened|not-for-you)$/,
      );
  });

  it("is refused compressed, without unpacking what is in it", async () => {
    writeFileSync(at("zeros"), Buffer.alloc(64 << 20));
    for (const algorithm of ["zip", "zlib", "bzip2"]) {
      const args = ["--yes", "--trust-model", "always", "-z", "9", "--compress-algo", algorithm, "-r", "bob"];
      home.gpg(undefined, [...args, "-o", at("bomb"), "--encrypt", at("zeros")]);
      expect(await open(readFileSync(at("bomb")), secretOf("bob"))).toBe("bundle-compressed");
    }
  });

  it("is not made for a key that cannot be encrypted to", async () => {
    home.gpg(undefined, ["--passphrase", "", "--quick-gen-key", "signer", "ed25519", "sign", "0"]);
    home.exportTo(at("signer.asc"), ["signer"], "armour");
    await expect(recipients("signer")).rejects.toMatchObject({ code: "recipient-invalid" });
    const past = new Date("2020-01-01T00:00:00Z");
    home.gpg(past, ["--passphrase", "", "--quick-gen-key", "gone", "future-default", "default", "30d"]);
    home.exportTo(at("gone.asc"), ["gone"], "armour");
    await expect(recipients("gone")).rejects.toMatchObject({ code: "recipient-invalid" });
    writeFileSync(at("none.asc"), "no key");
    await expect(recipients("none")).rejects.toMatchObject({ code: "recipient-invalid" });
  });

  it("asks for the passphrase of a key that has one", async () => {
    home.gpg(undefined, ["--passphrase", "locked up", "--quick-gen-key", "lock", "future-default", "default", "0"]);
    const args = ["--passphrase", "locked up", "--armor", "--yes", "-o", at("lock.secret")];
    home.gpg(undefined, [...args, "--export-secret-keys", "lock"]);
    const bytes = readFileSync(at("lock.secret"));
    expect((await secretKeyIn("x", bytes, async () => "locked up")).isDecrypted()).toBe(true);
    await expect(secretKeyIn("x", bytes, async () => "other")).rejects.toMatchObject({ code: "key-not-opened" });
  });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of bytes) parts.push(piece);
  return Buffer.concat(parts);
}
