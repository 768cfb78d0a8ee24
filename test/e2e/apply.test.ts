import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

// The whole way with the real apt and dpkg in an isolated root. What is there is always read with dpkg's and apt's own tools.
describe.runIf(needs("apt-utils", "gpg", "root"))("from a lock to a changed machine", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    await lab.apt.aptOk("install", "omg-base", "omg-epoch=0.9");
  });
  afterAll(() => lab.dispose());

  const versions = async () =>
    Object.fromEntries(
      [...(await lab.apt.installed())].map(([name, { version, status }]) => [name, `${version} ${status}`]),
    );

  it("captures the machine, which is then in sync", async () => {
    await lab.expect(0, "env", "capture");
    expect(lab.readLock()).toMatch(/omg-base: .*"?1\.0"?, sha256: [0-9a-f]{64}/);
    await lab.expect(0, "check");
    await lab.expect(0, "check", "--locked");
  });

  it("plans an edited line exactly, and changes nothing", async () => {
    lab.wantPackages({ "omg-base": "*", "omg-epoch": "*", "omg-app": "2.0" });
    const before = lab.apt.snapshot();
    const { stdout } = await lab.expect(0, "plan", "--json");
    const plan = JSON.parse(stdout);
    const steps = plan.resource_changes
      .map(
        (change: { address: string; change: { actions: string[]; after: { version: string } } }) =>
          `${change.change.actions.join("+")} ${change.address} ${change.change.after.version}`,
      )
      .sort();
    expect(steps).toEqual(["create apt.omg-app 2.0", "create apt.omg-extra 1.0", "create apt.omg-lib 1.1"]);
    await lab.expect(2, "plan", "--detailed-exitcode");
    expect(lab.apt.snapshot()).toBe(before);
    expect(existsSync(join(lab.apt.folder, "omg/data/audit/audit.jsonl"))).toBe(false);
  });

  it("needs consent, and without anybody to ask says so", async () => {
    const { stderr } = await lab.expect(9, "apply");
    expect(stderr).toContain("--yes");
  });

  it("applies it, with dependencies marked as such, and then has nothing to do", async () => {
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toEqual({
      "omg-base": "1.0 ii",
      "omg-epoch": "0.9 ii",
      "omg-app": "2.0 ii",
      "omg-extra": "1.0 ii",
      "omg-lib": "1.1 ii",
    });
    expect(await lab.apt.marks()).toMatchObject({
      manual: ["omg-app", "omg-base", "omg-epoch"],
      auto: ["omg-extra", "omg-lib"],
    });
    await lab.expect(0, "check");
    const before = lab.apt.snapshot();
    expect((await lab.expect(0, "apply", "--yes")).stdout).toMatch(/nothing|in sync/i);
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("pins what it found, and --locked is content", async () => {
    await lab.expect(3, "plan", "--locked");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-lib: .*auto: true/);
    await lab.expect(0, "plan", "--locked");
    await lab.expect(0, "check");
  });

  it("notices drift by hand, and repairs it", async () => {
    await lab.apt.aptOk("remove", "omg-app");
    const { stdout } = await lab.expect(2, "check");
    expect(stdout).toContain("omg-app");
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toMatchObject({ "omg-app": "2.0 ii" });
    await lab.expect(0, "check");
  });

  it("upgrades by an edited line, keeps the way back, and goes it", async () => {
    await lab.expect(0, "apply", "--yes");
    const before = await versions();
    const marks = await lab.apt.marks();
    lab.wantPackages({ "omg-base": "*", "omg-epoch": "1:0.5", "omg-app": { version: "2.1", hold: true } });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toMatchObject({ "omg-app": "2.1 hi", "omg-epoch": "1:0.5 ii" });
    lab.apt.withdraw("omg-app", "2.0");
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    await lab.expect(0, "rollback", "--yes");
    expect(await versions()).toEqual(before);
    expect(await lab.apt.marks()).toEqual(marks);
    await lab.expect(2, "check");
    expect(JSON.parse((await lab.expect(0, "status", "--json")).stdout)).toMatchObject({ state: "held" });
    const { stdout } = await lab.expect(7, "apply", "--yes", "--unless-held", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "held" } });
    expect(await versions()).toEqual(before);
  });

  it("shows its history, and its log is whole", async () => {
    const { stdout } = await lab.expect(0, "history", "--json");
    const history = JSON.parse(stdout);
    expect(history.entries.map((entry: { cause: string }) => entry.cause)).toEqual([
      "rollback",
      "apply",
      "apply",
      "apply",
      "baseline",
    ]);
    expect(history.log.system.broken).toBeUndefined();
  });

  it("removes only what it owns when a line leaves the lock", async () => {
    lab.wantPackages({ "omg-epoch": "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    const left = await versions();
    expect(left["omg-base"]).toBe("1.0 ii");
    expect(left["omg-app"]).toBe("2.0 rc");
    expect(left["omg-lib"]).toBeUndefined();
    await lab.expect(0, "check");
  });

  it("publishes a status that readers can trust", async () => {
    const { stdout } = await lab.expect(0, "status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      state: "in sync",
      total: [...(await lab.apt.installed()).values()].filter(({ status }) => status === "ii").length,
    });
    expect(readFileSync(join(lab.apt.folder, "omg/runtime/omg.status")).readUInt32LE(0)).toBe(0x4f4d4753);
  });

  it("writes the user's shell file, and takes it back", async () => {
    const own = join(lab.apt.folder, "omg/config/user");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "omg.lock"), "version: 1\nname: me\nenv: { EDITOR: nvim }\naliases: { ll: ls -alF }\n");
    await lab.expect(0, "apply", "--yes", "--lock", join(own, "omg.lock"), "--only", "shell");
    expect(readFileSync(join(lab.apt.folder, "omg/data/user/shell/env.sh"), "utf8")).toContain("EDITOR");
    await lab.expect(0, "check", "--lock", join(own, "omg.lock"), "--only", "shell");
    await lab.expect(0, "rollback", "user:0", "--yes");
    expect(existsSync(join(lab.apt.folder, "omg/data/user/shell/env.sh"))).toBe(false);
  });

  it("takes another root from config.toml, when root itself runs it", async () => {
    const config = join(lab.apt.folder, "omg/config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "config.toml"), `[apt]\nconfig = ${JSON.stringify(lab.apt.aptConf)}\n`);
    const named = [...(await lab.apt.installed())].filter(([, { status }]) => status === "ii").map(([name]) => name);
    const { stdout } = await lab.omg(["env", "capture", "--print"], { env: { APT_CONFIG: "" } });
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(stdout).toContain(`${name}: `);
    expect(stdout).not.toContain("libc6");
  });

  it("starts from a lock without pins on an empty machine as well", async () => {
    const fresh = await createOmgLab();
    try {
      fresh.writeLock(lockOf({ "omg-script": "1.0" }));
      await fresh.expect(0, "apply", "--yes");
      expect((await fresh.apt.installed()).get("omg-script")).toMatchObject({ version: "1.0", status: "ii" });
      await fresh.expect(0, "rollback", "--yes");
      expect((await fresh.apt.installed()).get("omg-script")?.status ?? "gone").toMatch(/gone|rc/);
    } finally {
      await fresh.dispose();
    }
  });
});
