import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../../../../schema/model/change.ts";
import type { Provider, ResolveOptions } from "../../../../schema/model/provider.ts";
import type { Attributes } from "../../../../schema/model/resource.ts";
import type { Transaction } from "../../../../schema/model/transaction.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { type Bench, createBench } from "../../../support/apt-run.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("resolve, with the real solver", () => {
  let lab: AptLab;
  let bench: Bench;
  let apt: Provider;
  beforeEach(async () => {
    lab = await createAptLab();
    bench = createBench(lab);
    apt = bench.provider;
  }, 60_000);
  afterEach(() => lab.dispose());

  const NO_RECORDS = { artifact: () => undefined, stored: () => false };
  const CAREFUL: ResolveOptions = { allowDowngrades: false, ownHolds: new Set(), records: NO_RECORDS };

  async function resolve(
    changes: readonly (Partial<Change> & { name: string })[],
    options = CAREFUL,
  ): Promise<Transaction> {
    const observed = await apt.observe();
    const before = (name: string): Attributes | null => observed.resources.get(name)?.attributes ?? null;
    const full = changes.map((change): Change => {
      const fixed = { address: `apt.${change.name}`, provider: "apt", kind: "install", cause: "lock" } as const;
      return { ...fixed, before: before(change.name), after: { auto: false }, ...change };
    });
    return apt.resolve(full, observed, options);
  }

  const shortly = ({ steps }: Transaction) =>
    steps.map(
      (step) =>
        `${step.kind} ${step.name} ${step.after?.version ?? ""} ${step.cause}${step.because ? ` ${step.because}` : ""}`,
    );

  const gone = (name: string): Partial<Change> & { name: string } => ({ name, kind: "remove", after: null });

  test("an open request takes what apt prefers, with the dependencies and who needs them", async () => {
    const plan = await resolve([{ name: "omg-app", request: "*" }]);
    expect(plan.problems).toEqual([]);
    expect(shortly(plan)).toEqual([
      "install omg-base 1.0 dependency apt.omg-app",
      "install omg-lib 1.1 dependency apt.omg-app",
      "install omg-app 2.1 lock",
      "install omg-extra 1.0 dependency apt.omg-app",
    ]);
    expect(plan.steps.map((step) => step.after)).toEqual([
      { auto: true, hold: false, version: "1.0" },
      { auto: true, hold: false, version: "1.1" },
      { auto: false, hold: false, version: "2.1" },
      { auto: true, hold: false, version: "1.0" },
    ]);
    expect(plan.artifacts.map(({ name, sha256, role }) => [name, sha256, role])).toEqual(
      [
        ["omg-base", "1.0"],
        ["omg-lib", "1.1"],
        ["omg-app", "2.1"],
        ["omg-extra", "1.0"],
      ].map(([name = "", version = ""]) => [name, lab.repo.deb(name, version).sha256, "install"]),
    );
  });

  test("what is resolved and carried out is what dpkg and apt-mark say afterwards, and back again", async () => {
    const plan = await resolve([
      { name: "omg-app", request: "2.0" },
      { name: "omg-lib", after: { version: "1.0", auto: true } },
    ]);
    expect(plan.problems).toEqual([]);
    bench.fetch(plan.artifacts);
    await bench.run(apt.operations(plan, bench.workspace()));
    const installed = await lab.installed();
    expect(Object.fromEntries(plan.steps.map((step) => [step.name, installed.get(step.name)?.version]))).toEqual(
      Object.fromEntries(plan.steps.map((step) => [step.name, step.after?.version])),
    );
    expect(installed.size).toBe(plan.steps.length);
    expect(await lab.marks()).toEqual({ manual: ["omg-app"], auto: ["omg-base", "omg-extra", "omg-lib"], hold: [] });
    const back = await resolve(["omg-app", "omg-base", "omg-extra", "omg-lib"].map(gone));
    await bench.run(apt.operations(back, bench.workspace()));
    expect([...(await lab.installed()).values()].map(({ status }) => status)).toEqual(["rc"]);
  });

  test("names that are not there are refused with what is near, virtual ones with who provides them, versions with what there is", async () => {
    const names = ["omg-bas", "bash-", "--foo", "omg-g+", "omg-base+", "omg-editor", "*", "omg-.*"];
    const plan = await resolve([...names.map((name) => ({ name, request: "*" })), { name: "omg-lib", request: "9.*" }]);
    expect(plan.steps).toEqual([]);
    expect(plan.problems.map(({ code, address }) => `${code} ${address}`)).toEqual([
      "unknown-name apt.omg-bas",
      "unknown-name apt.bash-",
      "unknown-name apt.--foo",
      "unknown-name apt.omg-g+",
      "unknown-name apt.omg-base+",
      "virtual-name apt.omg-editor",
      "unknown-name apt.*",
      "unknown-name apt.omg-.*",
      "no-such-version apt.omg-lib",
    ]);
    expect(plan.problems[0]?.hint).toContain("omg-base");
    expect(plan.problems[5]?.message).toContain("omg-eda, omg-edb");
    expect(plan.problems[8]?.hint).toContain("1.1 (omg), 1.0 (omg)");
  });

  test("a name that ends in a sign is installed and removed as a name", async () => {
    const plan = await resolve([{ name: "omg-g++", request: "*" }]);
    expect(shortly(plan)).toEqual(["install omg-g++ 1.0 lock"]);
    await lab.aptOk("install", "omg-g++:native");
    expect(shortly(await resolve([gone("omg-g++")]))).toEqual(["remove omg-g++  lock"]);
  });

  test("a pin that the sources have under another hash is refused", async () => {
    const plan = await resolve([{ name: "omg-base", after: { version: "1.0" }, sha256: "0".repeat(64) }]);
    expect(plan.problems.map(({ code }) => code)).toEqual(["lock-index-disagree"]);
    const right = await resolve([
      { name: "omg-base", after: { version: "1.0" }, sha256: lab.repo.deb("omg-base", "1.0").sha256 },
    ]);
    expect(right.problems).toEqual([]);
  });

  test("pins that cannot live together are a conflict in apt's own words, and nothing is removed for them", async () => {
    const plan = await resolve([
      { name: "omg-app", after: { version: "2.1" } },
      { name: "omg-lib", after: { version: "1.0" } },
    ]);
    expect(plan.steps).toEqual([]);
    expect(plan.problems[0]).toMatchObject({ code: "conflict", address: "apt.omg-app" });
    expect(plan.problems[0]?.message).toContain("omg-app : Depends: omg-lib (>= 1.1) but 1.0 is to be installed");
    const impossible = await resolve([{ name: "omg-broken", request: "*" }]);
    expect(impossible.problems[0]?.message).toContain("Depends: omg-lib (>= 9)");
  });

  test("a package that has to go for another one is a step of its own, never silent", async () => {
    await lab.aptOk("install", "omg-eda", "omg-needs-editor", "omg-app");
    const replaced = await resolve([{ name: "omg-edb", request: "*" }]);
    expect(shortly(replaced)).toEqual(["remove omg-eda  conflict apt.omg-edb", "install omg-edb 1.0 lock"]);
    const cascade = await resolve([gone("omg-base")]);
    expect(shortly(cascade)).toEqual(["remove omg-app  conflict apt.omg-base", "remove omg-base  lock"]);
    const kept = await resolve([
      gone("omg-base"),
      { name: "omg-app", kind: "reinstall", after: { version: "2.1", auto: false } },
    ]);
    expect(kept.problems.map(({ code }) => code)).toEqual(["conflict"]);
  });

  test("a hold that omg did not set stops every change but its own release", async () => {
    await lab.aptOk("install", "omg-app=2.0", "omg-lib=1.0");
    await lab.aptMark("hold", "omg-lib");
    const upgrade = { name: "omg-lib", kind: "upgrade", after: { version: "1.1", auto: false } } as const;
    expect((await resolve([upgrade])).problems.map(({ code }) => code)).toEqual(["held"]);
    expect((await resolve([gone("omg-lib")])).problems.map(({ code, address }) => `${code} ${address}`)).toContain(
      "held apt.omg-lib",
    );
    expect((await resolve([upgrade], { ...CAREFUL, ownHolds: new Set(["omg-lib"]) })).problems).toEqual([]);
    expect((await resolve([{ ...upgrade, after: { ...upgrade.after, hold: false } }])).problems).toEqual([]);
    const above = await resolve([{ name: "omg-app", kind: "upgrade", after: { version: "2.1" } }]);
    expect(above.problems.map(({ code }) => code)).toEqual(["conflict"]);
  });

  test("going back is refused unless it was asked for", async () => {
    await lab.aptOk("install", "omg-epoch");
    const change = { name: "omg-epoch", kind: "downgrade", after: { version: "0.9" } } as const;
    expect((await resolve([change])).problems.map(({ code }) => code)).toEqual(["downgrade"]);
    const allowed = await resolve([change], { ...CAREFUL, allowDowngrades: true });
    expect(allowed.problems).toEqual([]);
    expect(shortly(allowed)).toEqual(["downgrade omg-epoch 0.9 lock"]);
    expect(allowed.artifacts.map(({ version, role }) => `${version} ${role}`)).toEqual([
      "0.9 install",
      "1:0.5 replaced",
    ]);
    expect(allowed.steps[0]?.undo).toEqual({ possible: true });
  });

  test("a version that no index has any more comes back from what omg kept", async () => {
    await lab.aptOk("install", "omg-app=2.0", "omg-lib=1.0");
    const kept = lab.repo.deb("omg-lib", "1.0");
    bench.store("omg-lib", "1.0");
    lab.withdraw("omg-lib", "1.0");
    await lab.publish();
    await lab.aptOk("update");

    const lost = await resolve([{ name: "omg-lib", kind: "upgrade", after: { version: "1.1" } }]);
    expect(lost.steps[0]?.undo).toMatchObject({ possible: false });

    const record = {
      sha256: kept.sha256,
      filename: kept.filename,
      origin: "omg",
      arch: "all",
      size: kept.size,
      control: kept.control,
      evidence: [],
    };
    const artifact = (address: string, version: string) =>
      address === "apt.omg-lib" && version === "1.0" ? record : undefined;
    const options = { allowDowngrades: true, ownHolds: new Set<string>(), records: { artifact, stored: bench.stored } };
    const forward = await resolve(
      [{ name: "omg-lib", kind: "upgrade", after: { version: "1.1", auto: true } }],
      options,
    );
    expect(forward.steps[0]?.undo).toEqual({ possible: true });
    expect(forward.artifacts.map(({ version, role, chain }) => `${version} ${role} ${chain.type}`)).toEqual([
      "1.1 install debian",
      "1.0 replaced recorded",
    ]);
    await lab.aptOk("install", "omg-lib");

    // Root writes nothing where others may have put something first.
    vi.stubEnv("TMPDIR", "/dev/null");
    const back = await resolve(
      [{ name: "omg-lib", kind: "downgrade", after: { version: "1.0", auto: true } }],
      options,
    ).finally(() => vi.unstubAllEnvs());
    expect(back.problems).toEqual([]);
    await bench.run(apt.operations(back, bench.workspace()));
    expect((await lab.installed()).get("omg-lib")?.version).toBe("1.0");
  });

  test("what is only to go when nothing needs it stays when something does, and says so", async () => {
    await lab.aptOk("install", "omg-app", "omg-epoch", "omg-eda", "omg-needs-editor");
    const left = (name: string) => ({ ...gone(name), cause: "left", onlyIfUnneeded: true }) as const;
    const recommended = { ...left("omg-extra"), before: { version: "1.0", auto: true } };
    const plan = await resolve([left("omg-lib"), left("omg-epoch"), left("omg-eda"), recommended]);
    expect(shortly(plan)).toEqual(["remove omg-epoch  left"]);
    const named = { ...recommended, before: { version: "1.0", auto: false } };
    expect(shortly(await resolve([named]))).toEqual(["remove omg-extra  left"]);
    expect(plan.notes.map((note) => note.split(" ")[0]).sort()).toEqual(["omg-eda", "omg-lib"]);
    const whole = await resolve([left("omg-lib"), left("omg-app")]);
    expect(shortly(whole).sort()).toEqual(["remove omg-app  left", "remove omg-lib  left"]);
  });

  test("what is newly asked for and cannot do without it keeps only that, not all that left the lock", async () => {
    await lab.aptOk("install", "omg-lib", "omg-epoch");
    const left = (name: string) => ({ ...gone(name), cause: "left", onlyIfUnneeded: true }) as const;
    const plan = await resolve([{ name: "omg-app", request: "*" }, left("omg-lib"), left("omg-epoch")]);
    expect(plan.problems).toEqual([]);
    expect(shortly(plan).filter((line) => line.startsWith("remove"))).toEqual(["remove omg-epoch  left"]);
    expect(plan.notes.map((note) => note.split(" ")[0])).toEqual(["omg-lib"]);
  });

  test("a machine that apt finds fault with is a problem, and no reason to keep what left the lock", async () => {
    await lab.aptOk("install", "omg-app", "omg-epoch");
    await lab.dpkg("--remove", "--force-depends", "omg-base");
    const left = { ...gone("omg-epoch"), cause: "left", onlyIfUnneeded: true } as const;
    for (const changes of [[left], [left, { name: "omg-g++", request: "*" }]]) {
      const plan = await resolve(changes);
      expect(plan.problems.map(({ code }) => code)).toEqual(["conflict"]);
      expect(plan.problems[0]?.message).toContain("Depends: omg-base");
      expect([plan.steps, plan.notes]).toEqual([[], []]);
    }
  });

  test("what somebody left half done is named before dpkg would go on with it, unless the plan mends or only marks", async () => {
    await lab.apt("install", "omg-failpost");
    const failed = (await lab.installed()).get("omg-failpost")?.status;
    expect(failed).toBe("iF");
    const wanted = { name: "omg-epoch", request: "*" };
    const plan = await resolve([wanted]);
    expect(plan.problems.map(({ code, address }) => [code, address])).toEqual([["broken-package", "apt.omg-failpost"]]);
    expect(plan.problems[0]?.message).toContain("its configuration was begun and failed");
    expect(plan.problems[0]?.hint).toContain("dpkg --configure omg-failpost");
    expect((await resolve([wanted, gone("omg-failpost")])).problems).toEqual([]);
    const marks = { auto: true, hold: false, version: "1.0" };
    expect((await resolve([{ name: "omg-failpost", kind: "modify", after: marks }])).problems).toEqual([]);
  });

  test("removing what is essential says so in the step", async () => {
    const essential = { name: "omg-core", version: "1.0", fields: { Essential: "yes" } };
    await lab.addPackage(essential);
    await lab.publish();
    await lab.aptOk("update");
    await lab.aptOk("install", "omg-core");
    expect((await resolve([gone("omg-core")])).steps[0]).toMatchObject({ kind: "remove", protectedBy: "Essential" });
  });

  test("a broken package whose version is gone is mended with what the request allows, a pinned one is not", async () => {
    await lab.aptOk("install", "omg-lib=1.0");
    const broken = { name: "omg-lib", kind: "reinstall", after: { version: "0.5", auto: false } } as const;
    expect(shortly(await resolve([{ ...broken, request: "1.*" }]))).toEqual(["upgrade omg-lib 1.1 lock"]);
    expect((await resolve([broken])).problems.map(({ code }) => code)).toEqual(["no-such-version"]);
  });

  test("marks alone wake no solver", async () => {
    await lab.aptOk("install", "omg-base");
    const attributes = { version: "1.0", auto: true, hold: true };
    const plan = await resolve([{ name: "omg-base", kind: "modify", after: attributes }]);
    expect(shortly(plan)).toEqual(["modify omg-base 1.0 lock"]);
    expect(plan.artifacts).toEqual([]);
  });
});
