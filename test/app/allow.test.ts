import { chownSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allow, deny } from "../../app/commands/allow.ts";
import type { Context } from "../../app/context.ts";
import { resolveFolder } from "../../app/here/resolve.ts";
import { createHereLab, type HereLab } from "../support/here-lab.ts";
import { needs } from "../support/needs.ts";

let lab: HereLab;
let ctx: Context;
beforeEach(() => {
  lab = createHereLab();
  // Root's own configuration is the machine's, so a test of its policy needs a place of its own.
  ctx = lab.context("", {
    env: {
      PATH: "/usr/bin:/bin",
      ...Object.fromEntries(
        ["CONFIG", "DATA", "STATE", "CACHE"].map((name) => [`OMG_${name}_DIR`, join(lab.folder, name)]),
      ),
    },
  });
});
afterEach(() => lab.dispose());

const lock = (body: string) => lab.write("project/omg.lock", `version: 1\nname: p\n${body}`);
const names = async (at = ctx) =>
  (await resolveFolder(at)).variables.map(({ name, value }) => `${name}=${value}`).sort();
const notices = async (at = ctx) => (await resolveFolder(at)).notices.join("\n");

describe("what a folder's files set", () => {
  it("takes effect once it is allowed, in this content and with these includes only", async () => {
    lock("env: { A: one }\ninclude: [more.yaml]\n");
    lab.write("project/more.yaml", "env: { B: two }\n");
    expect(await names()).toEqual([]);
    expect(await notices()).toContain("sets 2 variables, which you have not allowed in this content. Next: omg allow");
    const result = await allow(ctx, {});
    expect(result.files).toMatchObject([{ path: join(lab.project, "omg.lock"), before: false, refused: [] }]);
    expect(await names()).toEqual(["A=one", "B=two"]);
    lab.write("project/more.yaml", "env: { B: three }\n");
    expect(await names()).toEqual([]);
    await allow(ctx, {});
    expect(await names()).toEqual(["A=one", "B=three"]);
    expect((await deny(ctx, {})).files).toMatchObject([{ before: true }]);
    expect(await names()).toEqual([]);
    expect((await deny(ctx, {})).files).toMatchObject([{ before: false }]);
  });

  it("is looked for in a folder that is there", async () => {
    for (const act of [allow, deny])
      await expect(act(ctx, { folder: "nowhere" })).rejects.toThrow(`${lab.project}/nowhere is not a folder.`);
  });

  it.runIf(needs("root"))("is allowed from its owner only", async () => {
    const path = lock("env: { A: one }\n");
    await allow(ctx, {});
    chownSync(path, 1000, 1000);
    const sudo = { ...ctx, env: { ...ctx.env, SUDO_UID: "1000" } };
    expect(await names(sudo)).toEqual([]);
  });

  it("holds in the folders below, where the closest file decides on a name", async () => {
    lock("env: { A: one, B: two }\naliases: { ll: ls -l }\n");
    lab.write(
      "project/sub/mise.toml",
      '[env]\nA = "closer"\nGONE = false\nN = 3\n_.path = "bin"\nT = "{{ env.HOME }}"\n',
    );
    const below = { ...ctx, cwd: join(lab.project, "sub") };
    const { files } = await allow(below, {});
    expect(files.map(({ path }) => path)).toEqual([join(lab.project, "sub/mise.toml"), join(lab.project, "omg.lock")]);
    expect(files[0]?.refused).toEqual([
      "_: only mise itself can tell its value",
      "T: only mise itself can tell its value",
    ]);
    expect(await names(below)).toEqual(["A=closer", "B=two", "GONE=", "N=3"]);
    expect((await resolveFolder(below)).aliases).toEqual([{ name: "ll", value: "ls -l" }]);
    expect(await names()).toEqual(["A=one", "B=two"]);
  });

  it("never holds for what loads or finds programs, unless the machine's policy says so", async () => {
    lock(
      'env: { LD_PRELOAD: ./x.so, PATH: /x, PYTHONPATH: lib, NODE_OPTIONS: "--require x", FINE: "1" }\naliases: { sudo: evil, ll: ls }\n',
    );
    const { files } = await allow(ctx, {});
    expect(files[0]?.refused.map((why) => why.split(":")[0]).sort()).toEqual([
      "LD_PRELOAD",
      "NODE_OPTIONS",
      "PATH",
      "PYTHONPATH",
      "sudo",
    ]);
    expect(await names()).toEqual(["FINE=1"]);
    expect(await notices()).toContain("LD_PRELOAD: it needs the machine's policy, [shell] allow");
    lab.write("CONFIG/policy.toml", "[shell]\nallow = 1\n");
    expect(await names()).toEqual([]);
    expect(await notices()).toContain("everything: The policy is not valid");
    lab.write("CONFIG/policy.toml", 'version = 1\n[shell]\nallow = ["PYTHONPATH"]\n');
    expect(await names()).toEqual(["FINE=1", "PYTHONPATH=lib"]);
  });

  it("never holds for a value that looks like a secret; a reference to one is left to the shell", async () => {
    const secret = ["ghp_", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"].join("");
    lock(`env:\n  API_TOKEN: ${secret}\n  DB_PASSWORD: { from: command, name: pass show db }\n`);
    const { files } = await allow(ctx, {});
    expect(files[0]?.refused).toEqual([
      "API_TOKEN: it looks like a secret; write { from: env, file or command } instead",
    ]);
    expect((await resolveFolder(ctx)).variables).toEqual([
      { name: "DB_PASSWORD", kind: "command", value: "pass show db" },
    ]);
  });

  it("may name a folder to take programs from only once it is allowed", async () => {
    lab.write("project/.tool-versions", "nodejs path:./tools\n");
    lab.write("project/tools/bin/node", "#!/bin/sh\n", 0o755);
    const tools = async () => (await resolveFolder(ctx)).tools.filter(({ name }) => name === "node");
    expect(await tools()).toMatchObject([{ message: expect.stringContaining("`omg allow` has to allow") }]);
    expect((await allow(ctx, {})).files).toMatchObject([{ naming: true }]);
    expect(await tools()).toEqual([{ name: "node", path: join(lab.project, "tools/bin/node") }]);
    lab.write("project/.tool-versions", "nodejs path:/elsewhere\n");
    expect(await tools()).toMatchObject([{ message: expect.stringContaining("has to allow") }]);
  });

  it("needs no permission for which of the installed versions is used", async () => {
    lab.write("project/.nvmrc", "20\n");
    await expect(allow(ctx, {})).rejects.toMatchObject({ code: "nothing-to-allow" });
    await expect(deny(ctx, {})).rejects.toMatchObject({ code: "nothing-to-allow" });
  });

  it("is not your own omg.lock's: what that sets holds everywhere", async () => {
    const root = process.geteuid?.() === 0;
    lab.write(root ? "CONFIG/user/omg.lock" : "CONFIG/omg.lock", "version: 1\nname: mine\nenv: { A: one }\n");
    const there = { ...ctx, cwd: join(lab.folder, root ? "CONFIG/user" : "CONFIG") };
    expect(await names(there)).toEqual([]);
    expect(await notices(there)).toBe("");
  });
});
