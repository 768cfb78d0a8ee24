import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256File } from "../../../host/digest.ts";
import { openTrust, type TrustRoot } from "../../../policy/slsa/trust/open.ts";
import { checkBundle } from "../../../policy/slsa/verify.ts";
import { IS_CI } from "../../support/needs.ts";

const BUNDLE = "sigstore/sigstore.js@2.0.0-provenance.sigstore.json";
const data = process.env.OMG_REAL_DATA ?? "";
const bundle = join(data, BUNDLE);
if (!existsSync(bundle))
  console.warn("NOT TESTED: a bundle as it was published, for OMG_REAL_DATA names no folder with one.");

it("the trust root that omg comes with is that of Sigstore's public instance", async () => {
  const { material, facts } = await openTrust([]);
  expect(facts).toMatchObject({ origin: "shipped" });
  expect(material.tlogs.map(({ baseURL }) => baseURL)).toContain("https://rekor.sigstore.dev");
});

if (existsSync(bundle))
  describe("the provenance of npm's sigstore 2.0.0, as it was published", () => {
    let folder: string;
    let tarball: string | undefined;
    let trust: TrustRoot;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "omg-real-"));
      trust = await openTrust([]);
      tarball = fetched(folder);
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true }));

    it("verifies offline, with the trust root that omg comes with", async ({ skip }) => {
      if (tarball === undefined)
        return skip("the package registry cannot be reached, so there is no tarball to hold it to");
      const { sha256 } = await sha256File(tarball);
      const { verdict, code, facts } = await checkBundle(readFileSync(bundle), { sha256, path: tarball }, trust);
      expect({ verdict, code }).toEqual({ verdict: "pass", code: "provenance-valid" });
      expect(facts).toMatchObject({
        level: "2",
        subject: "pkg:npm/sigstore@2.0.0",
        builder: "https://github.com/actions/runner/github-hosted",
        repository: "https://github.com/sigstore/sigstore-js",
        workflow: "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
        commit: "f0b49a04e5a62250e0f60fb128004a73110fe311",
        issuer: "https://token.actions.githubusercontent.com",
        runner: "github-hosted",
        logged: "2023-08-18T16:05:35.000Z",
        entry: "31821305",
      });
      expect(trust.facts.origin).toBe("shipped");
    });

    it("is about no other bytes", async () => {
      const { sha256 } = await sha256File(bundle);
      expect(await checkBundle(readFileSync(bundle), { sha256, path: bundle }, trust)).toMatchObject({
        verdict: "fail",
        code: "subject-mismatch",
      });
    });

    it.each<[string, RegExp, string, string]>([
      ["its proof", /"hashes": ?\[\s*"[^"]{4}/, '"hashes":["AAAA', "inclusion-bad"],
      ["its checkpoint", /rekor\.sigstore\.dev - \d/, "rekor.sigstore.dev - 9", "checkpoint-bad"],
    ])("is refused with %s altered", async (_, from, to, code) => {
      const text = readFileSync(bundle, "utf8");
      const altered = text.replace(from, to);
      expect(altered).not.toBe(text);
      const found = await checkBundle(Buffer.from(altered), { sha256: "0".repeat(64), path: bundle }, trust);
      expect(found.code, found.detail).toBe(code);
    });
  });

/** The tarball as the registry has it. Under CI it must be reachable. */
function fetched(folder: string): string | undefined {
  try {
    execFileSync("npm", ["pack", "--silent", "sigstore@2.0.0"], { cwd: folder, stdio: "pipe", timeout: 100_000 });
  } catch (cause) {
    if (IS_CI) throw cause;
    return undefined;
  }
  return readdirSync(folder).map((name) => join(folder, name))[0];
}
