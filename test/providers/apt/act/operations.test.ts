import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operationsFor } from "../../../../providers/apt/act/operations.ts";
import { OmgError } from "../../../../schema/error.ts";
import type { Operation, Transaction } from "../../../../schema/model/transaction.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { type Bench, createBench } from "../../../support/apt-run.ts";
import { labArtifact, step, transaction } from "../../../support/apt-steps.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("operations, carried out by real apt and dpkg", () => {
  let lab: AptLab;
  let bench: Bench;
  beforeEach(async () => {
    lab = await createAptLab();
    bench = createBench(lab);
  }, 60_000);
  afterEach(() => lab.dispose());

  const artifact = (name: string, version: string) => labArtifact(lab, bench, name, version);

  const carryOut = (plan: Transaction, before?: (operation: Operation) => void) =>
    bench.run(operationsFor(plan, bench.workspace(), bench.program), before);

  const versions = async () =>
    Object.fromEntries(
      [...(await lab.installed())].map(([name, { status, version }]) => [name, `${status} ${version}`]),
    );

  test("installs with dependencies, upgrades, downgrades, reinstalls, removes and purges in one transaction, marks and holds included", async () => {
    await lab.aptOk("install", "omg-app=2.0", "omg-lib=1.0", "omg-epoch", "omg-eda", "omg-script=1.0");
    await lab.aptMark("hold", "omg-epoch");
    writeFileSync(`${lab.root}/etc/omg-app.conf`, "level=mine\n");
    const plan = transaction(
      [
        step(
          "upgrade",
          "omg-lib",
          { version: "1.0", auto: false, hold: false },
          { version: "1.1", auto: true, hold: false },
        ),
        step(
          "upgrade",
          "omg-app",
          { version: "2.0", auto: false, hold: false },
          { version: "2.1", auto: false, hold: true },
        ),
        step(
          "downgrade",
          "omg-epoch",
          { version: "1:0.5", auto: false, hold: true },
          { version: "0.9", auto: false, hold: true },
        ),
        step("remove", "omg-eda", { version: "1.0", auto: false, hold: false }, null),
        step("install", "omg-edb", null, { version: "1.0", auto: true, hold: false }),
        step("install", "omg-needs-editor", null, { version: "1.0", auto: false, hold: false }),
        step("install", "omg-g++", null, { version: "1.0", auto: false, hold: false }),
        step("purge", "omg-script", { version: "1.0", auto: false, hold: false }, null),
      ],
      [
        artifact("omg-lib", "1.1"),
        artifact("omg-app", "2.1"),
        artifact("omg-epoch", "0.9"),
        artifact("omg-edb", "1.0"),
        artifact("omg-needs-editor", "1.0"),
        artifact("omg-g++", "1.0"),
      ],
    );
    const lines = await carryOut(plan);
    expect(lines).toContain("Setting up omg-g++ (1.0) ...");
    expect(lines.filter((line) => line.startsWith("Err"))).toEqual([]);
    expect(await versions()).toEqual({
      "omg-app": "hi 2.1",
      "omg-base": "ii 1.0",
      "omg-edb": "ii 1.0",
      "omg-epoch": "hi 0.9",
      "omg-extra": "ii 1.0",
      "omg-g++": "ii 1.0",
      "omg-lib": "ii 1.1",
      "omg-needs-editor": "ii 1.0",
    });
    expect(await lab.marks()).toEqual({
      manual: ["omg-app", "omg-epoch", "omg-g++", "omg-needs-editor"],
      auto: ["omg-base", "omg-edb", "omg-extra", "omg-lib"],
      hold: ["omg-app", "omg-epoch"],
    });
    expect(readFileSync(`${lab.root}/etc/omg-app.conf`, "utf8")).toBe("level=mine\n");
    expect(readFileSync(`${lab.root}/var/log/omg-scripts`, "utf8")).toContain("postrm purge");
  });

  test("removal leaves the configuration, purge of what was removed before clears it", async () => {
    await lab.aptOk("install", "omg-app");
    await carryOut(transaction([step("remove", "omg-app", { version: "2.1" }, null)]));
    expect((await versions())["omg-app"]).toBe("rc 2.1");
    await carryOut(transaction([step("purge", "omg-app", null, null)]));
    expect((await versions())["omg-app"]).toBeUndefined();
  });

  test("a purge clears everything, whether anything is left of the package or not, alone and beside a mere removal", async () => {
    await lab.aptOk("install", "omg-app", "omg-script", "omg-epoch");
    const marks = { auto: false, hold: false };
    await carryOut(
      transaction([
        step("purge", "omg-app", { version: "2.1", ...marks }, null),
        step("purge", "omg-epoch", { version: "1:0.5", ...marks }, null),
      ]),
    );
    expect(Object.keys(await versions())).toEqual(["omg-base", "omg-extra", "omg-lib", "omg-script"]);
    await lab.aptOk("install", "omg-app", "omg-epoch");
    await carryOut(
      transaction([
        step("purge", "omg-app", { version: "2.1", ...marks }, null),
        step("purge", "omg-epoch", { version: "1:0.5", ...marks }, null),
        step("remove", "omg-script", { version: "1.1", ...marks }, null),
      ]),
    );
    expect(await versions()).toEqual({
      "omg-base": "ii 1.0",
      "omg-extra": "ii 1.0",
      "omg-lib": "ii 1.1",
      "omg-script": "rc 1.1",
    });
  });

  test("marks and holds change without any package changing", async () => {
    await lab.aptOk("install", "omg-app", "omg-epoch");
    await lab.aptMark("hold", "omg-epoch");
    await carryOut(
      transaction([
        step(
          "modify",
          "omg-base",
          { version: "1.0", auto: true, hold: false },
          { version: "1.0", auto: false, hold: true },
        ),
        step(
          "modify",
          "omg-epoch",
          { version: "1:0.5", auto: false, hold: true },
          { version: "1:0.5", auto: true, hold: false },
        ),
      ]),
    );
    expect(await lab.marks()).toEqual({
      manual: ["omg-app", "omg-base"],
      auto: ["omg-epoch", "omg-extra", "omg-lib"],
      hold: ["omg-base"],
    });
  });

  test("a reinstall puts the files back", async () => {
    await lab.aptOk("install", "omg-app", "omg-base");
    await lab.aptMark("auto", "omg-base");
    writeFileSync(`${lab.root}/usr/share/omg-base/version`, "damaged");
    const same = { version: "1.0", auto: true };
    await carryOut(transaction([step("reinstall", "omg-base", same, same)], [artifact("omg-base", "1.0")]));
    expect(readFileSync(`${lab.root}/usr/share/omg-base/version`, "utf8")).toContain("omg-base 1.0");
    expect((await lab.marks()).auto).toContain("omg-base");
  });

  /** Replaces what is about to be run by what an attacker, or a fault, made of it. */
  const beforeApt =
    (verb: string, act: (operation: Operation & { type: "exec" }) => void) => (operation: Operation) => {
      if (operation.type === "exec" && operation.args.includes(verb)) act(operation);
    };

  async function refused(plan: Transaction, before: (operation: Operation) => void): Promise<string> {
    const snapshot = lab.snapshot();
    const failure = await carryOut(plan, before).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OmgError);
    expect(lab.snapshot()).toBe(snapshot);
    return (failure as OmgError).details.join("\n");
  }

  const workspaceOf = (operation: Operation & { type: "exec" }) => (operation.args[1] ?? "").replace(/\/[^/]*$/, "");

  function planApp(): Transaction {
    return transaction(
      [
        step("install", "omg-app", null, { version: "2.1", auto: false }),
        step("install", "omg-lib", null, { version: "1.1", auto: true }),
        step("install", "omg-base", null, { version: "1.0", auto: true }),
      ],
      [artifact("omg-app", "2.1"), artifact("omg-lib", "1.1"), artifact("omg-base", "1.0")],
    );
  }

  test("a package file that is changed after verification is not installed", async () => {
    const plan = planApp();
    const object = bench.objectPath(plan.artifacts[0]?.sha256 ?? "");
    const swap = beforeApt("update", () => {
      const bytes = readFileSync(object);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      writeFileSync(object, bytes);
    });
    expect(await refused(plan, swap)).toContain("Hash Sum mismatch");
  });

  test("even when the index of the run is made to match the swapped bytes, the hook hashes them again and refuses", async () => {
    const plan = planApp();
    const real = lab.repo.deb("omg-app", "2.1");
    const other = await lab.addPackage({ ...real.spec, build: "evil" });
    const swap = beforeApt("update", (operation) => {
      const folder = `${workspaceOf(operation)}/repository`;
      writeFileSync(`${folder}/${real.sha256}.deb`, readFileSync(other.path));
      const index = readFileSync(`${folder}/Packages`, "utf8");
      writeFileSync(
        `${folder}/Packages`,
        index.replace(`Size: ${real.size}\nSHA256: ${real.sha256}`, `Size: ${other.size}\nSHA256: ${other.sha256}`),
      );
    });
    expect(await refused(plan, swap)).toContain(`the file of omg-app has SHA-256 ${other.sha256}`);
  });

  test("a package that is not in the plan, one that is missing, and another version are refused under dpkg's lock", async () => {
    const extra = beforeApt("update", (operation) => {
      const folder = `${workspaceOf(operation)}/repository`;
      const { control, size, sha256, path } = lab.repo.deb("omg-g++", "1.0");
      writeFileSync(`${folder}/${sha256}.deb`, readFileSync(path));
      const more = `${control}Filename: ./${sha256}.deb\nSize: ${size}\nSHA256: ${sha256}\n`;
      const index = readFileSync(`${folder}/Packages`, "utf8").replace("Recommends: omg-extra", "Recommends: omg-g++");
      writeFileSync(`${folder}/Packages`, `${index}\n${more}`);
    });
    expect(await refused(planApp(), extra)).toContain("installing omg-g++ 1.0 (all) is not in the plan");

    const plan = planApp();
    const missing = beforeApt("dist-upgrade", (operation) => {
      (operation.args as string[]).splice(
        0,
        operation.args.length,
        ...operation.args.filter((arg) => !arg.startsWith("omg-app")),
      );
    });
    expect(await refused(plan, missing)).toContain("installing omg-app 2.1 is in the plan, and apt leaves it out");

    const changed = beforeApt("update", (operation) => {
      const index = `${workspaceOf(operation)}/repository/Packages`;
      writeFileSync(
        index,
        readFileSync(index, "utf8").replace("Package: omg-base\nVersion: 1.0", "Package: omg-base\nVersion: 1.5"),
      );
    });
    expect(await refused(planApp(), changed)).toContain("omg-base goes from nothing to 1.5");
  });

  test("a machine that moved since the plan is not changed", async () => {
    const plan = planApp();
    await lab.aptOk("install", "omg-lib=1.0");
    expect(await refused(plan, () => undefined)).toContain(
      "omg-lib goes from 1.0 to 1.1, and the plan says from nothing",
    );
  });

  test("a failing script stops the run with apt's own words", async () => {
    const failing = transaction(
      [step("install", "omg-failpost", null, { version: "1.0", auto: false })],
      [artifact("omg-failpost", "1.0")],
    );
    const failure = await carryOut(failing).catch((error: unknown) => error);
    expect((failure as OmgError).details.join("\n")).toContain("boom");
    expect((await versions())["omg-failpost"]).toBe("iF 1.0");
  });

  test("nothing to do is no operation at all", () => {
    expect(operationsFor(transaction([]), "/nowhere", bench.program)).toEqual([]);
  });

  test("folders with blanks and signs in their names, and a machine with its own ideas, are no obstacle", async () => {
    const settings = [
      'APT::Default-Release "stable";',
      'APT::Update::Post-Invoke-Success {"touch /nowhere/at/all";};',
      'APT::Get::Purge "true";',
      'APT::Get::AutomaticRemove "true";',
      'Acquire::CompressionTypes::Order:: "gz";',
    ];
    writeFileSync(`${lab.root}/etc/apt/apt.conf.d/99own`, settings.join("\n"));
    writeFileSync(`${lab.root}/etc/apt/preferences`, "Package: *\nPin: release *\nPin-Priority: -1\n");
    const workspace = `${bench.workspace()}/an (odd) #1 [name]`;
    mkdirSync(workspace);
    await lab.aptOk("install", "omg-epoch:native=1:0.5");
    await lab.aptMark("auto", "omg-epoch");
    await bench.run(operationsFor(planApp(), workspace, bench.program));
    expect(await versions()).toEqual({
      "omg-app": "ii 2.1",
      "omg-base": "ii 1.0",
      "omg-epoch": "ii 1:0.5",
      "omg-lib": "ii 1.1",
    });
  });

  test("a folder whose name apt cannot read is refused before anything is run", () => {
    for (const path of ['/tmp/a"b', "/tmp/a'b", "/tmp/a\nb", "/tmp/a\\b", "/tmp/a%20b"]) {
      expect(() => operationsFor(planApp(), path, bench.program), path).toThrow(
        expect.objectContaining({ code: "path-unsuitable" }),
      );
    }
  });
});
