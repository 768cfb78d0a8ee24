import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXECUTABLES, isRuntime, RUNTIMES, type Runtime, runtimeOf } from "../../../schema/runtimes/names.ts";
import { answers, newestFor, parseRequest } from "../../../schema/runtimes/request.ts";
import { compareVersions } from "../../../schema/runtimes/versions.ts";

const NODE = [
  { version: "23.1.0" },
  { version: "22.11.0", lts: "jod" },
  { version: "22.1.0" },
  { version: "20.19.5", lts: "iron" },
  { version: "20.9.0", lts: "iron" },
  { version: "18.20.4", lts: "hydrogen" },
  { version: "200.0.0-rc.1" },
];

function newest(runtime: Runtime, text: string, versions: readonly { version: string; lts?: string }[]) {
  const request = parseRequest(runtime, text);
  return request === undefined ? "no request" : newestFor(request, versions)?.version;
}

describe("requests", () => {
  it.each<readonly [string, string | undefined]>([
    ["20", "20.19.5"],
    ["20.9", "20.9.0"],
    ["20.9.0", "20.9.0"],
    ["v20", "20.19.5"],
    ["20.x", "20.19.5"],
    ["20.*", "20.19.5"],
    ["2", undefined],
    ["20.1", undefined],
    ["200", undefined],
    ["200.0.0-rc.1", "200.0.0-rc.1"],
    ["latest", "23.1.0"],
    ["*", "23.1.0"],
    ["lts", "22.11.0"],
    ["lts/*", "22.11.0"],
    ["lts/iron", "20.19.5"],
    ["lts/Iron", "20.19.5"],
    ["lts/-1", "20.19.5"],
    ["lts/-2", "18.20.4"],
    ["lts/-3", undefined],
    ["lts/none", undefined],
    ["system", undefined],
    ["lts/", "no request"],
    ["../20", "no request"],
    ["", "no request"],
  ])("node %s is %s", (text, version) => {
    expect(newest("node", text, NODE)).toBe(version);
  });

  it.each<readonly [Runtime, string, readonly string[], string | undefined]>([
    ["python", "3.12", ["3.12.7+20241016", "3.12.7+20241101", "3.13.0rc2+20241016"], "3.12.7+20241101"],
    ["python", "3.12.7", ["3.12.7+20241016", "3.12.70+20241016"], "3.12.7+20241016"],
    ["python", "3.13", ["3.13.0rc2+20241016"], undefined],
    ["python", "3.13.0rc2", ["3.13.0rc2+20241016"], "3.13.0rc2+20241016"],
    ["go", "go1.22", ["1.22rc1", "1.22.10", "1.22.9", "1.220.0"], "1.22.10"],
    ["go", "1.22rc1", ["1.22rc1", "1.22.10"], "1.22rc1"],
    ["rust", "stable", ["1.80.0", "1.79.0", "nightly-2026-11-01"], "1.80.0"],
    ["rust", "1.80", ["1.80.1", "1.8.0"], "1.80.1"],
    ["rust", "nightly", ["1.80.0", "nightly-2026-11-01", "nightly-2026-10-31"], "nightly-2026-11-01"],
    ["rust", "nightly-2026-10-31", ["nightly-2026-11-01", "nightly-2026-10-31"], "nightly-2026-10-31"],
    ["rust", "beta", ["beta-2026-11-01", "nightly-2026-11-02"], "beta-2026-11-01"],
    ["rust", "stable-x86_64-unknown-linux-gnu", ["1.80.0"], "1.80.0"],
    ["ruby", "ruby-3.4.1", ["3.4.1-1", "3.4.1-2", "3.4.10-1"], "3.4.1-2"],
    ["ruby", "3.4", ["3.4.0-preview1", "3.4.0-1"], "3.4.0-1"],
    ["java", "21", ["21.0.5+11", "21.0.4+7", "22.0.1+8"], "21.0.5+11"],
    ["java", "temurin-21", ["21.0.5+11"], "21.0.5+11"],
    ["java", "21.0.4-tem", ["21.0.5+11", "21.0.4+7"], "21.0.4+7"],
    ["java", "1.8", ["8.0.432+6"], "8.0.432+6"],
    ["java", "zulu-21", ["21.0.5+11"], undefined],
    ["java", "21.0.5-zulu", ["21.0.5+11"], undefined],
    ["bun", "1.1", ["1.1.34", "1.10.0"], "1.1.34"],
    ["deno", "2", ["2.0.5", "2.0.0-rc.1"], "2.0.5"],
  ])("%s %s of %j is %s", (runtime, text, versions, version) => {
    expect(
      newest(
        runtime,
        text,
        versions.map((each) => ({ version: each })),
      ),
    ).toBe(version);
  });

  it("takes a number as a whole one, and no prerelease that was not named", () => {
    const part = fc.nat(999);
    fc.assert(
      fc.property(part, part, part, fc.nat(9), (a, b, c, more) => {
        const request = parseRequest("node", `${a}.${b}`);
        if (request === undefined) throw new Error("no request");
        expect(answers(`${a}.${b}.${c}`, request)).toBe(true);
        expect(answers(`${a}.${b}${more}.${c}`, request)).toBe(false);
        expect(answers(`${a}.${b}.${c}-rc.1`, request)).toBe(false);
      }),
    );
  });
});

describe("the order of versions", () => {
  it.each([
    ["1.9.0", "1.10.0"],
    ["1.22rc1", "1.22"],
    ["3.13.0rc2+20241016", "3.13.0+20241008"],
    ["3.4.0-preview1", "3.4.0-1"],
    ["3.4.1", "3.4.1-1"],
    ["21.0.5+9", "21.0.5+11"],
    ["beta-2026-10-31", "beta-2026-11-01"],
    ["nightly-2026-11-01", "1.80.0"],
    ["2.0.0-rc.1", "2.0.0"],
  ])("%s is older than %s", (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, older)).toBe(0);
  });

  it("is an order", () => {
    const version = fc.stringMatching(/^\d{1,2}(\.\d{1,2}){0,2}([-+a-z]{0,2}\d{0,2})?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("executables", () => {
  it("belong to one runtime each", () => {
    const all = RUNTIMES.flatMap((runtime) => EXECUTABLES[runtime]);
    expect(new Set(all).size).toBe(all.length);
    expect(runtimeOf("npx")).toBe("node");
    expect(runtimeOf("gofmt")).toBe("go");
    expect(runtimeOf("ls")).toBeUndefined();
    expect(isRuntime("java") && !isRuntime("zig")).toBe(true);
  });
});
