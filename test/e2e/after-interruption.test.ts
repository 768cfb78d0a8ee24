import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const HERE = needs("apt-utils", "gpg", "root");
/** Everything is done, and nothing of it recorded. */
const UNRECORDED = { env: { OMG_FAILPOINT: "record.before-generation" } };
const BAD = [
  { name: "bad", version: "1", fields: { Depends: "baddep" }, scripts: { postinst: "false" } },
  { name: "baddep", version: "1" },
  { name: "good", version: "1" },
];

// What a command does that finds an apply cut off or broken off: the real apt in an isolated root.
describe.runIf(HERE)("after an apply that was cut off", () => {
  let lab: OmgLab;
  afterEach(() => lab.dispose());

  const installed = async () =>
    [...(await lab.apt.installed())].flatMap(([name, { status }]) => (status === "ii" ? [name] : [])).sort();
  const owned = () => {
    const folder = join(lab.apt.folder, "omg/state/base");
    return readdirSync(folder).flatMap((name) =>
      Object.keys((JSON.parse(readFileSync(join(folder, name), "utf8")) as { owned: object }).owned).sort(),
    );
  };

  it("what is adopted before the next apply stays adopted", async () => {
    lab = await createOmgLab();
    await lab.apt.aptOk("install", "omg-base");
    lab.writeLock(lockOf({ "omg-base": "*", "omg-epoch": "*" }));
    expect((await lab.omg(["apply", "--yes"], UNRECORDED)).signal).toBe("SIGKILL");
    await lab.expect(0, "adopt", "omg-base");
    expect(owned()).toEqual(["apt.omg-base", "apt.omg-epoch"]);
    await lab.expect(0, "apply", "--yes");
    expect(owned()).toEqual(["apt.omg-base", "apt.omg-epoch"]);
  });

  it("a rollback undoes that one and no more", async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-base": "*" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-base": "*", "omg-app": "2.0" }));
    expect((await lab.omg(["apply", "--yes"], UNRECORDED)).signal).toBe("SIGKILL");
    const shown = await lab.expect(0, "rollback", "--dry-run", "--json");
    expect(JSON.parse(shown.stdout).plan.omg.goal).toMatchObject({ number: 1 });
    await lab.expect(0, "rollback", "--yes");
    expect(await installed()).toEqual(["omg-base"]);
    const history = JSON.parse((await lab.expect(0, "history", "--json")).stdout);
    expect(history.entries.map((entry: { cause: string }) => entry.cause)).toEqual([
      "rollback",
      "apply",
      "apply",
      "baseline",
    ]);
  });

  it("a run that ends without consent says what it did change", async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-base": "*" }));
    expect((await lab.omg(["apply", "--yes"], UNRECORDED)).signal).toBe("SIGKILL");
    lab.writeLock(lockOf({ "omg-base": "*", "omg-epoch": "*" }));
    const { stderr } = await lab.expect(9, "apply");
    expect(stderr).toMatch(/Nothing was changed beyond the recovery named above/i);
    expect((await lab.expect(9, "apply")).stderr).toMatch(/Nothing was changed\./i);
  });

  it("of which nothing was done, a rollback counts it as none", async () => {
    lab = await createOmgLab({ packages: BAD });
    lab.writeLock(lockOf({ good: "*" }));
    await lab.expect(0, "apply", "--yes");
    const conf = readFileSync(lab.apt.aptConf, "utf8");
    writeFileSync(lab.apt.aptConf, `${conf}\nDPkg::Pre-Invoke { "false"; };\n`);
    lab.writeLock(lockOf({ good: "*", baddep: "*" }));
    await lab.expect(1, "apply", "--yes");
    writeFileSync(lab.apt.aptConf, conf);
    await lab.expect(0, "rollback", "--yes");
    expect(await installed()).toEqual([]);
  });

  it("of which a part was done, a rollback goes back to the last good generation, the first one too", async () => {
    lab = await createOmgLab({ packages: BAD });
    lab.writeLock(lockOf({ bad: "*" }));
    await lab.expect(6, "apply", "--yes");
    await lab.expect(0, "rollback", "--yes");
    expect(await installed()).toEqual([]);
    lab.writeLock(lockOf({ good: "*" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ good: "*", bad: "*" }));
    await lab.expect(6, "apply", "--yes");
    await lab.expect(0, "rollback", "--yes");
    expect(await installed()).toEqual(["good"]);
  });

  it("of which a script fails again and again, the next one says what it said, and goes on once that is mended", async () => {
    lab = await createOmgLab({ packages: [...BAD, { name: "other", version: "1" }] });
    lab.writeLock(lockOf({ bad: "*" }));
    await lab.expect(6, "apply", "--yes");
    const again = await lab.expect(1, "apply", "--yes");
    expect(again.stderr).toMatch(/bad package post-installation script .* exit status 1/);
    expect(again.stderr).toMatch(/take the package out of the lock/);
    expect(await installed()).toEqual(["baddep"]);
    writeFileSync(join(lab.apt.root, "var/lib/dpkg/info/bad.postinst"), "#!/bin/sh\ntrue\n");
    lab.writeLock(lockOf({ bad: "*", other: "*" }));
    await lab.expect(0, "apply", "--yes");
    expect(await installed()).toEqual(["bad", "baddep", "other"]);
    expect(owned()).toEqual(["apt.bad", "apt.baddep", "apt.other"]);
    await lab.expect(0, "check");
  });
});
