import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { acceptPolicy, readHeld, rememberPolicy } from "../../app/held-policy.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";

const PATH = "/home/ada/env/policy.toml";
const rule = <T>(value: T) => ({ value, file: PATH, line: 3 });

let home: string;
let ctx: Context;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "omg-held-"));
  ctx = {
    cwd: home,
    env: {},
    uid: 1000,
    user: "ada",
    home,
    elevated: false,
    now: () => new Date(),
    emit: () => undefined,
    signal: new AbortController().signal,
    program: home,
  };
});
afterEach(() => rmSync(home, { recursive: true }));

const held = async (now: PolicyFile | undefined, path = PATH) =>
  (await readHeld(ctx, path, now))?.loosenings.map((one) => one.rule);

describe("what a policy asked for when it was last applied", () => {
  it("is nothing before the first time, and holds nothing back that is as strict", async () => {
    expect(await held({})).toBeUndefined();
    await rememberPolicy(ctx, PATH, undefined);
    expect(await held({})).toBeUndefined();
    await rememberPolicy(ctx, PATH, { removalsMax: rule(5) });
    expect(await held({ removalsMax: rule(5) })).toBeUndefined();
    expect(await held({ removalsMax: rule(4), undoRequired: rule(true) })).toBeUndefined();
  });

  it("counts for what is looser, for no policy at all as well, and for no other path", async () => {
    await rememberPolicy(ctx, PATH, { removalsMax: rule(5) });
    expect(await held({ removalsMax: rule(6) })).toEqual(["removals.max"]);
    expect(await held(undefined)).toEqual(["removals.max"]);
    expect(await held(undefined, "/elsewhere/policy.toml")).toBeUndefined();
  });

  it("says of every rule that it is the earlier one's, and leaves names alone that look like places", async () => {
    const modes = { whole: "warn", tables: { grade: "enforce" } } as const;
    await rememberPolicy(ctx, PATH, { gradeSources: { file: rule("verified" as const) }, modes });
    const [earlier] = (await readHeld(ctx, PATH, {}))?.earlier ?? [];
    const place = `${PATH} as last applied`;
    expect(earlier).toEqual({ gradeSources: { file: { value: "verified", file: place, line: 3 } }, modes });
  });

  it("stays when a looser one was applied, and goes when a stricter one was", async () => {
    await rememberPolicy(ctx, PATH, { removalsMax: rule(5) });
    await rememberPolicy(ctx, PATH, { removalsMax: rule(9) });
    expect(await held({ removalsMax: rule(9) })).toEqual(["removals.max"]);
    await rememberPolicy(ctx, PATH, { removalsMax: rule(2) });
    expect(await held({ removalsMax: rule(5) })).toEqual(["removals.max"]);
    expect((await readHeld(ctx, PATH, undefined))?.earlier).toHaveLength(1);
  });

  it("is every one that asked for more in some respect", async () => {
    await rememberPolicy(ctx, PATH, { removalsMax: rule(5), ageMinimum: rule(1) });
    await rememberPolicy(ctx, PATH, { removalsMax: rule(6), ageMinimum: rule(2) });
    expect(await held({ removalsMax: rule(6), ageMinimum: rule(1) })).toEqual(["removals.max", "age.minimum-days"]);
    expect(await held({ removalsMax: rule(5), ageMinimum: rule(2) })).toBeUndefined();
  });

  it("is forgotten once the looser one is accepted", async () => {
    await rememberPolicy(ctx, PATH, { removalsMax: rule(5) });
    acceptPolicy(ctx, PATH, { removalsMax: rule(9) });
    expect(await held({ removalsMax: rule(9) })).toBeUndefined();
    expect(await held({ removalsMax: rule(10) })).toEqual(["removals.max"]);
    acceptPolicy(ctx, PATH, undefined);
    expect(await held({})).toBeUndefined();
  });

  it("does not pile up without end", async () => {
    const mixed = (step: number) => ({ removalsMax: rule(step), ageMinimum: rule(step) });
    for (let step = 0; step < 16; step++) await rememberPolicy(ctx, PATH, mixed(step));
    await expect(rememberPolicy(ctx, PATH, mixed(16))).rejects.toMatchObject({ code: "policy-not-accepted" });
    acceptPolicy(ctx, PATH, mixed(16));
    await rememberPolicy(ctx, PATH, mixed(17));
  });
});
