import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { keyFindings } from "../../app/doctor/keys.ts";
import { machineFindings } from "../../app/doctor/machine.ts";
import { looseFolders } from "../../app/doctor/own.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";

const home = mkdtempSync(join(tmpdir(), "omg-doctor-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const uid = process.geteuid?.() ?? 0;

function context(parts: Partial<Context> = {}): Context {
  return {
    cwd: home,
    env: {
      PATH: "",
      OMG_DATA_DIR: join(home, "data"),
      OMG_STATE_DIR: join(home, "state"),
      OMG_CONFIG_DIR: join(home, "config"),
      OMG_CACHE_DIR: join(home, "cache"),
    },
    uid,
    user: "me",
    home,
    elevated: false,
    now: () => new Date("2026-01-15T00:00:00Z"),
    emit: () => undefined,
    signal: new AbortController().signal,
    program: "/opt/omg/dist",
    ...parts,
  };
}

const of = (check: string, ctx: Context, newest?: string) =>
  machineFindings(ctx, newest).filter((each) => each.check === check);

describe("what omg stands on", () => {
  it("a Node that gets no fixes, or soon will not, is named", () => {
    expect(of("node", context({ now: () => new Date("2020-01-01") }))[0]?.level).toBe("ok");
    const late = of("node", context({ now: () => new Date("2028-03-01") }))[0];
    expect([late?.level, late?.next]).toEqual(
      Number.parseInt(process.versions.node, 10) <= 24 ? ["warn", "Install a newer Node.js."] : ["ok", undefined],
    );
  });

  it("a PATH is searched for an omg that can be started", () => {
    const bin = join(home, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "omg"), "");
    const ctx = context({ env: { ...context().env, PATH: `relative:${bin}` } });
    expect(of("path", ctx)).toMatchObject([{ level: "warn", next: 'export PATH="/opt/omg/bin:$PATH"' }]);
    chmodSync(join(bin, "omg"), 0o755);
    expect(of("path", ctx)).toMatchObject([{ level: "ok" }]);
  });

  it("a clock may be a little behind a signed index, and no more", () => {
    expect(of("clock", context(), "2026-01-15T00:05:00Z")[0]?.level).toBe("ok");
    expect(of("clock", context(), "2026-01-15T02:00:00Z")[0]?.level).toBe("bad");
    expect(of("clock", context())[0]?.level).toBe("ok");
  });

  it("root needs no sudo", () => {
    expect(of("sudo", context({ uid: 0 }))).toEqual([]);
    expect(of("sudo", context({ uid: 1000 }))).toHaveLength(1);
  });
});

it("folders that others can write to, and what is no folder, are found", () => {
  const ctx = context();
  mkdirSync(join(home, "data/store"), { recursive: true });
  mkdirSync(join(home, "elsewhere"));
  symlinkSync(join(home, "elsewhere"), join(home, "data/generations"));
  expect(looseFolders(ctx)).toEqual([join(home, "data/generations")]);
  chmodSync(join(home, "data/store"), 0o775);
  expect(looseFolders(ctx)).toEqual([join(home, "data/store"), join(home, "data/generations")]);
});

describe.runIf(needs("gpg", "gpg-agent"))("keys of sources", () => {
  const gpg = new GpgHome();
  afterAll(() => gpg.dispose());

  it("that have expired are bad, that soon will are a warning, and an unreadable keyring is bad", async () => {
    const at = new Date("2026-01-01T00:00:00Z");
    const key = gpg.makeKey("source", { at, expire: "60d" });
    const keyrings = [gpg.exportTo(join(gpg.folder, "source.gpg"), [key])];
    const levels = async (now: string, files = keyrings) =>
      (await keyFindings([{ source: "omg", keyrings: files }], new Date(now))).map(({ level }) => level);
    expect(await levels("2026-01-05T00:00:00Z")).toEqual(["ok"]);
    expect(await levels("2026-02-20T00:00:00Z")).toEqual(["warn"]);
    expect(await levels("2026-04-01T00:00:00Z")).toEqual(["bad"]);
    expect(await levels("2026-01-05T00:00:00Z", ["/nonexistent.gpg"])).toEqual(["bad"]);
  });
});
