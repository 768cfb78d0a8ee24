import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { archGroup, writeTrackerDump } from "../support/advisory-dumps.ts";
import type { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { databaseOf, expectPacmanCaught, swapRepository } from "../support/pacman-cheat.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { filenameOf, type PacmanSpec } from "../support/pacman-package.ts";
import { SIGNED_AT } from "../support/pacman-repo.ts";

const HERE = needs(...PACMAN_NEEDS);
const TOOL: PacmanSpec = { name: "omg-tool", version: "1.0-1", depends: ["omg-base"] };
const BASE: PacmanSpec = { name: "omg-base", version: "1.0-1" };
/** One of Arch's own, which come before others. */
const CORE: PacmanSpec = { ...BASE, repo: "core" };
const day = (days: number) => new Date(SIGNED_AT.getTime() + days * 86_400_000);
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);

// One way to cheat, one test, each through the whole of `omg apply` on a real pacman; those that a mirror can do alone are in
// update-framework-pacman, and the signatures' other ways to fail in pacman-attacks.
describe.runIf(HERE)("a cheat that changes who signed a package, and when", () => {
  let lab: PacmanOmgLab;
  beforeAll(async () => {
    lab = await createPacmanOmgLab({ packages: [BASE] });
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "lock");
  }, 60_000);
  afterAll(async () => {
    await swapRepository(lab);
    await lab.expect(0, "apply", "--yes");
    await lab.dispose();
  });

  const makeKey: GpgHome["makeKey"] = (name, options) => lab.pacman.repos.gpg.makeKey(name, options);

  it("a weak hash", async () => {
    const key = makeKey("sha1", { at: SIGNED_AT, type: "rsa3072" });
    lab.pacman.trust(key);
    await swapRepository(lab, { packageKey: key, digest: "SHA1" });
    await expectPacmanCaught(lab, { code: "weak-hash", exit: 4, says: ["SHA1"] });
  });

  it("a weak key", async () => {
    const key = makeKey("small", { at: SIGNED_AT, type: "rsa1024" });
    lab.pacman.trust(key);
    await swapRepository(lab, { packageKey: key });
    await expectPacmanCaught(lab, { code: "weak-key", exit: 4, says: ["1024 bits"] });
  });

  it("a revoked key, whatever policy would allow", async () => {
    const key = makeKey("revoked", { at: SIGNED_AT });
    await swapRepository(lab, { packageKey: key });
    lab.pacman.repos.gpg.revoke(key, day(9));
    lab.pacman.trust(key);
    const policy = join(lab.project, "policy.toml");
    writeFileSync(policy, 'version = 1\n[grade]\nminimum = "risk"\n[signatures]\nrequired = false\n');
    await expectPacmanCaught(lab, { code: "key-revoked", exit: 4, says: ["revoked"] });
    rmSync(policy);
  });

  it("a key that had expired before it signed", async () => {
    const key = makeKey("late", { at: SIGNED_AT });
    await swapRepository(lab, { packageKey: key, at: day(60) });
    lab.pacman.repos.gpg.gpg(day(2), ["--passphrase", "", "--quick-set-expire", key, "4d"]);
    lab.pacman.trust(key);
    await expectPacmanCaught(lab, { code: "signature-outside-key-life", exit: 4 });
  });

  it("a signature from the future", async () => {
    const key = makeKey("early", { at: SIGNED_AT });
    lab.pacman.trust(key);
    await swapRepository(lab, { packageKey: key, at: ago(-2) });
    await expectPacmanCaught(lab, { code: "signature-from-future", exit: 4 });
  });

  it("another byte in the store", async () => {
    await swapRepository(lab);
    const file = join(lab.pacman.repos.folder, "omgtest", filenameOf(BASE));
    const { sha256 } = await lab.pacman.repos.add(BASE);
    const folder = join(lab.pacman.root, "var/lib/omg/store/sha256", sha256.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    const bytes = readFileSync(file);
    bytes.fill(0x21, bytes.length - 1);
    const stored = join(folder, sha256.slice(2));
    writeFileSync(stored, bytes);
    await expectPacmanCaught(lab, { code: "hash-mismatch", exit: 4 });
    rmSync(stored);
  });
});

describe.runIf(HERE)("what policy does not let in, out of pacman's repositories", () => {
  let lab: PacmanOmgLab;
  beforeAll(async () => {
    lab = await createPacmanOmgLab({ packages: [CORE, TOOL, { ...BASE, version: "2.0-1", repo: "zother" }] });
    lab.want({ "omg-tool": "*" });
    await lab.expect(0, "lock");
  }, 60_000);
  afterEach(() => writePolicy(""));
  afterAll(async () => {
    await lab.expect(0, "apply", "--yes");
    await lab.dispose();
  });

  // The machine's own: of a repository's, one that asks for less would wait to be accepted.
  const writePolicy = (text: string) => {
    mkdirSync(join(lab.pacman.folder, "omg/config"), { recursive: true });
    writeFileSync(join(lab.pacman.folder, "omg/config/policy.toml"), `version = 1\n${text}`);
  };

  it.each([
    { what: "a banned name, in a dependency", policy: '[packages]\ndeny = ["omg-base"]', code: "packages.deny" },
    { what: "a banned license", policy: '[licenses]\ndeny = ["MIT"]', code: "licenses.deny" },
    { what: "a grade that nothing of pacman's reaches", policy: '[grade]\nminimum = "locked"', code: "grade.minimum" },
    {
      what: "provenance that nobody has, where it is required",
      policy: "[provenance]\nrequired = true",
      code: "provenance.required",
    },
  ])("$what", async ({ policy, code }) => {
    writePolicy(policy);
    await expectPacmanCaught(lab, { code, exit: 4, says: ["omg-base"] });
  });

  it("a version that is too young, by the day that its repository was signed; an unsigned one counts from today", async () => {
    await swapRepository(lab, { at: ago(1) }, "core");
    writePolicy("[age]\nminimum-days = 3");
    await expectPacmanCaught(lab, { code: "age.minimum-days", exit: 4, says: ["omg-base"] });
    lab.pacman.configure({ sigLevel: "Required DatabaseOptional" });
    rmSync(`${databaseOf(lab, "core")}.sig`);
    await expectPacmanCaught(lab, { code: "age.minimum-days", exit: 4, says: ["omg-base"] });
    lab.pacman.configure({ sigLevel: "Required DatabaseRequired" });
    await swapRepository(lab, {}, "core");
  });

  it("a version with a known hole, by Arch's tracker", async () => {
    const list = writeTrackerDump(join(lab.pacman.folder, "all.json"), [
      archGroup(7, ["omg-base"], { affected: "1.0-1", fixed: "1.1-1" }),
    ]);
    await lab.expect(0, "audit", "update", "--from", list);
    writePolicy('[vulnerabilities]\nmax-severity = "low"\n');
    await expectPacmanCaught(lab, { code: "vulnerabilities.max-severity", exit: 4, says: ["CVE-2026-10007", "1.1-1"] });
  });

  it("another repository's package of the same name, where the lock or the policy says whose it is", async () => {
    const before = lab.readLock();
    writePolicy('[origins]\nallow = ["zother"]');
    await expectPacmanCaught(lab, { code: "origins.allow", exit: 4, says: ["omg-base", "core"] });
    writePolicy("");
    lab.want({ "omg-base": { version: "2.*", from: "core" } });
    expect((await lab.expect(1, "lock")).stderr).toContain("omg-base");
    writeFileSync(join(lab.project, "omg.lock"), before);
  });
});
