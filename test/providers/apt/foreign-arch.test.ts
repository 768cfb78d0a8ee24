import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../schema/model/change.ts";
import type { Provider } from "../../../schema/model/provider.ts";
import type { Transaction } from "../../../schema/model/transaction.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../support/apt-lab.ts";
import { type Bench, createBench } from "../../support/apt-run.ts";
import type { DebSpec } from "../../support/deb.ts";
import { needs } from "../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("foreign architectures", () => {
  let lab: AptLab;
  let bench: Bench;
  let apt: Provider;

  const library = (version: string, arch: string): DebSpec => ({
    name: "omg-multi",
    version,
    arch,
    fields: { "Multi-Arch": "same" },
    files: { "usr/share/omg-multi/version": `${version}\n`, [`usr/lib/${arch}/omg-multi`]: version },
  });

  beforeEach(async () => {
    const packages = ["1.0", "1.1"].flatMap((version) => [library(version, "amd64"), library(version, "i386")]);
    const user = { name: "omg-user", version: "1.0", arch: "i386", fields: { Depends: "omg-multi" } };
    lab = await createAptLab({
      foreign: ["i386"],
      packages: [...packages, user, { name: "omg-plain", version: "1.0" }],
    });
    bench = createBench(lab);
    apt = bench.provider;
  }, 60_000);
  afterEach(() => lab.dispose());

  async function apply(
    changes: readonly (Pick<Change, "name" | "kind" | "after"> & Partial<Change>)[],
  ): Promise<Transaction> {
    const observed = await apt.observe();
    const full = changes.map(
      (change): Change => ({
        address: `apt.${change.name}`,
        provider: "apt",
        cause: "lock",
        before: observed.resources.get(change.name)?.attributes ?? null,
        ...change,
      }),
    );
    const records = { artifact: () => undefined, stored: () => false };
    const plan = await apt.resolve(full, observed, { allowDowngrades: false, ownHolds: new Set(), records });
    expect(plan.problems).toEqual([]);
    bench.fetch(plan.artifacts);
    await bench.run(apt.operations(plan, bench.workspace()));
    return plan;
  }

  const versions = async () =>
    Object.fromEntries([...(await lab.installed())].map(([name, { version }]) => [name, version]));

  test("packages of a foreign architecture are installed, marked, upgraded in lockstep and removed under their own names", async () => {
    const plan = await apply([
      { name: "omg-user:i386", kind: "install", after: { auto: false }, request: "*" },
      { name: "omg-multi:i386", kind: "install", after: { version: "1.0", auto: true } },
      { name: "omg-multi", kind: "install", after: { version: "1.0", auto: false, hold: true } },
      { name: "omg-plain", kind: "install", after: { auto: false }, request: "*" },
    ]);
    expect(plan.artifacts.map(({ name, arch, sha256 }) => [name, arch, sha256]).sort()).toEqual([
      ["omg-multi", "amd64", lab.repo.deb("omg-multi", "1.0", "stable", "amd64").sha256],
      ["omg-multi:i386", "i386", lab.repo.deb("omg-multi", "1.0", "stable", "i386").sha256],
      ["omg-plain", "all", lab.repo.deb("omg-plain", "1.0").sha256],
      ["omg-user:i386", "i386", lab.repo.deb("omg-user", "1.0").sha256],
    ]);
    const all = { "omg-multi": "1.0", "omg-multi:i386": "1.0", "omg-plain": "1.0", "omg-user:i386": "1.0" };
    expect(await versions()).toEqual(all);
    expect(await lab.marks()).toEqual({
      manual: ["omg-multi", "omg-plain", "omg-user:i386"],
      auto: ["omg-multi:i386"],
      hold: ["omg-multi"],
    });

    await lab.aptMark("unhold", "omg-multi");
    const lockstep = await apply([{ name: "omg-multi", kind: "upgrade", after: { version: "1.1", auto: false } }]);
    expect(lockstep.steps.map(({ name, cause }) => `${name} ${cause}`).sort()).toEqual([
      "omg-multi lock",
      "omg-multi:i386 dependency",
    ]);
    expect(await versions()).toEqual({ ...all, "omg-multi": "1.1", "omg-multi:i386": "1.1" });
    expect((await lab.marks()).auto).toEqual(["omg-multi:i386"]);

    await apply([
      { name: "omg-user:i386", kind: "remove", after: null },
      { name: "omg-multi:i386", kind: "purge", after: null },
    ]);
    expect(await versions()).toEqual({ "omg-multi": "1.1", "omg-plain": "1.0" });
  });
});
