import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTrust, type TrustRoot } from "../../../policy/slsa/trust/open.ts";
import { checkBundle } from "../../../policy/slsa/verify.ts";
import {
  BUILDER,
  type BuildClaims,
  type BundleJson,
  createSigstoreLab,
  type SigstoreLab,
} from "../../support/sigstore-lab.ts";

const BYTES = Buffer.from("the bytes of omg-app 1.0");
const NAME = "omg-app_1.0_amd64.deb";
const PACKAGE = { name: "omg-app", version: "1.0", arch: "amd64" };

let folder: string;
let lab: SigstoreLab;
let trust: TrustRoot;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "omg-slsa-"));
  writeFileSync(join(folder, NAME), BYTES);
  lab = await createSigstoreLab();
  trust = await trustIn(lab, "one");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function trustIn({ trustedRoot }: SigstoreLab, name: string): Promise<TrustRoot> {
  const given = mkdtempSync(join(folder, name));
  writeFileSync(join(given, "trusted_root.json"), trustedRoot);
  return openTrust([{ given, kept: join(given, "none") }]);
}

const check = (bundle: BundleJson | Uint8Array, by = trust, about: typeof PACKAGE | undefined = PACKAGE) =>
  checkBundle(
    bundle instanceof Uint8Array ? bundle : Buffer.from(JSON.stringify(bundle)),
    {
      sha256: createHash("sha256").update(BYTES).digest("hex"),
      path: join(folder, NAME),
      ...(about === undefined ? {} : { package: about }),
    },
    by,
  );
const built = (claims: BuildClaims = {}) => lab.attest({ name: NAME, bytes: BYTES }, claims);
const codeOf = async (claims: BuildClaims) => (await check(await built(claims))).code;

describe("a genuine bundle", () => {
  it("passes, with every fact that the verdict rests on", async () => {
    const { verdict, code, facts, detail } = await check(await built());
    expect({ verdict, code }).toEqual({ verdict: "pass", code: "provenance-valid" });
    expect(facts).toMatchObject({
      level: "2",
      subject: NAME,
      builder: "https://github.com/acme/tools/.github/workflows/release.yml@refs/tags/v1.0",
      repository: "https://github.com/acme/tools",
      workflow: "https://github.com/acme/tools/.github/workflows/release.yml@refs/tags/v1.0",
      ref: "refs/tags/v1.0",
      commit: "0123456789abcdef0123456789abcdef01234567",
      issuer: "https://token.actions.githubusercontent.com",
      runner: "github-hosted",
      predicate: "https://slsa.dev/provenance/v1",
    });
    expect(facts.apart).toBeUndefined();
    expect(detail).toContain("https://github.com/acme/tools at refs/tags/v1.0");
  });

  it("may name its bytes by SHA-512, and more things than these bytes", async () => {
    const sha512 = createHash("sha512").update(BYTES).digest("hex");
    const other = { name: "other", digest: { sha256: "0".repeat(64) } };
    expect(await codeOf({ subjects: [other, { name: "pkg:npm/app@1.0", digest: { sha512 } }] })).toBe(
      "provenance-valid",
    );
  });

  it("may be SLSA 0.2, as the generators of level 3 write it", async () => {
    const signer =
      "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0";
    const predicate = {
      builder: { id: `https://github.com/${signer}` },
      buildType: "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
      invocation: {
        configSource: {
          uri: "git+https://github.com/acme/tools@refs/tags/v1.0",
          digest: { sha1: "0123456789abcdef0123456789abcdef01234567" },
          entryPoint: ".github/workflows/release.yml",
        },
      },
    };
    const { code, facts } = await check(
      await built({ signer, predicateType: "https://slsa.dev/provenance/v0.2", predicate }),
    );
    expect({ code, level: facts.level, apart: facts.apart }).toEqual({
      code: "provenance-valid",
      level: "3",
      apart: "yes",
    });
  });
});

describe("the level is what the identity supports, and never more", () => {
  const generator = "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml";
  it.each<[string, BuildClaims, string]>([
    ["a workflow of the source itself", {}, "2"],
    ["a machine of whoever builds", { runner: "self-hosted" }, "1"],
    ["a reusable workflow of somebody, that nobody vouches for", { signer: BUILDER }, "2"],
    ["a generator at a branch", { signer: `${generator}@refs/heads/main` }, "2"],
    ["a generator of the same name elsewhere", { signer: `evil/${generator.slice(15)}@refs/tags/v2.0.0` }, "2"],
    ["a generator on somebody's machine", { signer: `${generator}@refs/tags/v2.0.0`, runner: "self-hosted" }, "1"],
    ["a generator at a release", { signer: `${generator}@refs/tags/v2.0.0` }, "3"],
  ])("%s: %#", async (_, claims, level) => {
    expect((await check(await built(claims))).facts.level).toBe(level);
  });
});

describe("what the statement claims, and the certificate does not", () => {
  it.each<[string, BuildClaims["said"]]>([
    ["repository", { repository: "https://github.com/acme/famous" }],
    ["builder", { builder: "https://github.com/slsa-framework/slsa-github-generator/x@refs/tags/v1.0.0" }],
    ["builder", { builder: "https://github.com/actions/runner/self-hosted" }],
    ["builder", { builder: "" }],
    ["workflow", { workflow: ".github/workflows/other.yml" }],
    ["branch", { ref: "refs/heads/main" }],
    ["commit", { commit: "f".repeat(40) }],
  ])("%s %#: the certificate wins", async (_, said) => {
    expect(await codeOf({ said: said ?? {} })).toBe("certificate-disagrees");
  });

  it("a runner of GitHub's counts where the certificate says the same", async () => {
    expect(await codeOf({ said: { builder: "https://github.com/actions/runner/github-hosted" } })).toBe(
      "provenance-valid",
    );
  });

  it.each<[string, BuildClaims]>([
    ["a person", { person: "https://github.com/mallory" }],
    ["another platform that builds from GitHub", { issuer: "https://builds.example" }],
    ["one whose issuer only begins the same", { issuer: "https://token.actions.githubusercontent.com.evil.example" }],
    ["two signers", { subject: "https://github.com/evil/x/.github/workflows/a.yml@refs/heads/main" }],
  ])("the identity of %s is not that of a build", async (_, claims) => {
    expect(await codeOf(claims)).toBe("identity-mismatch");
  });
});

describe("other subjects", () => {
  const digest = { sha256: createHash("sha256").update(BYTES).digest("hex") };
  it.each<[string, BuildClaims["subjects"]]>([
    ["other bytes", [{ name: NAME, digest: { sha256: "1".repeat(64) } }]],
    ["one digest that fits and one that does not", [{ name: NAME, digest: { ...digest, sha512: "1".repeat(128) } }]],
    ["only a digest that nobody compares", [{ name: NAME, digest: { md5: "1".repeat(32) } }]],
    ["another version by name", [{ name: "omg-app_2.0_amd64.deb", digest }]],
    ["another package by name", [{ name: "dist/omg-evil_1.0_amd64.deb", digest }]],
    ["another architecture by name", [{ name: "omg-app_1.0_arm64.deb", digest }]],
    ["a name that steers terminals", [{ name: "omg\u001b[31m", digest }]],
    ["no name", [{ name: "", digest }]],
  ])("%s", async (_, subjects) => {
    expect(await codeOf({ subjects: subjects ?? [] })).toBe("subject-mismatch");
  });
});

describe("other predicates", () => {
  it.each<[string, BuildClaims, string]>([
    ["an SBOM", { predicateType: "https://spdx.dev/Document" }, "predicate-unknown"],
    ["a payload that is no statement", { payloadType: "text/plain" }, "no-statement"],
    ["no subject", { subjects: [] }, "statement-malformed"],
    ["no build definition", { predicate: {} }, "statement-malformed"],
  ])("%s", async (_, claims, code) => {
    expect(await codeOf(claims)).toBe(code);
  });
});

describe("a bundle that somebody changed", () => {
  const entry = (bundle: BundleJson) => bundle.verificationMaterial.tlogEntries[0];
  const flipped = (text: string) => {
    const bytes = Buffer.from(text, "base64");
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    return bytes.toString("base64");
  };
  it.each<[string, (bundle: BundleJson) => void, string]>([
    [
      "no transparency log at all",
      (b) => {
        b.verificationMaterial.tlogEntries = [];
      },
      "inclusion-missing",
    ],
    [
      "the proof removed, the promise kept (0.1 lets that pass)",
      (b) => {
        b.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1";
        b.verificationMaterial = {
          ...b.verificationMaterial,
          certificate: undefined,
          x509CertificateChain: { certificates: [b.verificationMaterial.certificate] },
        };
        delete entry(b).inclusionProof;
      },
      "inclusion-missing",
    ],
    [
      "the checkpoint removed",
      (b) => {
        entry(b).inclusionProof.checkpoint.envelope = "";
      },
      "checkpoint-missing",
    ],
    [
      "the checkpoint of another root",
      (b) => {
        entry(b).inclusionProof.checkpoint.envelope = entry(b).inclusionProof.checkpoint.envelope.replace(
          /\n1\n/,
          "\n2\n",
        );
      },
      "checkpoint-bad",
    ],
    [
      "the checkpoint without a signature",
      (b) => {
        entry(b).inclusionProof.checkpoint.envelope = entry(b).inclusionProof.checkpoint.envelope.replace(
          /\u2014.*\n/,
          "",
        );
      },
      "checkpoint-bad",
    ],
    [
      "another place in the log",
      (b) => {
        entry(b).inclusionProof.logIndex = "7";
      },
      "inclusion-bad",
    ],
    [
      "more hashes than the proof has",
      (b) => {
        entry(b).inclusionProof.hashes = [Buffer.alloc(32).toString("base64")];
      },
      "inclusion-bad",
    ],
    [
      "another promise",
      (b) => {
        entry(b).inclusionPromise.signedEntryTimestamp = flipped(entry(b).inclusionPromise.signedEntryTimestamp);
      },
      "log-entry-bad",
    ],
    [
      "an hour later",
      (b) => {
        entry(b).integratedTime = String(Number(entry(b).integratedTime) + 3600);
      },
      "certificate-bad",
    ],
    [
      "no time",
      (b) => {
        entry(b).integratedTime = "0";
      },
      "timestamp-bad",
    ],
    [
      "another payload",
      (b) => {
        b.dsseEnvelope.payload = Buffer.from(
          Buffer.from(b.dsseEnvelope.payload, "base64").toString().replace("acme/tools", "acme/evil0"),
        ).toString("base64");
      },
      "log-entry-bad",
    ],
    [
      "another signature",
      (b) => {
        b.dsseEnvelope.signatures[0].sig = flipped(b.dsseEnvelope.signatures[0].sig);
      },
      "log-entry-bad",
    ],
    [
      "no signature",
      (b) => {
        b.dsseEnvelope.signatures = [];
      },
      "bundle-malformed",
    ],
    [
      "a bare key in place of the certificate",
      (b) => {
        b.verificationMaterial = { tlogEntries: b.verificationMaterial.tlogEntries, publicKey: { hint: "mine" } };
      },
      "certificate-bad",
    ],
    [
      "another media type",
      (b) => {
        b.mediaType = "text/plain";
      },
      "bundle-malformed",
    ],
  ])("%s", async (_, change, code) => {
    const bundle = structuredClone(await built());
    change(bundle);
    const { code: found, verdict, detail } = await check(bundle);
    expect({ found, verdict }, detail).toEqual({ found: code, verdict: "fail" });
  });

  it("the certificate of another build", async () => {
    const [bundle, other] = [await built(), await built()];
    bundle.verificationMaterial.certificate = other.verificationMaterial.certificate;
    expect((await check(bundle)).verdict).toBe("fail");
  });

  it("a certificate of another authority", async () => {
    expect((await check(await built(), await trustIn(await createSigstoreLab(), "two"))).code).toBe("certificate-bad");
  });

  it.each<[string, Uint8Array, string]>([
    ["nothing", Buffer.alloc(0), "bundle-malformed"],
    ["a page", Buffer.from("<html>"), "bundle-malformed"],
    ["a list", Buffer.from("[]"), "bundle-malformed"],
    ["endless", Buffer.alloc(5 * 1024 * 1024, " "), "bundle-too-large"],
  ])("%s", async (_, bytes, code) => {
    expect((await check(bytes)).code).toBe(code);
  });
});
