import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { busyboxLinks, PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { filenameOf, type PacmanSpec } from "../support/pacman-package.ts";
import { SIGNED_AT } from "../support/pacman-repo.ts";

const BASE: PacmanSpec = { name: "omg-base", version: "1.0-1" };

// The gate with real signatures: what pacman would refuse, omg refuses before anything is begun, and says which way it fails.
describe.runIf(needs(...PACMAN_NEEDS))("what is not vouched for is not installed", () => {
  let lab: PacmanOmgLab;
  beforeEach(async () => {
    lab = await createPacmanOmgLab({ packages: [BASE] });
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "lock");
  });
  afterEach(() => lab.dispose());

  const published = () => join(lab.pacman.repos.folder, "omgtest", filenameOf(BASE));
  const synced = () => join(lab.pacman.root, "var/lib/pacman/sync/omgtest.db");
  const codes = async (): Promise<readonly string[]> => {
    const { stdout } = await lab.omg(["plan", "--json"]);
    const { omg } = JSON.parse(stdout);
    return omg.verdict.judgements.flatMap(({ evidence }: { evidence: { check: string; code: string }[] }) =>
      evidence.filter(({ check }) => check === "signature").map(({ code }) => code),
    );
  };
  const refused = async (words: string) => {
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain(words);
    expect(await lab.pacman.installed()).toEqual({});
  };
  /** The repository anew, and pacman's copy of it with it, whether pacman would have taken it or not. */
  const swap = async (as: Parameters<PacmanOmgLab["pacman"]["repos"]["publish"]>[1]) => {
    await lab.pacman.repos.publish("omgtest", as);
    for (const ending of ["", ...(as?.databaseKey === null ? [] : [".sig"])])
      copyFileSync(join(lab.pacman.repos.folder, `omgtest/omgtest.db${ending}`), synced() + ending);
  };

  it("plans what will be signed by a trusted key as verified, and installs it", async () => {
    expect(await codes()).toEqual(["bytes-not-here"]);
    const { omg } = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    expect(omg.verdict.judgements[0].grade).toBe("verified");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("a package with other bytes", async () => {
    const bytes = readFileSync(published());
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(published(), bytes);
    await refused("omg-base");
  });

  it("a package signed by a key that pacman does not know, one that nobody vouched for, and an expired one", async () => {
    const { gpg } = lab.pacman.repos;
    const stranger = gpg.makeKey("stranger", { at: SIGNED_AT });
    await swap({ packageKey: stranger });
    expect(await codes()).toEqual(["key-unknown"]);
    await refused("none of the keys that may sign");
    lab.pacman.trust(stranger, "known");
    expect(await codes()).toEqual(["key-untrusted"]);
    await refused("vouch for it count 0, and 3 are needed");
    const old = gpg.makeKey("old", { at: SIGNED_AT, expire: "30d" });
    lab.pacman.trust(old);
    await swap({ packageKey: old });
    expect(await codes()).toEqual(["key-expired"]);
    await refused("expired on 2026-01-31");
  });

  it("a signature of other bytes", async () => {
    const other = await lab.pacman.repos.copyTo(join(lab.pacman.folder, "other"), { ...BASE, build: "other" });
    copyFileSync(`${other}.sig`, `${published()}.sig`);
    const { repos, root } = lab.pacman;
    const database = join(repos.folder, "omgtest/omgtest.db.tar.gz");
    execFileSync("repo-add", ["--quiet", database, published()], { stdio: "ignore" });
    repos.gpg.detach(database, `${database}.sig`, { keys: [repos.key], at: SIGNED_AT }, "binary");
    copyFileSync(database, join(root, "var/lib/pacman/sync/omgtest.db"));
    copyFileSync(`${database}.sig`, join(root, "var/lib/pacman/sync/omgtest.db.sig"));
    await refused("does not fit");
  });

  it("an unsigned package, unless pacman.conf allows it; and then only where policy does", async () => {
    await swap({ packageKey: null });
    expect(await codes()).toEqual(["signature-missing"]);
    await refused("PackageRequired");
    lab.pacman.configure({ sigLevel: "PackageOptional DatabaseNever" });
    expect(await codes()).toEqual(["unsigned"]);
    writeFileSync(join(lab.project, "policy.toml"), "version = 1\n[signatures]\nrequired = true\n");
    await refused("signatures.required");
    writeFileSync(join(lab.project, "policy.toml"), "version = 1\n");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("a package that only a signed database vouches for is installed", async () => {
    await swap({ packageKey: null });
    lab.pacman.configure({ sigLevel: "PackageOptional DatabaseRequired" });
    expect(await codes()).toEqual(["signature-valid"]);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("a database with other bytes, with a stranger's signature, and without one", async () => {
    const bytes = readFileSync(synced());
    writeFileSync(synced(), Buffer.concat([bytes, Buffer.alloc(512)]));
    expect(await codes()).toEqual(["signature-bad"]);
    await refused("does not fit");
    await swap({ databaseKey: lab.pacman.repos.gpg.makeKey("mallory", { at: SIGNED_AT }) });
    expect(await codes()).toEqual(["key-unknown"]);
    await refused("none of the keys that may sign");
    await swap({ databaseKey: null });
    rmSync(`${synced()}.sig`, { force: true });
    expect(await codes()).toEqual(["database-unsigned"]);
    await refused("DatabaseRequired");
  });

  it("bytes that change between pacman's own check and their use", async () => {
    // Runs before omg's own hooks, in the machine's own folder of hooks, where only root can put one.
    const hooks = join(lab.pacman.root, "etc/pacman.d/hooks");
    mkdirSync(hooks, { recursive: true });
    const swapFile =
      '/bin/sh -c \'for f in /var/lib/omg/state/run/pacman/install/packages/*.zst; do cp /bin/sh /tmp/x; rm "$f"; mv /tmp/x "$f"; done\'';
    writeFileSync(
      join(hooks, "!first.hook"),
      `[Trigger]\nOperation = Install\nType = Package\nTarget = *\n\n[Action]\nWhen = PreTransaction\nExec = ${swapFile}\n`,
    );
    busyboxLinks(lab.pacman.root, ["cp", "rm", "mv"]);
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain("is not what was verified");
    expect(await lab.pacman.installed()).toEqual({});
  });
});
