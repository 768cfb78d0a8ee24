import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Expectations } from "../../providers/apt/act/expectations.ts";
import { refusalBehind } from "../../reconciler/refusal-behind.ts";
import type { World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Violation } from "../../schema/model/artifact.ts";

let folder: string;
let hook: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-test-"));
  hook = join(folder, "apt-hook.cjs");
  buildSync({
    entryPoints: ["providers/apt/hook.ts"],
    outfile: hook,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  writeFileSync(join(folder, "a.deb"), "other bytes");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real hook, told by a file what was planned, and what apt would announce. */
function hookSays(expected: Partial<Expectations>, announcement: string): string {
  const plan = join(folder, "plan.json");
  writeFileSync(plan, JSON.stringify({ install: [], remove: [], configure: [], ...expected }));
  const { status, stderr } = spawnSync(process.execPath, [hook, plan], { input: announcement, encoding: "utf8" });
  expect(status).toBe(1);
  return stderr;
}

/** What apt-get's failure becomes. The gate's answer is the other half of the question, so it is given here. */
async function behind(output: string, violations: readonly Violation[] = []): Promise<OmgError> {
  const world = { gate: { judge: async () => ({ judgements: [], violations, policy: "" }) } } as unknown as World;
  const details = ["Reading package lists...", ...output.split("\n"), "E: Sub-process returned an error code"];
  const cause = new OmgError({ code: "operation-failed", exit: "partly", message: "apt-get failed", details });
  const found = await refusalBehind(world, [], cause);
  if (!(found instanceof OmgError)) throw found;
  return found;
}

const announce = (line: string) => `VERSION 3\nAPT::Architecture=amd64\n\n${line}\n`;
const install = { name: "a", arch: "all", from: null, to: "1", sha256: "0".repeat(64) };

describe("why a package manager stopped", () => {
  it("other bytes are an accusation", async () => {
    const said = hookSays({ install: [install] }, announce(`a - - none < 1 all none ${join(folder, "a.deb")}`));
    const found = await behind(said);
    expect([found.code, found.exit]).toEqual(["changed-after-verification", "refused"]);
    expect(found.details.join()).toContain("the file of a has SHA-256");
  });

  it("the gate's own finding is one too", async () => {
    const violation: Violation = {
      address: "apt.a",
      rule: "grade.minimum",
      file: "built-in",
      message: "has other bytes",
      remedy: "",
    };
    const found = await behind("", [violation]);
    expect([found.exit, found.details]).toEqual(["refused", ["apt.a: has other bytes"]]);
  });

  it("more or fewer changes than planned mean that the machine moved", async () => {
    for (const said of [
      hookSays({}, announce("b 1 all none = 1 all none **CONFIGURE**")),
      hookSays({ remove: [{ name: "c", from: "1" }] }, announce("").trimEnd().concat("\n\n")),
    ]) {
      const found = await behind(said);
      expect([found.code, found.exit]).toEqual(["machine-moved", "stale"]);
      expect(found.details.join()).toMatch(/configuring b 1 .*is not in the plan|removing c 1 is in the plan/);
      expect(`${found.message} ${found.hint}`).not.toMatch(/verified|Somebody/);
    }
  });

  it("a check that did not work is apt's own failure, with what it said", async () => {
    const found = await behind(hookSays({}, "VERSION 2\n"));
    expect(found.code).toBe("operation-failed");
    expect(found.details.join()).toContain("could not be compared with the plan");
    expect((await behind("E: disk full")).code).toBe("operation-failed");
  });
});
