import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainVerifier } from "../../../policy/pgp/verify.ts";
import type { DebianChain, Evidence } from "../../../schema/model/artifact.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";
import { Archive, KEY_MADE_AT } from "./archive.ts";

const NOW = new Date("2026-03-02T12:00:00Z");

describe.runIf(needs("gpg", "gpg-agent"))("a source that names keys and not only files", () => {
  let gpg: GpgHome;
  let primary: string;
  let subkey: string;
  let other: string;
  let both: string;
  let block: string;
  const signed: Record<"primary" | "subkey" | "other", Archive> = {} as never;

  beforeAll(() => {
    gpg = new GpgHome();
    primary = gpg.makeKey("archive", { at: KEY_MADE_AT });
    subkey = gpg.addSubkey(primary, { at: KEY_MADE_AT });
    other = gpg.makeKey("other", { at: KEY_MADE_AT });
    both = gpg.exportTo(join(gpg.folder, "both.gpg"), [primary, other]);
    block = readFileSync(gpg.exportTo(join(gpg.folder, "archive.asc"), [primary], "armour"), "utf8");
    signed.primary = new Archive(gpg, "by-primary", { keys: [primary] });
    signed.subkey = new Archive(gpg, "by-subkey", { keys: [subkey] });
    signed.other = new Archive(gpg, "by-other", { keys: [other] });
  }, 60_000);
  afterAll(() => gpg.dispose());

  async function check(by: keyof typeof signed, chain: Partial<DebianChain>): Promise<Evidence> {
    const [evidence] = await createChainVerifier(NOW).check([signed[by].artifact([both], chain)]);
    return evidence ?? expect.unreachable("no evidence");
  }

  it("a fingerprint chooses its key, with its subkeys", async () => {
    const chain = { fingerprints: [primary] };
    expect(await check("primary", chain)).toMatchObject({ code: "signature-valid", facts: { key: primary } });
    expect(await check("subkey", chain)).toMatchObject({ code: "signature-valid", facts: { key: subkey } });
    expect(await check("other", chain)).toMatchObject({ verdict: "fail", code: "key-unknown" });
  });

  it("with an exclamation mark it leaves the subkeys out", async () => {
    const chain = { fingerprints: [`${primary}!`] };
    expect((await check("primary", chain)).code).toBe("signature-valid");
    expect(await check("subkey", chain)).toMatchObject({ verdict: "fail", code: "key-unknown" });
  });

  it.each(["", "!"])("a subkey's own fingerprint admits that subkey alone (%j)", async (mark) => {
    const chain = { fingerprints: [`${subkey}${mark}`] };
    expect((await check("subkey", chain)).code).toBe("signature-valid");
    expect((await check("primary", chain)).code).toBe("key-unknown");
  });

  it("several fingerprints: any of them", async () => {
    const chain = { fingerprints: [other, `${primary}!`] };
    expect((await check("other", chain)).code).toBe("signature-valid");
    expect((await check("primary", chain)).code).toBe("signature-valid");
    expect((await check("subkey", chain)).code).toBe("key-unknown");
  });

  it.each([
    ["of no key", "0".repeat(40)],
    ["in short", (full: string) => full.slice(-16)],
    ["that is no fingerprint", "omg.gpg"],
    ["of nothing", ""],
  ])("a fingerprint %s admits nobody", async (_, form) => {
    const fingerprints = [typeof form === "string" ? form : form(primary)];
    for (const by of ["primary", "subkey", "other"] as const)
      expect(await check(by, { fingerprints })).toMatchObject({ verdict: "fail", code: "key-unknown" });
  });

  it("a key in the source itself vouches, and no other does", async () => {
    const chain = { keyrings: [], keyBlock: block };
    expect((await check("primary", chain)).code).toBe("signature-valid");
    expect((await check("subkey", chain)).code).toBe("signature-valid");
    expect((await check("other", chain)).code).toBe("key-unknown");
  });

  it("a block that is no key cannot be read, and nobody vouches", async () => {
    for (const keyBlock of [block.replace(/\n[^\n]{20,}\n/, "\n"), block.slice(0, 40), ""])
      expect(await check("primary", { keyrings: [], keyBlock })).toMatchObject({
        verdict: "unknown",
        code: "unreadable",
      });
  });

  it("one Release file, asked about under two rules, gets two answers", async () => {
    const verifier = createChainVerifier(NOW);
    const asked = [{ fingerprints: [primary] }, { fingerprints: [other] }, {}].map((chain) =>
      signed.subkey.artifact([both], chain),
    );
    expect((await verifier.check(asked)).map(({ code }) => code)).toEqual([
      "signature-valid",
      "key-unknown",
      "signature-valid",
    ]);
  });
});
