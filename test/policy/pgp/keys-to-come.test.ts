import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../host/digest.ts";
import { BUILT_IN_POLICY, createGate } from "../../../policy/index.ts";
import type { Artifact, Verdict } from "../../../schema/model/artifact.ts";
import { GpgHome, type SignOptions } from "../../support/gpg-home.ts";
import { artifactOf, install, transaction } from "../samples.ts";
import { KEY_MADE_AT, SIGNED_AT } from "./archive.ts";

const NOW = new Date(SIGNED_AT.getTime() + 86_400_000);
const FROM = "pacman.archlinux-keyring";

describe("a key that something of the plan may bring", () => {
  let gpg: GpgHome;
  let keyring: string;
  let bytes: string;
  let stranger: string;
  let late: string;
  beforeAll(() => {
    gpg = new GpgHome();
    stranger = gpg.makeKey("stranger", { at: KEY_MADE_AT });
    late = gpg.makeKey("late", { at: KEY_MADE_AT, expire: "1d" });
    keyring = join(gpg.folder, "pacman");
    mkdirSync(keyring);
    gpg.exportTo(join(keyring, "pubring.gpg"), [gpg.makeKey("known", { at: KEY_MADE_AT }), late]);
    // A later copy of the key that is in the keyring: its owner gave it a new end before it signed.
    gpg.gpg(new Date(KEY_MADE_AT.getTime() + 3_600_000), ["--passphrase", "", "--quick-set-expire", late, "0"]);
    bytes = join(gpg.folder, "bytes");
    writeFileSync(bytes, "a package");
  }, 60_000);
  afterAll(() => gpg.dispose());

  const signedBy = (key: string, more: Partial<SignOptions> = {}): string =>
    readFileSync(gpg.detach(bytes, `${bytes}.sig`, { keys: [key], at: SIGNED_AT, ...more }, "binary")).toString(
      "base64",
    );

  async function asked(how: "foresee" | "judge", signature: string, parts: Partial<Artifact> = {}): Promise<Verdict> {
    const demand = { need: "required", trustAll: true } as const;
    const chain = { type: "pacman", signature, demand, keyring } as const;
    const artifact = artifactOf("tool", { sha256: sha256("a package"), chain, ...parts });
    const step = install("tool", { sha256: artifact.sha256 });
    const gate = createGate({
      policies: { builtIn: BUILT_IN_POLICY },
      now: NOW,
      filePath: () => (how === "judge" ? bytes : undefined),
    });
    return gate[how]([transaction([step], [artifact])]);
  }
  const codeIn = ({ judgements }: Verdict) => judgements[0]?.evidence.find(({ check }) => check === "signature")?.code;

  it("is waited for in a plan: one that is not there, and one whose end may be later by now", async () => {
    for (const key of [stranger, late]) {
      const verdict = await asked("foresee", signedBy(key), { keysFrom: FROM });
      expect(codeIn(verdict)).toBe("key-to-come");
      expect(verdict.violations).toEqual([]);
      expect(verdict.judgements[0]?.evidence.at(-1)).toMatchObject({
        verdict: "pending",
        facts: { "keys-from": FROM },
      });
    }
  });

  it("is waited for by nobody who lets something be installed, nor where nothing brings keys", async () => {
    for (const verdict of [
      await asked("judge", signedBy(stranger), { keysFrom: FROM }),
      await asked("foresee", signedBy(stranger)),
    ]) {
      expect(codeIn(verdict)).toBe("key-unknown");
      expect(verdict.violations).toHaveLength(1);
    }
  });

  it("mends no signature that is bad whoever made it", async () => {
    expect(codeIn(await asked("foresee", "bm8gc2lnbmF0dXJl", { keysFrom: FROM }))).toBe("signature-bad");
    const { violations } = await asked("foresee", signedBy(late, { digest: "SHA1" }), { keysFrom: FROM });
    expect(violations[0]?.message).toContain("SHA1");
  });
});
