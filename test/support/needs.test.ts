import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEBIAN_PACKAGES, installLine, missingPackages } from "./needs.ts";

const PROJECT = join(import.meta.dirname, "../..");

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

/** needs() as a process with this environment sees it; nothing but the administrator's folders in the PATH. */
async function needsWith(ci: string) {
  vi.stubEnv("CI", ci);
  vi.stubEnv("PATH", "/nowhere");
  return (await import("./needs.ts")).needs;
}

describe("the list of Debian packages", () => {
  it("is sorted and names each once", () => {
    const names = DEBIAN_PACKAGES.map((entry) => entry.package);
    expect(names).toEqual([...new Set(names)].sort());
  });

  it("is the one that .ci/run installs", () => {
    expect(readFileSync(join(PROJECT, ".ci/run"), "utf8")).toContain("test/support/debian-packages.json");
  });
});

describe("needs", () => {
  it("answers false for a program that is not in the PATH, with the line that installs it", async () => {
    const needs = await needsWith("");
    expect(needs("zstd", "gpg")).toBe(false);
    vi.resetModules();
    const { missingPackages } = await import("./needs.ts");
    expect(installLine(missingPackages(["zstd", "gpg"]))).toBe("sudo apt-get install --no-install-recommends zstd gpg");
  });

  it("throws instead when CI is set", async () => {
    const needs = await needsWith("true");
    expect(() => needs("zstd")).toThrow("needs the Debian package zstd");
  });

  it("finds what is there", () => {
    expect(missingPackages(["dpkg"])).toEqual([]);
  });

  it("refuses a name that is not in the list", () => {
    expect(() => missingPackages(["strange"])).toThrow("add it there");
  });
});

describe("the closing line", () => {
  const SUITE = `
    test("passes", () => {});
    test("fails", () => { throw new Error("on purpose"); });
    test.skip("skipped", () => {});
    describe("hooks", () => { beforeAll(() => { throw new Error("hook"); }); test("never runs", () => {}); });`;
  const reporter = join(import.meta.dirname, "plain-summary.ts");
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-summary-"));
    mkdirSync(join(folder, "test"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function runSuite(text: string, ci: string, args: readonly string[] = []) {
    writeFileSync(join(folder, "test/a.test.ts"), text);
    const fixed = ["run", "--root", folder, "--globals", "--reporter=default", `--reporter=${reporter}`, ...args];
    const ran = spawnSync(join(PROJECT, "node_modules/.bin/vitest"), fixed, {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH, CI: ci },
    });
    return { status: ran.status, stdout: ran.stdout, last: ran.stdout.trimEnd().split("\n").at(-1) };
  }

  it("counts what passed, failed (a broken hook too) and was skipped", () => {
    const { status, last, stdout } = runSuite(SUITE, "");
    expect(last).toBe("Tests: 1 passed, 2 failed, 2 skipped");
    expect(stdout).toContain("NOT TESTED: 2 tests were skipped.");
    expect(status).toBe(1);
  });

  it("counts a file that cannot be loaded", () => {
    expect(runSuite('throw new Error("no");', "").last).toBe("Tests: 0 passed, 1 failed, 0 skipped");
  });

  it("lets a skipped test be on a user's machine, and fails it when CI is set", () => {
    const suite = 'test("passes", () => {}); test.skip("skipped", () => {});';
    expect(runSuite(suite, "").status).toBe(0);
    const inCi = runSuite(suite, "true");
    expect([inCi.status, inCi.last]).toEqual([1, "Tests: 1 passed, 0 failed, 1 skipped"]);
  });

  it("does not take the tests that a name filter leaves out for skipped ones", () => {
    const suite = 'test("passes", () => {}); test("other", () => {});';
    expect(runSuite(suite, "true", ["-t", "passes"]).status).toBe(0);
  });
});
