import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FaultServer } from "../support/fault-server.ts";
import { needs } from "../support/needs.ts";
import { databaseOf, expectPacmanCaught, swapRepository } from "../support/pacman-cheat.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { filenameOf, type PacmanSpec } from "../support/pacman-package.ts";
import { SIGNED_AT } from "../support/pacman-repo.ts";
import { words } from "../support/refusal.ts";

const tool = (version: string, more: Partial<PacmanSpec> = {}): PacmanSpec => ({ name: "omg-tool", version, ...more });
const BASE: PacmanSpec = { name: "omg-base", version: "1.0-1" };
const EVIL: PacmanSpec = { name: "omg-evil", version: "6.6-1" };
const UNSIGNED = "Required DatabaseOptional";
const later = (days: number) => new Date(SIGNED_AT.getTime() + days * 86_400_000);

// The attacks that The Update Framework lists (its specification, section 1.5.2), by a mirror that pacman really asks:
// docs/security.md has them as a table.
describe.runIf(needs(...PACMAN_NEEDS))("a mirror of pacman that attacks, against omg update and omg apply", () => {
  let lab: PacmanOmgLab;
  let mirror: FaultServer;
  beforeEach(async () => {
    lab = await createPacmanOmgLab({ packages: [BASE, tool("1.0-1"), EVIL] });
    mirror = await lab.pacman.serve();
    await lab.pacman.pacmanOk("-Sy");
    lab.want({ "omg-tool": "*" });
    await lab.expect(0, "lock");
  });
  afterEach(() => lab.dispose());

  const repository = () => join(lab.pacman.repos.folder, "omgtest");
  const own = () => join(lab.pacman.root, "var/cache/omg/pacman/sync/omgtest.db");

  /** `omg update` fetches the databases, cannot, and leaves the lock and pacman's own databases as they were. */
  async function refusedUpdate(...says: (string | RegExp)[]): Promise<void> {
    const before = [lab.readLock(), readFileSync(databaseOf(lab))];
    const { stderr } = await lab.expect(8, "update", "--yes");
    for (const piece of says) expect(words(stderr)).toMatch(piece);
    expect([lab.readLock(), readFileSync(databaseOf(lab))]).toEqual(before);
    expect(await lab.pacman.installed()).toEqual({});
  }

  /** The repository's files as they are now, to be served again later. */
  function keepState(): () => void {
    const kept = join(lab.pacman.folder, `kept-${Math.random()}`);
    cpSync(repository(), kept, { recursive: true, verbatimSymlinks: true });
    return () => {
      rmSync(repository(), { recursive: true });
      cpSync(kept, repository(), { recursive: true, verbatimSymlinks: true });
    };
  }

  /** The database of the repository with other descriptions in it: by itself, what a mirror can do to one that nobody signs. */
  function forge(edit: (desc: string) => string, name = "omg-tool-1.0-1"): void {
    const tree = join(lab.pacman.folder, "forged");
    mkdirSync(tree, { recursive: true });
    const database = join(repository(), "omgtest.db.tar.gz");
    execFileSync("bsdtar", ["-xf", database, "-C", tree]);
    const desc = join(tree, name, "desc");
    const text = edit(readFileSync(desc, "utf8"));
    writeFileSync(desc, text);
    const [, version = ""] = /%VERSION%\n(.*)/.exec(text) ?? [];
    if (version !== "1.0-1") {
      cpSync(join(tree, name), join(tree, `omg-tool-${version}`), { recursive: true });
      rmSync(join(tree, name), { recursive: true });
    }
    execFileSync("bsdtar", ["-czf", database, "-C", tree, ...readdirSync(tree)]);
    rmSync(tree, { recursive: true });
  }

  /** As Arch's own repositories are: packages signed, databases not. */
  async function unsignedDatabases(): Promise<void> {
    lab.pacman.configure({ sigLevel: UNSIGNED });
    await lab.pacman.repos.publish("omgtest", { databaseKey: null });
    rmSync(`${databaseOf(lab)}.sig`, { force: true });
  }

  const description = (spec: PacmanSpec): string => {
    const database = join(repository(), "omgtest.db.tar.gz");
    return execFileSync("bsdtar", ["-xOf", database, `${spec.name}-${spec.version}/desc`], { encoding: "utf8" });
  };

  it("arbitrary software: a database that the mirror signed itself, and one that nobody did", async () => {
    const { repos } = lab.pacman;
    const mallory = repos.gpg.makeKey("mallory", { at: SIGNED_AT });
    await repos.publish("omgtest", { databaseKey: mallory });
    await refusedUpdate(/is unknown|invalid or corrupted/);
    await repos.publish("omgtest", { databaseKey: null });
    await refusedUpdate(/missing required signature|failed/);
  });

  it("arbitrary software: packages that the mirror signed itself", async () => {
    await unsignedDatabases();
    const mallory = lab.pacman.repos.gpg.makeKey("mallory", { at: SIGNED_AT });
    await swapRepository(lab, { packageKey: mallory, databaseKey: null });
    await expectPacmanCaught(lab, { code: "key-unknown", exit: 4 });
  });

  it("rollback: a signed database older than one that was verified", async () => {
    const old = keepState();
    await lab.pacman.repos.add(tool("2.0-1"));
    await lab.pacman.repos.publish("omgtest", { at: later(9) });
    await lab.expect(0, "update", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-tool": "2.0-1" });
    old();
    lab.want({ "omg-tool": "*", "omg-base": "*" });
    // pacman itself takes it.
    await lab.pacman.pacmanOk("-Syy");
    rmSync(own());
    await lab.expect(0, "lock");
    await expectPacmanCaught(lab, {
      code: "release-older",
      exit: 4,
      says: ["old state of the archive", "releases.json"],
    });
    await lab.pacman.repos.publish("omgtest", { at: later(10) });
    await lab.expect(0, "update", "--yes");
    expect(await lab.pacman.installed()).toMatchObject({ "omg-base": "1.0-1" });
  });

  it("rollback: of databases that nobody signs, by a package that went back", async () => {
    await unsignedDatabases();
    const old = keepState();
    await lab.pacman.repos.add(tool("2.0-1"));
    await lab.pacman.repos.publish("omgtest", { databaseKey: null });
    await lab.expect(0, "update", "--yes");
    old();
    lab.want({ "omg-tool": "*", "omg-base": "*" });
    const { stderr } = await lab.expect(4, "update", "--yes");
    expect(words(stderr)).toMatch(
      /lists omg-tool 1\.0-1, and omg-tool 2\.0-1 of this repository was verified here before/,
    );
    expect(await lab.pacman.installed()).toEqual({ "omg-tool": "2.0-1" });
    // A package may go, and another one be the newest.
    lab.pacman.repos.withdraw("omg-tool");
    await lab.pacman.repos.publish("omgtest", { databaseKey: null });
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "update", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("indefinite freeze: nothing says how long a database may stand, and the policy does", async () => {
    writeFileSync(join(lab.project, "policy.toml"), "version = 1\n[indexes]\nmax-age = 30\n");
    await expectPacmanCaught(lab, { code: "indexes.max-age", exit: 4, says: ["archive of 2026-01-01"] });
    await unsignedDatabases();
    await lab.pacman.pacmanOk("-Syy");
    await expectPacmanCaught(lab, { code: "indexes.max-age", exit: 4, says: ["archive of 2023-11-14"] });
    await swapRepository(lab, { at: new Date() });
    lab.pacman.configure({ sigLevel: "Required DatabaseRequired" });
    await lab.expect(0, "apply", "--yes");
  });

  it("endless data: a database that never ends", async () => {
    mirror.fail({ match: /omgtest\.db$/, kind: "endless" });
    await refusedUpdate("Not every source of pacman could be read", "SIGXFSZ");
  });

  it("endless data: a package that never ends", async () => {
    mirror.fail({ match: /omg-tool-/, kind: "endless" });
    await expectPacmanCaught(lab, { code: "artifact-mismatch", exit: 4, says: [/more than \d+ bytes came/] });
  });

  it("slow retrieval: a database that trickles", async () => {
    const config = join(lab.pacman.folder, "omg/config/config.toml");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "[pacman]\nrefresh-limit = 3\n");
    mirror.fail({ match: /omgtest\.db$/, kind: "trickle" });
    await refusedUpdate("came too slowly", "3 seconds", "--no-refresh");
    mirror.fail();
    await lab.expect(0, "update", "--yes");
  });

  it("extraneous dependencies: one more in a signed database", async () => {
    forge((desc) => `${desc}%DEPENDS%\nomg-evil\n\n`);
    copyFileSync(join(repository(), "omgtest.db.tar.gz"), databaseOf(lab));
    await expectPacmanCaught(lab, { code: "signature-bad", exit: 4 });
  });

  it("extraneous dependencies: in one that nobody signs, it stands in the plan, and policy says what may come", async () => {
    await unsignedDatabases();
    forge((desc) => `${desc}%DEPENDS%\nomg-evil\n\n`);
    await lab.pacman.pacmanOk("-Syy");
    expect(await lab.plan()).toEqual(["install omg-evil 6.6-1", "install omg-tool 1.0-1"]);
    writeFileSync(join(lab.project, "policy.toml"), 'version = 1\n[packages]\nallow = ["omg-tool"]\n');
    await expectPacmanCaught(lab, { code: "packages.allow", exit: 4, says: ["omg-evil"] });
  });

  it("mix and match: one repository of yesterday beside another one of today", async () => {
    const second = { name: "omg-second", version: "1.0-1", repo: "omgtwo" };
    const stale = ["", ".sig"].map((ending) => [`${databaseOf(lab, "omgtwo")}${ending}`, `omgtwo/omgtwo.db${ending}`]);
    await lab.pacman.offer([{ ...second, name: "omg-other" }, second], { at: later(1) });
    const yesterday = stale.map(([, served = ""]) => readFileSync(join(lab.pacman.repos.folder, served)));
    await lab.pacman.offer([{ ...second, name: "omg-other", version: "2.0-1" }], { at: later(2) });
    lab.want({ "omg-other": "*" });
    await lab.expect(0, "update", "--yes");
    await lab.pacman.offer([tool("3.0-1")], { at: later(3) });
    await lab.pacman.pacmanOk("-Syy");
    for (const [index, [to = ""]] of stale.entries()) writeFileSync(to, yesterday[index] ?? "");
    rmSync(dirname(own()), { recursive: true });
    lab.want({ "omg-second": "*", "omg-tool": "3.*" });
    await lab.expect(0, "lock");
    await expectPacmanCaught(lab, { code: "release-older", exit: 4, says: ["omgtwo.db"] });
  });

  it("wrong software: another package of the same repository under the name", async () => {
    for (const ending of ["", ".sig"])
      copyFileSync(
        join(repository(), filenameOf(EVIL) + ending),
        join(repository(), filenameOf(tool("1.0-1")) + ending),
      );
    await expectPacmanCaught(lab, { code: "artifact-mismatch", exit: 4 });
  });

  it("wrong software: a signed package under another one's name, in a database that nobody signs", async () => {
    await unsignedDatabases();
    const evil = description(EVIL)
      .replace("%NAME%\nomg-evil", "%NAME%\nomg-tool")
      .replace("6.6-1\n\n%DESC", "1.0-1\n\n%DESC");
    forge(() => evil);
    await lab.pacman.pacmanOk("-Syy");
    lab.want({ "omg-tool": "*" });
    rmSync(join(lab.project, "omg.lock"));
    lab.want({ "omg-tool": "*" });
    await lab.expect(0, "lock");
    await expectPacmanCaught(lab, { code: "artifact-mislabeled", exit: 4 });
  });

  it("wrong software: an old signed package under a new version, in a database that nobody signs", async () => {
    await unsignedDatabases();
    forge((desc) => desc.replace("%VERSION%\n1.0-1", "%VERSION%\n9.9-1"));
    await lab.pacman.pacmanOk("-Syy");
    lab.want({ "omg-tool": "9.*" });
    await lab.expect(0, "lock");
    await expectPacmanCaught(lab, { code: "artifact-mislabeled", exit: 4 });
  });

  it("key compromise: revoked by its owner, the key counts for nothing it ever signed", async () => {
    const { gpg } = lab.pacman.repos;
    const stolen = gpg.makeKey("stolen", { at: SIGNED_AT });
    lab.pacman.trust(stolen);
    await swapRepository(lab, { packageKey: stolen });
    await lab.expect(0, "plan");
    gpg.revoke(stolen, later(30));
    lab.pacman.trust(stolen);
    await expectPacmanCaught(lab, { code: "key-revoked", exit: 4 });
  });

  it("key compromise: taken back by the keyring's makers, whoever vouched for it", async () => {
    const stolen = lab.pacman.repos.gpg.makeKey("stolen", { at: SIGNED_AT });
    lab.pacman.trust(stolen);
    await swapRepository(lab, { packageKey: stolen });
    // As pacman-key(8) --populate does with the keys of archlinux-revoked.
    const gpg = ["--homedir", lab.pacman.keyring, "--batch", "--quiet", "--edit-key", stolen, "disable", "quit"];
    execFileSync("gpg", gpg, { stdio: "ignore" });
    await expectPacmanCaught(lab, { code: "key-revoked", exit: 4 });
  });

  it("key compromise: a thief cannot put another build under a version that is pinned", async () => {
    await lab.pacman.repos.add(tool("1.0-1", { build: "by somebody else" }));
    await swapRepository(lab);
    await expectPacmanCaught(lab, { code: "lock-index-disagree", exit: 4, says: ["there is another one"] });
  });
});
