import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { readAptState } from "../../../../providers/apt/machine/observe.ts";
import { parseRelations } from "../../../../providers/apt/machine/relations.ts";
import type { InstalledPackage } from "../../../../providers/apt/machine/status.ts";
import { dependencyClosure, dependents } from "../../../../providers/apt/solve/dependencies.ts";

const AMD64 = { recommends: false, architecture: "amd64" };

function installed(key: string, fields: Partial<InstalledPackage> = {}): InstalledPackage {
  const [name = key, arch = "amd64"] = key.split(":");
  const relations = { preDepends: "", depends: "", recommends: "", conflicts: "", breaks: "", provides: "" };
  return {
    ...relations,
    key,
    name,
    arch,
    version: "1.0",
    want: "install",
    state: "installed",
    reinstallRequired: false,
    essential: false,
    protected: false,
    source: name,
    sourceVersion: "1.0",
    multiArch: "no",
    triggersAwaited: [],
    triggersPending: [],
    ...fields,
  };
}

const world = (...packages: InstalledPackage[]) => new Map(packages.map((each) => [each.key, each]));

describe("relations", () => {
  test("alternatives, versions, architectures, folded lines", () => {
    expect(parseRelations("a (>= 1), b:any | c (<< 2~) [amd64],\n d (= 1:1-1) <!nocheck>, e(>1)")).toEqual([
      [{ name: "a", operator: ">=", version: "1" }],
      [
        { name: "b", arch: "any" },
        { name: "c", operator: "<<", version: "2~" },
      ],
      [{ name: "d", operator: "=", version: "1:1-1" }],
      [{ name: "e", operator: ">=", version: "1" }],
    ]);
    expect(parseRelations("")).toEqual([]);
  });
});

describe("the closure over what is installed", () => {
  test("Pre-Depends, Depends, every alternative, Provides with and without a version", () => {
    const packages = world(
      installed("app", { preDepends: "base", depends: "one | two, virtual, versioned (>= 2), libx (>= 2)" }),
      installed("base"),
      installed("one", { depends: "app" }),
      installed("two"),
      installed("p1", { provides: "virtual" }),
      installed("p2", { provides: "versioned (= 2.1)" }),
      installed("p3", { provides: "versioned" }),
      installed("libx", { version: "1.0" }),
      installed("rc", { state: "config-files", provides: "virtual" }),
      installed("apart"),
    );
    expect([...dependencyClosure(["app", "missing"], packages, AMD64)].sort()).toEqual([
      "app",
      "base",
      "one",
      "p1",
      "p2",
      "two",
    ]);
    expect([...dependents("p2", packages, AMD64)]).toEqual(["app"]);
    expect([...dependents("apart", packages, AMD64)]).toEqual([]);
  });

  test("Recommends only when asked", () => {
    const packages = world(installed("app", { recommends: "extra" }), installed("extra"));
    expect(dependencyClosure(["app"], packages, AMD64).has("extra")).toBe(false);
    expect(dependencyClosure(["app"], packages, { ...AMD64, recommends: true }).has("extra")).toBe(true);
  });

  test("architectures", () => {
    const packages = world(
      installed("lib", { multiArch: "same" }),
      installed("lib:i386", { multiArch: "same" }),
      installed("tool", { multiArch: "foreign" }),
      installed("perl", { multiArch: "allowed" }),
      installed("data", { arch: "all" }),
      installed("wine:i386", { depends: "lib, tool, perl:any, data" }),
      installed("app", { depends: "lib, lib:i386, perl" }),
    );
    expect([...dependencyClosure(["wine:i386"], packages, AMD64)].sort()).toEqual([
      "lib:i386",
      "perl",
      "tool",
      "wine:i386",
    ]);
    expect([...dependencyClosure(["app"], packages, AMD64)].sort()).toEqual(["app", "lib", "lib:i386", "perl"]);
  });
});

describe("this machine", () => {
  let packages: ReadonlyMap<string, InstalledPackage>;
  let options: { recommends: boolean; architecture: string };
  beforeAll(async () => {
    const config = await readAptConfig();
    packages = readAptState(config).packages;
    options = { recommends: false, architecture: config.architecture };
  });

  test("a closed set needs nothing more, and holds what apt-cache follows", () => {
    const keys = [...packages.keys()];
    fc.assert(
      fc.property(fc.constantFrom(...keys), (key) => {
        const closure = dependencyClosure([key], packages, options);
        expect(dependencyClosure(closure, packages, options)).toEqual(closure);
      }),
      { numRuns: 40 },
    );
    const args = [
      "depends",
      "--recurse",
      "--installed",
      "--no-recommends",
      "--no-suggests",
      "--no-conflicts",
      "--no-breaks",
      "--no-replaces",
      "--no-enhances",
      "apt",
    ];
    const text = execFileSync("apt-cache", args, { encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
    const named = text.split("\n").filter((line) => /^\S+$/.test(line) && packages.get(line)?.state === "installed");
    const closure = dependencyClosure(["apt"], packages, options);
    expect(named.length).toBeGreaterThan(5);
    expect([...closure].sort()).toEqual(named.sort());
  });
});
