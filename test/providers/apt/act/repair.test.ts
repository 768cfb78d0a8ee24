import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operationsFor } from "../../../../providers/apt/act/operations.ts";
import { repairOperations } from "../../../../providers/apt/act/repair.ts";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { readStatus } from "../../../../providers/apt/machine/status.ts";
import { OmgError } from "../../../../schema/error.ts";
import type { Operation, Transaction } from "../../../../schema/model/transaction.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { type Bench, createBench } from "../../../support/apt-run.ts";
import { installStep, labArtifact, step, transaction } from "../../../support/apt-steps.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("what an interrupted run left", () => {
  let lab: AptLab;
  let bench: Bench;
  beforeEach(async () => {
    lab = await createAptLab();
    bench = createBench(lab);
  }, 60_000);
  afterEach(() => lab.dispose());

  type Exec = Operation & { type: "exec" };
  const isChange = (operation: Operation): operation is Exec =>
    operation.type === "exec" && operation.args.includes("dist-upgrade");

  /** Starts the operations, and kills apt, dpkg and their scripts with SIGKILL when `moment` resolves. */
  async function killedAt(plan: Transaction, moment: (apt: ChildProcess) => Promise<void>): Promise<void> {
    const operations = operationsFor(plan, bench.workspace(), bench.program);
    const at = operations.findIndex(isChange);
    await bench.run(operations.slice(0, at));
    const { file, args, env } = operations[at] as Exec;
    const apt = spawn(file, args, { env, cwd: "/", detached: true, stdio: "ignore" });
    const ended = new Promise((done) => apt.once("close", done));
    await moment(apt);
    expect(apt.exitCode).toBeNull();
    process.kill(-(apt.pid ?? 0), "SIGKILL");
    await ended;
    // dpkg may still be dying; nothing is repaired while something holds its locks.
    while ((await bench.provider.busy()) !== undefined) await sleep(5);
  }

  async function repair(plan: Transaction): Promise<void> {
    const config = await readAptConfig(lab.env);
    const { packages, journal } = readStatus(config);
    const unfinished = [...packages.values()].some(({ state }) => state !== "installed" && state !== "config-files");
    const input = {
      config,
      packages,
      interrupted: unfinished || journal.length > 0,
      transaction: plan,
      workspace: bench.workspace(),
    };
    const lines: string[] = [];
    for (const operation of repairOperations(input, bench.program)) {
      const failed = (error: unknown) => {
        const details = error instanceof OmgError ? error.details : [];
        throw new Error(`the repair failed:\n${[...lines, ...details].join("\n")}`, { cause: error });
      };
      lines.push(...(await bench.run([operation]).catch(failed)));
    }
  }

  async function waitFor(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(2);
  }

  const statuses = async () =>
    Object.fromEntries(
      [...(await lab.installed())].map(([name, { status, version }]) => [name, `${status} ${version}`]),
    );

  test("killed while a script runs, dpkg finishes and the marks come out as planned", async () => {
    const plan = transaction(
      [installStep("omg-slow", "1.0", { auto: true }), installStep("omg-base", "1.0", { hold: true })],
      [labArtifact(lab, bench, "omg-slow", "1.0"), labArtifact(lab, bench, "omg-base", "1.0")],
    );
    await killedAt(plan, () => waitFor(() => existsSync(join(lab.root, "var/log/omg-slow"))));
    writeFileSync(join(lab.root, "etc/omg-slow"), "0");
    expect((await lab.apt("install", "omg-extra")).stderr).toContain("dpkg was interrupted");
    await repair(plan);
    expect(await statuses()).toEqual({ "omg-base": "hi 1.0", "omg-slow": "ii 1.0" });
    expect(await lab.marks()).toEqual({ manual: ["omg-base"], auto: ["omg-slow"], hold: ["omg-base"] });
    expect((await lab.dpkg("--audit")).stdout).toBe("");
  });

  const BIG = { version: "1.0", auto: true, hold: true };

  /** What is killed, from which state, and the versions that may be there when it is repaired. */
  const runs = [
    { kind: "install", from: null, to: { ...BIG, version: "1.1" }, left: [undefined, "ii 1.1", "hi 1.1"] },
    { kind: "upgrade", from: BIG, to: { ...BIG, version: "1.1" }, left: ["hi 1.0", "hi 1.1"] },
    { kind: "downgrade", from: { ...BIG, version: "1.1" }, to: BIG, left: ["hi 1.0", "hi 1.1"] },
    { kind: "remove", from: BIG, to: null, left: [undefined, "hi 1.0"] },
  ] as const;

  test.each(runs)(
    "killed at any instant of a run that does $kind, dpkg has no complaint after the repair",
    async ({ kind, from, to, left }) => {
      const artifacts = to === null ? [] : [labArtifact(lab, bench, "omg-big", to.version)];
      const plan = transaction([step(kind, "omg-big", from, to)], artifacts);
      const seed = Date.now() % 100_000;
      for (let round = 0; round < 3; round++) {
        await reset(from);
        const log = join(lab.root, "var/log/dpkg.log");
        const before = readFileSync(log, "utf8").length;
        await killedAt(plan, async () => {
          await waitFor(() => readFileSync(log, "utf8").length > before);
          await sleep((seed * (round + 1)) % 50);
        });
        const killed = JSON.stringify(await statuses());
        await repair(plan);
        const told = `seed ${seed}, round ${round}, killed at ${killed}`;
        expect((await lab.dpkg("--audit")).stdout, told).toBe("");
        expect(left, told).toContain((await statuses())["omg-big"]);
        if ((await statuses())["omg-big"] !== undefined) expect((await lab.marks()).auto, told).toEqual(["omg-big"]);
        expect((await lab.apt("check")).code, told).toBe(0);
      }
    },
    60_000,
  );

  /** The package as the run expects it; other packages come first so that dpkg has a log. */
  async function reset(from: typeof BIG | null): Promise<void> {
    await lab.aptOk("install", "omg-base");
    await lab.aptOk("purge", "--allow-change-held-packages", "omg-base", "omg-big");
    if (from === null) return;
    await lab.aptOk("install", `omg-big=${from.version}`);
    await lab.aptMark("auto", "omg-big");
    await lab.aptMark("hold", "omg-big");
  }

  test("killed while a removal's script runs, the removal is finished", async () => {
    const prerm = 'echo started > "$DPKG_ROOT/var/log/omg-leaving"; sleep "$(cat "$DPKG_ROOT/etc/omg-slow" || echo 3)"';
    await lab.addPackage({ name: "omg-leaving", version: "1.0", scripts: { prerm } });
    await lab.publish();
    await lab.aptOk("update");
    await lab.aptOk("install", "omg-leaving");
    const plan = transaction([step("remove", "omg-leaving", { version: "1.0", auto: false, hold: false }, null)]);
    await killedAt(plan, () => waitFor(() => existsSync(join(lab.root, "var/log/omg-leaving"))));
    expect(await statuses()).toEqual({ "omg-leaving": "rF 1.0" });
    writeFileSync(join(lab.root, "etc/omg-slow"), "0");
    await repair(plan);
    expect(await statuses()).toEqual({});
  });

  test("a package that was being unpacked is installed again from the kept bytes", async () => {
    const plan = transaction([installStep("omg-big", "1.0")], [labArtifact(lab, bench, "omg-big", "1.0")]);
    const folder = join(lab.root, "usr/share/omg-big");
    await killedAt(plan, () =>
      waitFor(() => existsSync(join(folder, "f20.dpkg-new")) || existsSync(join(folder, "f20"))),
    );
    const [broken] = [...(await lab.installed()).values()];
    expect(["iHR", "iU"]).toContain(broken?.status);
    await repair(plan);
    expect(await statuses()).toEqual({ "omg-big": "ii 1.0" });
    expect(readFileSync(join(folder, "f1999"), "utf8")).toBe("1.0 1999\n");
  });

  test.each(["1.1", "1.0"])(
    "what another program left half installed comes back in the version %s that the lock wants",
    async (version) => {
      const plan = transaction([installStep("omg-big", "1.1")], [labArtifact(lab, bench, "omg-big", "1.1")]);
      const folder = join(lab.root, "usr/share/omg-big");
      await killedAt(plan, () => waitFor(() => existsSync(join(folder, "f20.dpkg-new"))));
      const apt = bench.provider;
      await bench.run(await apt.repair(await apt.observe(), undefined, bench.workspace()));
      const observed = await apt.observe();
      expect(observed.resources.get("omg-big")?.health).toBe("needs-repair");
      expect(observed.interrupted.join()).toContain("omg-big");
      const broken = observed.resources.get("omg-big")?.attributes ?? null;
      const change = {
        ...({ address: "apt.omg-big", provider: "apt", name: "omg-big", kind: "reinstall", cause: "lock" } as const),
        before: broken,
        after: { ...broken, version: "1.0", auto: false },
      };
      const records = { artifact: () => undefined, stored: () => false };
      const options = { allowDowngrades: true, ownHolds: new Set<string>(), records };
      const again = await apt.resolve([{ ...change, after: { ...change.after, version } }], observed, options);
      expect(again.problems).toEqual([]);
      bench.fetch(again.artifacts);
      await bench.run(apt.operations(again, bench.workspace()));
      expect(await statuses()).toEqual({ "omg-big": `ii ${version}` });
      expect((await apt.observe()).interrupted).toEqual([]);
    },
  );

  test("a script that fails every time stays failed, and the repair does not hide it", async () => {
    const plan = transaction([installStep("omg-failpost", "1.0")], [labArtifact(lab, bench, "omg-failpost", "1.0")]);
    await bench.run(operationsFor(plan, bench.workspace(), bench.program)).catch(() => undefined);
    await repair(plan);
    expect(await statuses()).toEqual({ "omg-failpost": "iF 1.0" });
    await repair(plan);
    expect(await statuses()).toEqual({ "omg-failpost": "iF 1.0" });
  });

  test("a failed package can be removed by a plan", async () => {
    const plan = transaction([installStep("omg-failpost", "1.0")], [labArtifact(lab, bench, "omg-failpost", "1.0")]);
    await bench.run(operationsFor(plan, bench.workspace(), bench.program)).catch(() => undefined);
    const gone = transaction([step("remove", "omg-failpost", { version: "1.0", auto: false, hold: false }, null)]);
    await bench.run(operationsFor(gone, bench.workspace(), bench.program));
    expect(await statuses()).toEqual({});
  });

  test("what waits for a package that has to be installed again is configured along with it", async () => {
    const once = 'test -e "$DPKG_ROOT/etc/omg-killed" || { touch "$DPKG_ROOT/etc/omg-killed"; kill -9 $PPID; }';
    const needed = await lab.addPackage({ name: "omg-needed", version: "1.0", scripts: { preinst: once } });
    const waiting = await lab.addPackage({ name: "omg-waiting", version: "1.0", fields: { Depends: "omg-needed" } });
    const plan = transaction(
      [installStep("omg-needed", "1.0", { auto: true }), installStep("omg-waiting", "1.0")],
      ["omg-needed", "omg-waiting"].map((name) => labArtifact(lab, bench, name, "1.0")),
    );
    for (const { path } of [waiting, needed]) await lab.dpkg("--unpack", path);
    expect(await statuses()).toEqual({ "omg-needed": expect.stringMatching(/^iHR/), "omg-waiting": "iU 1.0" });
    await repair(plan);
    expect(await statuses()).toEqual({ "omg-needed": "ii 1.0", "omg-waiting": "ii 1.0" });
    expect((await lab.marks()).auto).toEqual(["omg-needed"]);
  });

  test.each(["omg-failpre", "omg-clash"])(
    "a package that cannot be unpacked (%s) leaves the rest whole",
    async (name) => {
      await lab.aptOk("install", "omg-base");
      const plan = transaction([installStep(name, "1.0")], [labArtifact(lab, bench, name, "1.0")]);
      await expect(bench.run(operationsFor(plan, bench.workspace(), bench.program))).rejects.toThrow(
        "let apt make the changes",
      );
      await repair(plan);
      expect((await lab.dpkg("--audit")).stdout).toBe("");
      expect(await statuses()).toEqual({ "omg-base": "ii 1.0" });
    },
  );

  test("marks that naming a package changed before the run was cut off return to what they were", async () => {
    await lab.aptOk("install", "omg-app");
    await lab.aptMark("manual", "omg-base");
    const same = { version: "1.0", auto: true, hold: false };
    const plan = transaction([
      { ...installStep("omg-base", "2.0"), kind: "upgrade", before: same, after: { ...same, version: "2.0" } },
    ]);
    await repair(plan);
    expect((await lab.marks()).auto).toContain("omg-base");
  });
});
