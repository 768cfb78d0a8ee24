import { spawnSync } from "node:child_process";
import { chownSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFastLab, type FastLab, STRANGER, statusBytes } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";

const PROJECT = join(import.meta.dirname, "../..");
/** nobody, who has an entry in passwd(5) and a home that is none. */
const NOBODY = 65_534;

describe.runIf(needs("gcc", "libc6-dev", "root"))("omg-fast reads where `omg status` does", () => {
  let lab: FastLab;
  let serial = 0;
  let home: string;
  beforeAll(() => {
    lab = createFastLab();
    for (const name of ["omg.cjs", "omg-rest.cjs", "lib"])
      cpSync(join(PROJECT, "dist", name), join(lab.folder, name), { recursive: true });
    home = join(lab.folder, "a home");
  });
  afterAll(() => lab.dispose());
  beforeEach(() => {
    for (const name of ["a home", "x", "run"]) rmSync(join(lab.folder, name), { recursive: true, force: true });
  });

  const omgStatus = (env: Readonly<Record<string, string>>, uid: number, ...args: readonly string[]) => {
    const words = [join(lab.folder, "omg.cjs"), "status", ...args];
    return spawnSync(process.execPath, words, { env, uid, gid: uid, cwd: "/", encoding: "utf8" });
  };

  /** What omg itself says of where it looks, or its exit code. */
  const asked = (env: Readonly<Record<string, string>>, uid: number): string | number | null => {
    const ran = omgStatus(env, uid, "--json");
    return ran.status === 0 ? JSON.parse(ran.stdout).path : ran.status;
  };

  const answers = (env: Readonly<Record<string, string>>, uid: number) =>
    (["native", "script"] as const).map((which) => lab.run(which, ["drift"], { env, uid }));

  const publish = (path: string, uid: number): string => {
    serial += 1;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, statusBytes({ drift: 1000 + serial }));
    chownSync(path, uid, uid);
    return `${1000 + serial}\n`;
  };

  /** The variables, with @ for the lab's folder. */
  const PLACES: readonly Readonly<Record<string, string>>[] = [
    { HOME: "@/a home" },
    { HOME: "@/a home/", XDG_STATE_HOME: "", XDG_RUNTIME_DIR: "" },
    { HOME: "@/a home", XDG_RUNTIME_DIR: "@/x/runtime" },
    { HOME: "@/a home", XDG_RUNTIME_DIR: "relative", XDG_STATE_HOME: "@/x/state" },
    { HOME: "@/a home", XDG_STATE_HOME: "@/x/state" },
    { HOME: "@/a home", XDG_STATE_HOME: "relative" },
    { HOME: "@/a home", XDG_STATE_HOME: "@/x/state", OMG_STATE_DIR: "@/x/own state" },
    { HOME: "@/a home", XDG_RUNTIME_DIR: "@/x/runtime", OMG_RUNTIME_DIR: "@/x/own" },
    { HOME: "@/a home", XDG_RUNTIME_DIR: "@/x/runtime", OMG_RUNTIME_DIR: "" },
    { HOME: "@/a home", OMG_RUNTIME_DIR: "@//x/./y/../own/" },
    { HOME: "@/a home", OMG_RUNTIME_DIR: "/../../.@/x/no-such/../own/.." },
    { HOME: "@/a home", XDG_RUNTIME_DIR: "@/x/ünïcode/日本" },
    { HOME: "@/a home", SUDO_UID: "1000", DOAS_USER: "someone", OMG_RUNTIME_DIR: "@/x/own" },
  ];

  const filled = (env: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace("@", lab.folder)]));

  it.each(PLACES)("for a user, with %o", (variables) => {
    const env = filled(variables);
    const path = asked(env, STRANGER);
    expect(path).toMatch(new RegExp(`^${lab.folder}/.*/?omg\\.status$`));
    const drift = publish(String(path), STRANGER);
    for (const ran of answers(env, STRANGER)) expect(ran).toEqual({ code: 0, stdout: drift, stderr: "" });
  });

  it.each(PLACES.filter((each) => each.OMG_RUNTIME_DIR?.startsWith("@") && !each.SUDO_UID))(
    "for root, with %o",
    (variables) => {
      const env = filled(variables);
      const drift = publish(String(asked(env, 0)), 0);
      for (const ran of answers(env, 0)) expect(ran).toEqual({ code: 0, stdout: drift, stderr: "" });
    },
  );

  it.each(["CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"])("and refuses a relative OMG_%s_DIR as omg does", (name) => {
    const env = { HOME: home, [`OMG_${name}_DIR`]: "./here" };
    for (const uid of [0, STRANGER]) {
      expect(asked(env, uid)).toBe(3);
      for (const ran of answers(env, uid))
        expect(ran).toMatchObject({
          code: 3,
          stdout: "",
          stderr: expect.stringContaining(`OMG_${name}_DIR is not an absolute path.`),
        });
    }
  });

  it.each([
    { SUDO_UID: "1000" },
    { PKEXEC_UID: "1000" },
    { DOAS_USER: "somebody" },
    { SUDO_UID: "" },
    { SUDO_UID: "0", PKEXEC_UID: "7" },
  ])("whatever the variables say, when root works for somebody else: %o", (behind) => {
    const env = { ...behind, HOME: home, OMG_RUNTIME_DIR: join(lab.folder, "x") };
    publish(join(lab.folder, "x/omg.status"), 0);
    expect(asked(env, 0)).toBe("/run/omg/omg.status");
    const machine = lab.run("native", ["drift"], { env: {} });
    for (const ran of answers(env, 0)) expect(ran).toEqual(machine);
  });

  it.each([{ SUDO_UID: "0" }, { DOAS_USER: "root" }])(
    "and by the variables when root works for itself: %o",
    (behind) => {
      const env = { ...behind, HOME: home, OMG_RUNTIME_DIR: join(lab.folder, "x") };
      const path = join(lab.folder, "x/omg.status");
      expect(asked(env, 0)).toBe(path);
      const drift = publish(path, 0);
      for (const ran of answers(env, 0)) expect(ran.stdout).toBe(drift);
    },
  );

  it.each([NOBODY, STRANGER])("for user %d without a HOME, where passwd(5) says, if it does", (uid) => {
    expect(asked({}, uid)).toBe("/nonexistent/.local/state/omg/omg.status");
    const [native, script] = answers({}, uid);
    expect(native).toEqual(script);
    expect(native).toMatchObject({
      code: 8,
      stdout: "?\n",
      stderr: expect.stringContaining("No status was published"),
    });
  });

  it("where a status of root's is in a user's place: it is believed, and a third person's is not", () => {
    const env = { OMG_RUNTIME_DIR: join(lab.folder, "x") };
    const path = join(lab.folder, "x/omg.status");
    const drift = publish(path, 0);
    for (const ran of answers(env, STRANGER)) expect(ran.stdout).toBe(drift);
    publish(path, NOBODY);
    for (const ran of answers(env, STRANGER)) expect(ran).toMatchObject({ code: 8, stdout: "?\n" });
  });

  it("and `omg status` says why it goes by none", () => {
    const env = { OMG_RUNTIME_DIR: join(lab.folder, "x") };
    const path = join(lab.folder, "x/omg.status");
    const said = () => JSON.parse(omgStatus(env, STRANGER, "--json").stdout);
    expect(said()).toMatchObject({ state: "unknown", fault: "absent", path });
    publish(path, NOBODY);
    expect(said()).toMatchObject({ state: "unknown", fault: "untrusted" });
    expect(omgStatus(env, STRANGER).stdout).toContain("not a file of root's or yours that only its owner can change");
    publish(path, STRANGER);
    expect(said()).toMatchObject({ state: "drifted", total: 1500, time: expect.any(String) });
    writeFileSync(path, statusBytes().fill(0xff, 24, 32));
    expect(said()).toMatchObject({ state: "unknown", fault: "malformed" });
    expect(omgStatus(env, STRANGER).stdout).toContain("damaged, or of another version of omg");
  });

  it("and says so where it cannot read what lies there", () => {
    const env = { OMG_RUNTIME_DIR: join(lab.folder, "x/closed") };
    publish(join(lab.folder, "x/closed/omg.status"), 0);
    spawnSync("chmod", ["700", join(lab.folder, "x/closed")]);
    for (const ran of answers(env, STRANGER))
      expect(ran).toMatchObject({ code: 8, stderr: expect.stringContaining("is not a file of root's or yours") });
    for (const ran of answers({ OMG_RUNTIME_DIR: `/${"a/".repeat(2100)}` }, STRANGER)) expect(ran.code).toBe(8);
    for (const ran of answers({ OMG_RUNTIME_DIR: `/${"b".repeat(120_000)}` }, STRANGER)) expect(ran.code).toBe(8);
  });

  it("and refuses a variable that is not UTF-8, since Node would read another path", () => {
    for (const which of ["native", "script"] as const) {
      const ran = lab.run(which, ["drift"], {
        around: 'XDG_STATE_HOME="$(printf "/tmp/\\355\\240\\200")" "$@"',
        env: { PATH: "/usr/bin:/bin" },
      });
      expect(ran).toEqual({
        code: 3,
        stdout: "",
        stderr:
          "omg-fast: XDG_STATE_HOME is not valid UTF-8.\nNext: Give the whole path, from / on, or leave it unset.\n",
      });
    }
  });
});
