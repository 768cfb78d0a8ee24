import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { onTerminal } from "../support/on-terminal.ts";

// A real terminal, made by script(1), and the real apt in an isolated root.
describe.runIf(needs("apt-utils", "gpg", "root"))("on a terminal", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "lock");
  });
  afterAll(() => lab.dispose());

  const omg = (args: readonly string[], typed: string, env?: Readonly<Record<string, string>>) =>
    onTerminal(lab, args, typed, env);

  it.each([
    ["no", "n\n", 9],
    ["the end of the input", "\u0004", 9],
    ["Ctrl-C", "\u0003", 130],
  ])("shows the plan, asks, and takes %s for no", async (_what, typed, exit) => {
    const before = lab.apt.snapshot();
    const { code, shown } = await omg(["apply"], typed, { NO_COLOR: "1" });
    expect(shown).toMatch(/omg-app +2\.0 +install/);
    expect(shown).toContain("Apply these 4 changes? [y/N]");
    expect(shown).toContain("Not applied. Now: nothing was changed.");
    expect(code).toBe(exit);
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("never asks where a program reads the answer", async () => {
    const { code, shown } = await omg(["apply", "--json"], "y\n");
    expect([code, shown.includes("[y/N]")]).toEqual([9, false]);
  });

  it("takes y for yes, shows what goes on in one line, and takes that line away again", async () => {
    const { code, shown } = await omg(["apply"], "y\n");
    expect(code).toBe(0);
    expect(shown).toContain("\u001b[K\r");
    const last = shown.slice(shown.lastIndexOf("\u001b[K"));
    expect(last).toMatch(/Done/);
    expect(last).toContain("Generation system:1");
    await lab.expect(0, "check");
  });

  it("finishes a change that is under way when a signal comes, and says so", async () => {
    lab.wantPackages({ "omg-app": "2.0", "omg-slow": "*" });
    const { code, stderr } = await lab.omg(["apply", "--yes"], {
      onStart: (child) => {
        let seen = "";
        child.stderr?.on("data", (chunk: Buffer) => {
          const before = seen.includes("let apt make the changes");
          seen += chunk.toString();
          if (!before && seen.includes("let apt make the changes")) child.kill("SIGINT");
        });
      },
    });
    expect(stderr).toContain("the change that is under way is finished first");
    expect(code).toBe(130);
    await lab.expect(0, "check");
  });
});
