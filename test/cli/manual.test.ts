import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { manualPage, manualPages } from "../../cli/manual.ts";
import { needs } from "../support/needs.ts";

const PAGES = Object.entries(manualPages("1.2.3"));
const folder = mkdtempSync(join(tmpdir(), "omg-man-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: readonly string[]) {
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", MANWIDTH: "100", MANROFFSEQ: "" };
  const { stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
  return { stdout, stderr };
}

describe.runIf(needs("man-db", "mandoc"))("manual pages", () => {
  it.each(PAGES)("%s is sound to man and to mandoc", (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    const shown = run("man", ["--warnings", "-l", path]);
    expect(shown.stderr).toBe("");
    // Without a date on purpose: two builds of the same source are the same.
    const faults = run("mandoc", ["-T", "lint", "-W", "warning", path]).stdout.split("\n");
    expect(faults.filter((fault) => fault !== "" && !fault.includes("missing date"))).toEqual([]);
  });

  it("show each command with its options and examples", () => {
    for (const spec of COMMANDS) {
      const path = join(folder, "page.1");
      writeFileSync(path, manualPage(spec.name.split(" "), "1.2.3") ?? "");
      const shown = run("man", ["-l", path]).stdout.replace(/\s+/g, " ");
      for (const { flags } of spec.options) expect(shown).toContain(flags);
      for (const { command } of spec.examples) expect(shown).toContain(command);
      expect(shown).toContain(`omg ${spec.name} [options]`);
    }
  });

  it("are there for every command, and for no other", () => {
    expect(PAGES.map(([name]) => name)).toEqual([
      "omg.1",
      ...COMMANDS.map(({ name }) => `omg-${name.replaceAll(" ", "-")}.1`),
    ]);
    expect(manualPage(["upgrade"], "1")).toBeUndefined();
  });
});
