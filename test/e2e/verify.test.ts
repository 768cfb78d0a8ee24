import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, serveFolder } from "../support/fault-server.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath } from "../support/refusal.ts";
import { BUILDER, createSigstoreLab, type SigstoreLab } from "../support/sigstore-lab.ts";
import { createTufLab, type TufLab } from "../support/tuf-lab.ts";

const HERE = needs("apt-utils", "gpg", "root");

interface Examined {
  readonly subject: { readonly name: string; readonly version?: string; readonly sha256: string };
  readonly evidence: readonly { readonly check: string; readonly verdict: string; readonly code: string }[];
  readonly provenance: readonly { readonly name: string; readonly verdict: string; readonly detail: string }[];
  readonly grade: string;
  readonly violations: readonly { readonly rule: string }[];
}

describe.runIf(HERE)("omg verify and omg audit slsa", () => {
  let lab: OmgLab;
  let sigstore: SigstoreLab;
  const deb = () => lab.apt.repo.file("omg-script", "1.0");
  const file = (name: string) => join(lab.project, name);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const attest = async (path: string, claims = {}) =>
    JSON.stringify(
      await sigstore.attest(
        { name: "omg-script_1.0_all.deb", bytes: readFileSync(path) },
        { signer: BUILDER, ...claims },
      ),
    );
  const examined = async (code: number, ...args: readonly string[]) => {
    const ran = await lab.expect(code, ...args, "--json");
    return JSON.parse(ran.stdout) as Examined;
  };
  const checksOf = ({ evidence }: Examined) =>
    Object.fromEntries(evidence.map(({ check, verdict, code }) => [check, `${verdict} ${code}`]));
  beforeAll(async () => {
    lab = await createOmgLab();
    sigstore = await createSigstoreLab();
    put(omgPath(lab, "config/trust/trusted_root.json"), sigstore.trustedRoot);
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
    await lab.expect(0, "lock");
    cpSync(deb(), file("omg-script_1.0_all.deb"));
  });
  afterAll(() => lab?.dispose());

  it("a package of a signed source: hash and signature, no provenance", async () => {
    const found = await examined(0, "verify", "omg-script_1.0_all.deb");
    expect(found.subject).toMatchObject({
      name: "omg-script",
      version: "1.0",
      sha256: lab.apt.repo.deb("omg-script", "1.0").sha256,
    });
    expect(checksOf(found)).toEqual({
      checksum: "pass hash-matches",
      signature: "pass signature-valid",
      provenance: "absent not-found",
    });
    expect(found.grade).toBe("verified");
  });

  it("the same under another name, by its bytes", async () => {
    cpSync(deb(), file("download"));
    const found = await examined(0, "verify", "download");
    expect(found.subject).toMatchObject({ name: "omg-script", version: "1.0" });
  });

  it("with a bundle beside it, or one that is named: every check of it", async () => {
    put(file("omg-script_1.0_all.deb.sigstore.json"), await attest(deb()));
    const found = await examined(0, "verify", "omg-script_1.0_all.deb");
    expect(checksOf(found).provenance).toBe("pass provenance-valid");
    expect(found.provenance.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      "found pass",
      "trust root pass",
      "bundle pass",
      "time pass",
      "certificate pass",
      "log pass",
      "signature pass",
      "identity pass",
      "statement pass",
      "agreement pass",
      "subject pass",
      "expectations pass",
    ]);
    renameSync(file("omg-script_1.0_all.deb.sigstore.json"), file("bundle.json"));
    expect(checksOf(await examined(0, "verify", "download", "--bundle", "bundle.json")).provenance).toContain("pass");
    expect(checksOf(await examined(4, "audit", "slsa", "./download")).provenance).toBe("absent not-found");
    await examined(0, "audit", "slsa", "./download", "--bundle", "bundle.json");
  });

  it("the check that fails is named, and what comes after was not reached", async () => {
    const bundle = JSON.parse(await attest(deb()));
    bundle.verificationMaterial.tlogEntries[0].inclusionProof.logIndex = "9";
    put(file("bad.json"), JSON.stringify(bundle));
    const { provenance } = await examined(4, "verify", "download", "--bundle", "bad.json");
    const verdicts = Object.fromEntries(provenance.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({ certificate: "pass", log: "fail", signature: "not-reached" });
    const { stdout } = await lab.expect(4, "audit", "slsa", "./download", "--bundle", "bad.json");
    expect(stdout).toMatch(/no {2,}log +The proof that it is in the transparency log does not hold/);
    expect(stdout).toMatch(/- {3,}subject +not reached/);
  });

  it("other bytes under the name of a package", async () => {
    const bytes = readFileSync(deb());
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    put(file("evil/omg-script_1.0_all.deb"), bytes);
    const found = await examined(4, "verify", "evil/omg-script_1.0_all.deb");
    expect(checksOf(found).checksum).toBe("fail hash-mismatch");
    expect(found).toMatchObject({
      grade: "risk",
      subject: { sha256: createHash("sha256").update(bytes).digest("hex") },
    });
    expect(found.violations.map(({ rule }) => rule)).toContain("checks");
  });

  it("a file that nothing vouches for, and one for which only its provenance does", async () => {
    put(file("tool"), "just bytes");
    const found = await examined(4, "verify", "tool");
    expect(checksOf(found)).toEqual({ checksum: "absent not-known", provenance: "absent not-found" });
    const subjects = [{ name: "tool", digest: { sha256: createHash("sha256").update("just bytes").digest("hex") } }];
    put(file("tool.sigstore.json"), await attest(file("tool"), { subjects }));
    expect(checksOf(await examined(0, "verify", "tool")).provenance).toBe("pass provenance-valid");
  });

  it("what is no file that could be read", async () => {
    for (const [args, says] of [
      [["verify", "nothing"], "There is no file"],
      [["verify", "evil"], "not a regular file"],
      [["audit", "slsa", "./tool", "--bundle", "nothing"], "could not be read"],
      [["audit", "slsa", "omg-nothing"], "omg-nothing"],
    ] as const)
      expect((await lab.expect(1, ...args)).stderr).toContain(says);
  });

  it("a package: its provenance is looked for beside it, and policy has its say", async () => {
    put(`${deb()}.sigstore.json`, await attest(deb()));
    const policy = omgPath(lab, "config/policy.toml");
    expect((await examined(0, "audit", "slsa", "omg-script")).grade).toBe("verified");
    put(
      policy,
      'version = 1\n[provenance]\nrepositories = ["https://github.com/acme/tools"]\nbuilders = ["https://github.com/acme/builders/.github/workflows/deb.yml"]\n',
    );
    expect((await examined(0, "audit", "slsa", "apt.omg-script")).grade).toBe("locked");
    put(policy, 'version = 1\n[provenance]\nrepositories = ["https://github.com/acme/other"]\n');
    const refused = await examined(4, "audit", "slsa", "omg-script");
    expect(refused.violations.map(({ rule }) => rule)).toEqual(["provenance.repositories"]);
    expect(refused.provenance.at(-1)).toMatchObject({ name: "expectations", verdict: "fail" });
    rmSync(policy);
    const { stdout } = await lab.expect(0, "audit", "slsa", "omg-script");
    expect(stdout).toMatch(/repository +https:\/\/github.com\/acme\/tools/);
    expect(stdout).toMatch(/SLSA level +2/);
  });
});

describe.runIf(HERE)("omg verify where the package is installed already", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-script": "1.0", "omg-app": "2.0" }));
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());

  it.each(["1.0", "1.1"])("tells omg-script %s, of the installed version or of another", async (version) => {
    const ran = await lab.expect(0, "verify", lab.apt.repo.file("omg-script", version), "--json");
    expect(JSON.parse(ran.stdout)).toMatchObject({ subject: { name: "omg-script", version }, grade: "verified" });
    await lab.expect(4, "audit", "slsa", "omg-script");
  });

  it("by omg's own records, where no source lists it any more", async () => {
    const deb = readFileSync(lab.apt.repo.file("omg-script", "1.0"));
    lab.apt.withdraw("omg-script", "1.0");
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    writeFileSync(join(lab.project, "old"), deb);
    const { evidence, subject } = JSON.parse((await lab.expect(0, "verify", "old", "--json")).stdout) as Examined;
    expect(subject).toMatchObject({ name: "omg-script", version: "1.0" });
    expect(evidence.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      "checksum pass",
      "signature pass",
      "provenance absent",
    ]);
  });
});

describe.runIf(HERE)("omg audit trust", () => {
  let lab: OmgLab;
  let tuf: TufLab;
  let server: FaultServer;
  let trustedRoot: string;
  const kept = () => omgPath(lab, "data/trust/sigstore/trusted_root.json");
  const facts = async (...args: readonly string[]) =>
    JSON.parse((await lab.expect(0, "audit", "trust", ...args, "--json")).stdout);
  beforeAll(async () => {
    lab = await createOmgLab({ skipUpdate: true });
    trustedRoot = (await createSigstoreLab()).trustedRoot;
    tuf = createTufLab(join(lab.apt.folder, "tuf"));
    tuf.publish({ version: 1, trustedRoot });
    server = await serveFolder(tuf.folder);
  });
  afterAll(async () => {
    await server?.close();
    await lab?.dispose();
  });

  it("comes with omg, and says of when it is", async () => {
    expect(await facts()).toMatchObject({ origin: "shipped", refreshed: false, expires: expect.stringMatching(/^20/) });
    expect((await lab.expect(0, "audit", "trust")).stdout).toMatch(/from +this omg, which came with it/);
  });

  it("is refreshed from the address of config.toml, and shows its age", async () => {
    mkdirSync(omgPath(lab, "config/trust"), { recursive: true });
    writeFileSync(omgPath(lab, "config/config.toml"), `[trust]\naddress = "${server.url}"\n`);
    writeFileSync(omgPath(lab, "config/trust/root.json"), tuf.root);
    expect(await facts("--refresh")).toMatchObject({ origin: "refreshed", refreshed: true, version: 1, path: kept() });
    expect(readFileSync(kept(), "utf8")).toBe(trustedRoot);
    expect((await lab.expect(0, "audit", "trust")).stdout).toMatch(/age +of today/);
  });

  it("one that cannot be refreshed still counts", async () => {
    server.fail({ match: /timestamp/, kind: "broken" });
    await expectRefusal(lab, {
      args: ["audit", "trust", "--refresh"],
      exit: 8,
      says: ["could not be refreshed", server.url, "answered 500"],
    });
    server.fail();
    tuf.publish({ version: 2, trustedRoot, expires: new Date(0) });
    await expectRefusal(lab, { args: ["audit", "trust", "--refresh"], exit: 4, says: ["does not verify", "expired"] });
    tuf.publish({ version: 2, trustedRoot });
    expect(await facts()).toMatchObject({ origin: "refreshed" });
  });

  it("one that was tampered with is refused, and a refresh brings it anew", async () => {
    writeFileSync(kept(), `${trustedRoot} `);
    await expectRefusal(lab, {
      args: ["audit", "trust"],
      exit: 4,
      says: ["not to be trusted", "does not verify", "--refresh"],
    });
    expect(await facts("--refresh")).toMatchObject({ origin: "refreshed" });
    chmodSync(kept(), 0o666);
    await expectRefusal(lab, { args: ["audit", "trust"], exit: 4, says: ["can be changed by others"] });
  });
});
