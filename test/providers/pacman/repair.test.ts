import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "../../../host/execute.ts";
import { incompleteAmong } from "../../../providers/pacman/act/incomplete.ts";
import { repairOperations } from "../../../providers/pacman/act/repair.ts";
import { createPacmanProvider, detect } from "../../../providers/pacman/index.ts";
import { readPacmanConfig } from "../../../providers/pacman/machine/config.ts";
import { readState } from "../../../providers/pacman/machine/observe.ts";
import { sourcesOf } from "../../../providers/pacman/sync/databases.ts";
import { openMarket } from "../../../providers/pacman/sync/market.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Attributes } from "../../../schema/model/resource.ts";
import type { Step } from "../../../schema/model/transaction.ts";
import { needs } from "../../support/needs.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../../support/pacman-lab.ts";

const RECORDS = { artifact: () => undefined, stored: () => false };

describe.runIf(needs(...PACMAN_NEEDS))("pacman after a run that was cut off", () => {
  let lab: PacmanLab;
  beforeAll(async () => {
    lab = await createPacmanLab();
  });
  afterAll(() => lab.dispose());

  const database = () => join(lab.root, "var/lib/pacman");
  const workspace = () => join(lab.root, "var/lib/omg/run");
  const offer = async (name: string): Promise<Artifact> => {
    const config = readPacmanConfig(lab.config);
    expect(sourcesOf(config)).toHaveLength(1);
    const [found] = (await openMarket(config, RECORDS)).offers(name);
    if (found === undefined) throw new Error(`${name} is not offered`);
    return found;
  };
  const step = (name: string, before: Attributes | null, after: Attributes | null): Step => ({
    address: `pacman.${name}`,
    provider: "pacman",
    name,
    kind: "install",
    cause: "lock",
    before,
    after,
    undo: { possible: true },
  });
  const repair = async (steps: readonly Step[], artifacts: readonly Artifact[]) => {
    const transaction = { provider: "pacman", steps, artifacts, problems: [], notes: [] };
    const state = readState(readPacmanConfig(lab.config));
    const operations = await repairOperations({ state, transaction, workspace: workspace() });
    const folder = join(lab.repos.folder, "omgtest");
    const objectPath = (sha256: string) => join(folder, artifacts.find((one) => one.sha256 === sha256)?.filename ?? "");
    rmSync(workspace(), { recursive: true, force: true });
    for (const operation of operations) await execute(operation, { objectPath, onOutput: () => undefined });
    return operations;
  };

  it("a stub whose files are half there is installed anew over them, with its reason, and the lock goes", async () => {
    await lab.pacmanOk("-S", "omg-script");
    const stub = join(database(), "local/omg-app-2.0-1");
    mkdirSync(stub);
    writeFileSync(join(stub, "mtree"), "");
    writeFileSync(join(database(), "db.lck"), "");
    mkdirSync(join(lab.root, "usr/bin"), { recursive: true });
    writeFileSync(join(lab.root, "usr/bin/omg-app"), "half");
    await lab.pacman("-R", "omg-script");
    const steps = [
      step("omg-app", null, { version: "2.0-1", auto: true }),
      step("omg-script", { version: "1.0-1", auto: true }, { version: "1:0.9-1", auto: true }),
    ];
    await repair(steps, [await offer("omg-app")]);
    expect(existsSync(join(database(), "db.lck"))).toBe(false);
    expect(await lab.installed("-d")).toEqual({ "omg-app": "2.0-1", "omg-script": "1.0-1" });
    expect(readFileSync(join(lab.root, "usr/bin/omg-app"), "utf8")).toContain("echo omg-app 2.0");
    expect((await lab.pacman("-Qk", "omg-app")).code).toBe(0);
  });

  it("what pacman calls installed without its files is installed anew: a full disk leaves that behind", async () => {
    await lab.pacmanOk("-S", "omg-ga");
    rmSync(join(lab.root, "usr/share/omg-ga/version"));
    expect((await lab.pacman("-Qk", "omg-ga")).code).toBe(1);
    await repair([step("omg-ga", null, { version: "1.0-1", auto: false })], [await offer("omg-ga")]);
    expect((await lab.pacman("-Qk", "omg-ga")).code).toBe(0);
  });

  it("so is what has the right size and other bytes; not what pacman.conf leaves out, or a person may change", async () => {
    const incomplete = () =>
      incompleteAmong([step("omg-app", null, { version: "2.0-1" })], readState(readPacmanConfig(lab.config)));
    await lab.pacmanOk("-S", "--overwrite", "*", "omg-app");
    writeFileSync(join(lab.root, "etc/omg-app.conf"), "mine\n");
    expect(await incomplete()).toEqual([]);
    const program = join(lab.root, "usr/bin/omg-app");
    writeFileSync(program, Buffer.alloc(readFileSync(program).length));
    expect((await lab.pacman("-Qk", "omg-app")).code).toBe(0);
    expect(await incomplete()).toEqual(["omg-app"]);
    lab.configure({ options: "NoExtract = usr/bin/* !usr/bin/omg-*" });
    expect(await incomplete()).toEqual(["omg-app"]);
    lab.configure({ options: "NoExtract = usr/bin/*" });
    expect(await incomplete()).toEqual([]);
    lab.configure({ options: "" });
  });

  it("a package that has no files is whole without any, and not without the list of what it has", async () => {
    await lab.offer([{ name: "omg-meta", version: "1.0-1", bare: true }]);
    await lab.pacmanOk("-Sy", "omg-meta");
    const incomplete = () =>
      incompleteAmong([step("omg-meta", null, { version: "1.0-1" })], readState(readPacmanConfig(lab.config)));
    expect(await incomplete()).toEqual([]);
    writeFileSync(join(database(), "local/omg-meta-1.0-1/mtree"), "");
    expect(await incomplete()).toEqual(["omg-meta"]);
    await lab.pacmanOk("-R", "omg-meta");
    await lab.pacmanOk("-S", "omg-ga");
    writeFileSync(join(database(), "local/omg-ga-1.0-1/files"), "");
    const state = readState(readPacmanConfig(lab.config));
    expect(await incompleteAmong([step("omg-ga", null, { version: "1.0-1" })], state)).toEqual(["omg-ga"]);
    await lab.pacmanOk("-S", "--overwrite", "*", "omg-ga");
  });

  it("what somebody else left half done stays: only the lock that nobody holds goes", async () => {
    const stub = join(database(), "local/omg-theirs-1.0-1");
    mkdirSync(stub);
    writeFileSync(join(database(), "db.lck"), "");
    const state = readState(readPacmanConfig(lab.config));
    const operations = await repairOperations({ state, workspace: workspace() });
    expect(operations).toMatchObject([{ type: "remove", path: join(database(), "db.lck") }]);
    rmSync(stub, { recursive: true });
    rmSync(join(database(), "db.lck"));
  });

  it("is there where root points at its configuration, or where packages are installed with it", async () => {
    expect(detect({ config: lab.config })).toEqual({ available: true });
    // This machine has pacman for these tests alone.
    if (existsSync("/usr/bin/apt-get")) expect(detect({})).toMatchObject({ available: false });
  });

  it("has another fingerprint when its configuration or what is offered changes", async () => {
    const provider = createPacmanProvider({ config: lab.config, databases: `${lab.folder}/own/` });
    const before = await provider.fingerprint();
    expect(await provider.fingerprint()).toBe(before);
    lab.configure({ options: "NoExtract = usr/share/doc/*" });
    const configured = await provider.fingerprint();
    expect(configured).not.toBe(before);
    await lab.offer([{ name: "omg-base", version: "1.1-1" }]);
    await lab.pacmanOk("-Sy");
    expect(await provider.fingerprint()).not.toBe(configured);
  });
});
