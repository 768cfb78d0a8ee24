import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultKind, FaultServer } from "../support/fault-server.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath, words } from "../support/refusal.ts";
import {
  BUILDER,
  type BuildClaims,
  type BundleJson,
  createSigstoreLab,
  type SigstoreLab,
} from "../support/sigstore-lab.ts";

const HERE = needs("apt-utils", "gpg", "root");

/** What the machine expects of omg-script: one source, one workflow, one builder, and the highest level. */
const POLICY = `version = 1
[provenance.packages.omg-script]
required = true
level = 3
issuers = ["https://token.actions.githubusercontent.com"]
repositories = ["https://github.com/acme/tools"]
workflows = [".github/workflows/release.yml@refs/tags/*"]
builders = ["https://github.com/acme/builders/.github/workflows/deb.yml@refs/tags/v1.*"]
`;
const GOOD: BuildClaims = { signer: BUILDER };

let sigstore: SigstoreLab;
beforeAll(async () => {
  sigstore = await createSigstoreLab();
});

async function labWithPolicy(): Promise<OmgLab> {
  const lab = await createOmgLab();
  const put = (name: string, text: string) => {
    mkdirSync(dirname(omgPath(lab, name)), { recursive: true });
    writeFileSync(omgPath(lab, name), text);
  };
  put("config/trust/trusted_root.json", sigstore.trustedRoot);
  put("config/policy.toml", POLICY);
  lab.writeLock(lockOf({ "omg-script": "1.0" }));
  return lab;
}

const debOf = (lab: OmgLab, version = "1.0") => lab.apt.repo.file("omg-script", version);
const besideOf = (lab: OmgLab) => `${debOf(lab)}.sigstore.json`;

/** Puts a bundle beside the package: a genuine one, with these claims and then these changes. */
async function publish(
  lab: OmgLab,
  claims: BuildClaims = GOOD,
  change: (bundle: BundleJson) => void = () => undefined,
  of = debOf(lab),
): Promise<void> {
  const bundle = await sigstore.attest({ name: `${of.split("/").at(-1)}`, bytes: readFileSync(of) }, claims);
  change(bundle);
  writeFileSync(besideOf(lab), JSON.stringify(bundle));
}

describe.runIf(HERE)("provenance beside the package", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await labWithPolicy();
  });
  afterAll(() => lab.dispose());
  beforeEach(() => {
    rmSync(besideOf(lab), { force: true });
    rmSync(omgPath(lab, "data/store"), { recursive: true, force: true });
  });

  const entry = (bundle: BundleJson) => bundle.verificationMaterial.tlogEntries[0];
  const altered = (base64: string) => {
    const bytes = Buffer.from(base64, "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString("base64");
  };

  it.each<[string, BuildClaims, ((bundle: BundleJson) => void) | undefined, string, string | RegExp]>([
    [
      "another identity",
      { person: "https://github.com/mallory" },
      undefined,
      "identity-mismatch",
      "not the identity of a build",
    ],
    [
      "another issuer",
      { ...GOOD, issuer: "https://evil.example" },
      undefined,
      "identity-mismatch",
      "only GitHub can say that",
    ],
    [
      "another repository",
      { ...GOOD, repository: "evil/tools" },
      undefined,
      "repository-mismatch",
      "built from https://github.com/evil/tools",
    ],
    [
      "a repository that only begins the same",
      { ...GOOD, repository: "acme/tools-evil" },
      undefined,
      "repository-mismatch",
      "acme/tools-evil",
    ],
    [
      "another builder",
      { signer: "evil/builders/.github/workflows/deb.yml@refs/tags/v1.2.3" },
      undefined,
      "builder-mismatch",
      "evil/builders",
    ],
    [
      "the builder at a branch",
      { signer: BUILDER.replace("tags/v1.2.3", "heads/main") },
      undefined,
      "builder-mismatch",
      "refs/heads/main",
    ],
    [
      "another workflow",
      { ...GOOD, workflow: ".github/workflows/test.yml" },
      undefined,
      "workflow-mismatch",
      "test.yml",
    ],
    [
      "the workflow from a branch",
      { ...GOOD, ref: "refs/heads/pull/1" },
      undefined,
      "workflow-mismatch",
      "refs/heads/pull/1",
    ],
    [
      "another subject",
      { ...GOOD, subjects: [{ name: "x.deb", digest: { sha256: "1".repeat(64) } }] },
      undefined,
      "subject-mismatch",
      "about other bytes",
    ],
    [
      "a statement that claims another repository",
      { ...GOOD, repository: "evil/tools", said: { repository: "https://github.com/acme/tools" } },
      undefined,
      "certificate-disagrees",
      'the certificate "https://github.com/evil/tools"',
    ],
    ["no proof of inclusion", GOOD, (b) => void delete entry(b).inclusionProof, "inclusion-missing", "no proof"],
    [
      "no proof of inclusion, as the first format allowed",
      GOOD,
      asFirstFormat,
      "inclusion-missing",
      "no proof that its entry is in the transparency log",
    ],
    [
      "no checkpoint",
      GOOD,
      (b) => void delete entry(b).inclusionProof.checkpoint,
      "checkpoint-missing",
      "no checkpoint",
    ],
    [
      "an empty checkpoint",
      GOOD,
      (b) => {
        entry(b).inclusionProof.checkpoint.envelope = "";
      },
      "checkpoint-missing",
      "no checkpoint",
    ],
    [
      "an altered proof",
      GOOD,
      (b) => {
        entry(b).inclusionProof.logIndex = "3";
      },
      "inclusion-bad",
      "does not hold",
    ],
    [
      "an altered checkpoint",
      GOOD,
      (b) => {
        const p = entry(b).inclusionProof;
        p.checkpoint.envelope = p.checkpoint.envelope.replace("\n1\n", "\n9\n");
      },
      "checkpoint-bad",
      "checkpoint",
    ],
    [
      "an altered payload",
      GOOD,
      (b) => {
        b.dsseEnvelope.payload = Buffer.from(
          Buffer.from(b.dsseEnvelope.payload, "base64").toString().replace("v1.0", "v6.6"),
        ).toString("base64");
      },
      "log-entry-bad",
      "about something else",
    ],
    [
      "an altered signature",
      GOOD,
      (b) => {
        b.dsseEnvelope.signatures[0].sig = altered(b.dsseEnvelope.signatures[0].sig);
      },
      "log-entry-bad",
      "about something else",
    ],
    [
      "an SBOM in place of provenance",
      { ...GOOD, predicateType: "https://spdx.dev/Document" },
      undefined,
      "predicate-unknown",
      "spdx",
    ],
    [
      "a builder on somebody's own machine",
      { ...GOOD, runner: "self-hosted" },
      undefined,
      "level-too-low",
      "SLSA build level 1",
    ],
  ])("%s is refused", async (_, claims, change, code, says) => {
    await publish(lab, claims, change);
    const json = JSON.stringify(await evidence(lab));
    expect(json).toContain(`"${code}"`);
    await expectRefusal(lab, { exit: 4, says: ["Policy refuses this plan", "apt.omg-script", says] });
  });

  it("that of another version is refused", async () => {
    await publish(lab, GOOD, undefined, debOf(lab, "1.1"));
    await expectRefusal(lab, { exit: 4, says: ["about other bytes", "omg-script_1.1", "of this very version"] });
  });

  it("signed under another trust root is refused", async () => {
    const bundle = await (await createSigstoreLab()).attest({ name: "x", bytes: readFileSync(debOf(lab)) }, GOOD);
    writeFileSync(besideOf(lab), JSON.stringify(bundle));
    await expectRefusal(lab, { exit: 4, says: ["No authority of the trust root vouches", "omg audit trust"] });
  });

  it("a trust root that others can change is refused", async () => {
    await publish(lab);
    const path = omgPath(lab, "config/trust/trusted_root.json");
    rmSync(path);
    writeFileSync(path, sigstore.trustedRoot);
    chmodSync(path, 0o666);
    await expectRefusal(lab, { exit: 4, says: ["The trust root is not to be trusted", "can be changed by others"] });
    chmodSync(path, 0o644);
  });

  it("none is refused where it is required", async () => {
    await expectRefusal(lab, {
      exit: 4,
      says: ["There is no provenance for it", "omg-script_1.0", "[provenance.packages.omg-script.required"],
    });
  });

  it("what the rules do not cover is not asked for", async () => {
    lab.writeLock(lockOf({ "omg-app": "1.0" }));
    const { judgements } = await planOf(lab);
    expect(JSON.stringify(judgements)).not.toContain("provenance");
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
  });

  it("the right one installs with grade locked, is remembered, and serves later runs without the publisher", async () => {
    await publish(lab);
    expect(pieceOf(await planOf(lab))).toMatchObject({ verdict: "pending", code: "not-asked" });
    expect((await planOf(lab)).judgements[0]?.grade).toBe("locked");
    const ran = await lab.expect(0, "apply", "--yes", "--json");
    const { verdict } = JSON.parse(ran.stdout) as { verdict: Verdict };
    expect(verdict.judgements[0]?.grade).toBe("locked");
    expect(pieceOf(verdict)).toMatchObject({
      verdict: "pass",
      facts: { level: "3", source: "named", repository: "https://github.com/acme/tools", ref: "refs/tags/v1.0" },
    });
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
    await lab.expect(0, "check");

    rmSync(besideOf(lab));
    await lab.expect(0, "clean", "--yes");
    await lab.apt.dpkg("--purge", "omg-script");
    expect(pieceOf(await planOf(lab))).toMatchObject({ verdict: "pass" });
    await lab.expect(0, "apply", "--yes");

    // Rolled back and forth: the bundle in the store proves it again, under today's policy.
    lab.wantPackages({});
    await lab.expect(0, "apply", "--yes");
    const policy = omgPath(lab, "config/policy.toml");
    writeFileSync(policy, POLICY.replace("acme/tools", "acme/moved"));
    await expectRefusal(lab, {
      args: ["rollback", "--yes"],
      exit: 4,
      says: ["built from https://github.com/acme/tools"],
    });
    writeFileSync(policy, POLICY);
    await lab.expect(0, "rollback", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");

    // Without the bundle, what was recorded about these very bytes counts, and its facts are held to today's policy.
    const store = omgPath(lab, "data/store/sha256");
    const bundles = readdirSync(store, { recursive: true, encoding: "utf8" })
      .map((name) => join(store, name))
      .filter((path) => /[0-9a-f]{62}$/.test(path) && readFileSync(path, "latin1").startsWith("{"));
    expect(bundles).toHaveLength(1);
    for (const path of bundles) rmSync(path);
    lab.apt.withdraw("omg-script", "1.0");
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf({ "omg-script": "absent" }));
    await lab.expect(0, "apply", "--yes");
    writeFileSync(policy, POLICY.replace("acme/tools", "acme/moved"));
    await expectRefusal(lab, {
      args: ["rollback", "--yes"],
      exit: 4,
      says: ["built from https://github.com/acme/tools"],
    });
    writeFileSync(policy, POLICY);
    await lab.expect(0, "rollback", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
  });
});

describe.runIf(HERE)("provenance from a server", () => {
  let lab: OmgLab;
  let server: FaultServer;
  beforeAll(async () => {
    lab = await labWithPolicy();
    await publish(lab);
    server = await lab.apt.serve();
    await lab.apt.aptOk("update");
  });
  afterAll(() => lab.dispose());
  beforeEach(() => rmSync(omgPath(lab, "data/store"), { recursive: true, force: true }));

  it.each<[string, FaultKind, RegExp]>([
    ["cuts the connection", "drop", /connection/],
    ["answers 429", "too-many", /answered 429/],
    ["answers 500", "broken", /answered 500/],
    ["breaks off", "truncate", /connection broke|bytes came/],
    ["redirects in circles", "redirect-loop", /redirects/],
    ["redirects to a file", "redirect-to-file", /redirect/],
  ])("that %s: not checked, and the message names the check and the address", async (_, kind, says) => {
    server.fail({ match: /\.sigstore\.json$/, kind });
    await expectRefusal(lab, {
      exit: 8,
      says: ["provenance of apt.omg-script 1.0 could not be checked", `${server.url}/pool/stable/omg-script_1.0`, says],
    });
    server.fail();
  });

  it("that answers with a page: not checked either", async () => {
    const bytes = readFileSync(besideOf(lab));
    writeFileSync(besideOf(lab), "<html>Log in to the hotel's network</html>");
    await expectRefusal(lab, { exit: 8, says: ["could not be checked", "not JSON"] });
    writeFileSync(besideOf(lab), bytes);
  });

  it("that has none: refused", async () => {
    server.fail({ match: /\.sigstore\.json$/, kind: "missing" });
    await expectRefusal(lab, { exit: 4, says: ["There is no provenance for it", server.url] });
    server.fail();
  });

  it("that never ends: cut at the limit", async () => {
    const bytes = readFileSync(besideOf(lab));
    writeFileSync(besideOf(lab), Buffer.alloc(6 * 1024 * 1024, " "));
    await expectRefusal(lab, { exit: 8, says: ["more than 4194304 bytes"] });
    writeFileSync(besideOf(lab), bytes);
  });

  it("where it is not required, what cannot be asked stops nothing and lifts nothing", async () => {
    const policy = omgPath(lab, "config/policy.toml");
    writeFileSync(policy, POLICY.replace(/required.*\nlevel.*\n/, ""));
    server.fail({ match: /\.sigstore\.json$/, kind: "broken" });
    const ran = await lab.expect(0, "apply", "--yes", "--json");
    const { verdict } = JSON.parse(ran.stdout) as { verdict: Verdict };
    expect(verdict.judgements[0]?.grade).toBe("verified");
    expect(pieceOf(verdict)).toMatchObject({ verdict: "unknown", code: "unreachable" });
    expect(words(JSON.stringify(pieceOf(verdict)))).toContain(".sigstore.json");
    server.fail();
    writeFileSync(policy, POLICY);
  });
});

describe.runIf(HERE)("provenance from GitHub's attestations", () => {
  let lab: OmgLab;
  let asked: string[];
  let answer: (response: ServerResponse) => void;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    lab = await labWithPolicy();
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(response);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await lab.dispose();
  });
  beforeEach(() => {
    asked = [];
    writeFileSync(omgPath(lab, "config/config.toml"), `[provenance]\ngithub = "${url}"\n`);
  });

  it("is not asked unless config.toml says so", async () => {
    writeFileSync(omgPath(lab, "config/config.toml"), "[provenance]\ngithub = false\n");
    await expectRefusal(lab, { exit: 4, says: ["There is no provenance for it"] });
    expect(asked).toEqual([]);
  });

  it("is not asked by a plan, and where it limits us the run says so and ends", async () => {
    answer = (response) => response.writeHead(429, { "retry-after": "3600" }).end();
    await lab.expect(0, "plan");
    expect(asked).toEqual([]);
    await expectRefusal(lab, {
      exit: 8,
      says: ["could not be checked", `${url}/repos/acme/tools/attestations/`, "429"],
    });
  });

  it("proves a package by its hash, asked of the repository that policy names and about nothing else", async () => {
    const deb = debOf(lab);
    const bundle = await sigstore.attest({ name: "omg-script_1.0_all.deb", bytes: readFileSync(deb) }, GOOD);
    const other = await sigstore.attest({ name: "x", bytes: Buffer.from("x") }, GOOD);
    answer = (response) => response.end(JSON.stringify({ attestations: [{ bundle: other }, { bundle }] }));
    const ran = await lab.expect(0, "apply", "--yes", "--json");
    const { verdict } = JSON.parse(ran.stdout) as { verdict: Verdict };
    expect(verdict.judgements[0]?.grade).toBe("locked");
    const { sha256 } = lab.apt.repo.deb("omg-script", "1.0");
    expect(asked).toEqual([`GET /repos/acme/tools/attestations/sha256:${sha256}?per_page=32`]);
  });
});

interface Verdict {
  readonly judgements: readonly {
    readonly grade: string;
    readonly evidence: readonly { readonly check: string; readonly verdict: string; readonly code: string }[];
  }[];
}

async function planOf(lab: OmgLab): Promise<Verdict> {
  const { stdout } = await lab.omg(["plan", "--json"]);
  return (JSON.parse(stdout) as { omg: { verdict: Verdict } }).omg.verdict;
}

function pieceOf(verdict: Verdict) {
  return verdict.judgements[0]?.evidence.find(({ check }) => check === "provenance");
}

/** What `omg audit slsa` says of the file beside its bundle. */
async function evidence(lab: OmgLab): Promise<unknown> {
  const { stdout } = await lab.omg(["audit", "slsa", "omg-script", "--json"]);
  return JSON.parse(stdout);
}

/** Format 0.1, which needs no proof where there is a promise: what a cheat would fall back to. */
function asFirstFormat(bundle: BundleJson): void {
  const { certificate, tlogEntries } = bundle.verificationMaterial;
  bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  bundle.verificationMaterial = { x509CertificateChain: { certificates: [certificate] }, tlogEntries };
  delete tlogEntries[0].inclusionProof;
}
