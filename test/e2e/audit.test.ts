import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath, onFullDisk, onReadOnlyDisk, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root", "util-linux");

interface Line {
  readonly scope: string;
  readonly seq: number;
  readonly event: string;
  readonly actor: string;
  readonly meaning: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly hash: string;
  readonly checked?: readonly { address: string; evidence: readonly { check: string; verdict: string }[] | string }[];
}

describe.runIf(HERE)("omg audit", () => {
  let lab: OmgLab;
  const log = () => omgPath(lab, "data/audit/audit.jsonl");
  const witness = () => join(lab.apt.folder, "elsewhere", "heads");
  const config = (text: string) => {
    mkdirSync(omgPath(lab, "config"), { recursive: true });
    writeFileSync(omgPath(lab, "config/config.toml"), text);
  };
  const entries = async (...args: string[]): Promise<Line[]> =>
    (await lab.expect(0, "audit", "log", "--json", ...args)).stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  const verified = async (code: number, ...args: string[]) =>
    JSON.parse((await lab.expect(code, "audit", "verify", "--json", ...args)).stdout).scopes[0];

  beforeAll(async () => {
    lab = await createOmgLab();
    mkdirSync(join(lab.apt.folder, "elsewhere"));
    config(`[audit]\nwitness = "${witness()}"\n`);
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-app": "2.1" }));
    await lab.expect(0, "apply", "--yes");
    writeFileSync(join(lab.project, "policy.toml"), 'version = 1\n[packages]\ndeny = ["omg-slow"]\n');
    lab.writeLock(lockOf({ "omg-app": "2.1", "omg-slow": "1.0" }));
  });
  afterAll(() => lab.dispose());

  it("a refusal is a line of its own, with the rule; looking and planning write none", async () => {
    const before = readFileSync(log(), "utf8");
    for (const command of [
      ["plan"],
      ["check"],
      ["apply", "--dry-run"],
      ["audit", "log"],
      ["audit", "verify"],
      ["history"],
    ])
      await lab.omg(command);
    expect(readFileSync(log(), "utf8")).toBe(before);
    await expectRefusal(lab, { exit: 4, says: ["omg-slow", "packages.deny"] });
    const last = (await entries()).at(-1);
    expect(last).toMatchObject({
      event: "apply.refused",
      actor: "root",
      meaning: expect.stringContaining("apt.omg-slow [packages.deny]"),
    });
    expect(last?.data).toMatchObject({
      policy: expect.stringMatching(/^[0-9a-f]{64}$/),
      reasons: [{ address: "apt.omg-slow", rule: "packages.deny", file: join(lab.project, "policy.toml") }],
    });
    rmSync(join(lab.project, "policy.toml"));
    lab.writeLock(lockOf({ "omg-app": "2.1" }));
  });

  it("an apply names policy and evidence by their digests, and what was checked can be shown later", async () => {
    const [intent] = await entries("--event", "apply.intent", "-v");
    const evidence = intent?.data.evidence as { address: string; evidence: string }[];
    expect(evidence.map(({ evidence: digest }) => digest)).toEqual(
      evidence.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)),
    );
    expect(intent?.data.policy).toMatch(/^[0-9a-f]{64}$/);
    expect(intent?.checked?.length).toBe(evidence.length);
    for (const { evidence: checks } of intent?.checked ?? [])
      expect(
        (checks as { check: string; verdict: string }[]).map(({ check, verdict }) => `${check} ${verdict}`),
      ).toEqual(expect.arrayContaining(["checksum pass", "signature pass"]));
    const generation = JSON.parse(readFileSync(omgPath(lab, "data/generations/1.json"), "utf8"));
    expect(generation.evidence).toBe(intent?.data.book);
    const history = JSON.parse((await lab.expect(0, "history", "--json")).stdout);
    expect(history.entries.find((each: { number: number }) => each.number === 1).evidence).toBe(generation.evidence);
  });

  it("evidence that was changed or is gone shows", async () => {
    const [intent] = await entries("--event", "apply.intent");
    const path = omgPath(lab, `data/evidence/${String(intent?.data.book)}.json.gz`);
    const whole = readFileSync(path);
    for (const bytes of [Buffer.from("rubbish"), readFileSync(omgPath(lab, "data/artifacts.json"))]) {
      writeFileSync(path, bytes);
      expect((await entries("--event", "apply.intent", "-v"))[0]?.checked?.map(({ evidence }) => evidence)).toContain(
        "gone",
      );
    }
    writeFileSync(path, whole);
    expect((await lab.expect(0, "audit", "log", "-v")).stdout).toMatch(/signature pass/);
  });

  it("a rollback says what it went back to", async () => {
    await lab.expect(0, "rollback", "system:1", "--yes");
    expect((await entries()).at(-1)?.meaning).toBe("went back to system:1: generation 3");
    await lab.expect(0, "apply", "--yes");
  });

  it("finds entries by event, subject, actor, time and number", async () => {
    const all = await entries();
    expect(all.map(({ event }) => event)).toEqual([
      ...["apply.intent", "apply.done", "apply.intent", "apply.done", "apply.refused"],
      ...["apply.intent", "apply.done", "apply.intent", "apply.done"],
    ]);
    expect(await entries("--event", "apply")).toHaveLength(9);
    expect(await entries("--event", "apply.done,apply.refused")).toHaveLength(5);
    expect((await entries("--subject", "apt.omg-s*")).map(({ event }) => event)).toEqual(["apply.refused"]);
    expect(await entries("--subject", "lab", "--limit", "2")).toEqual(all.slice(-2));
    expect(await entries("--actor", "root")).toHaveLength(9);
    expect(await entries("--actor", "nobody")).toEqual([]);
    expect(await entries("--since", "1h")).toHaveLength(9);
    expect(await entries("--until", "1h")).toEqual([]);
    expect(await entries("--scope", "user")).toEqual([]);
    expect((await lab.omg(["audit", "log", "--since", "yesterday"])).code).toBe(1);
    expect((await lab.expect(0, "audit", "log", "--actor", "nobody")).stdout).toContain("No entry");
  });

  it("proves the log, and says what it does not prove", async () => {
    const { stdout } = await lab.expect(0, "audit", "verify");
    expect(words(stdout)).toMatch(/Log of system: whole, 9 entries in 1 file/);
    expect(words(stdout)).toMatch(/not even with the key/);
    expect(await verified(0)).toMatchObject({ entries: 9, signed: true, witness: { heads: 9, up_to: 9 } });
    config("");
    expect(words((await lab.expect(0, "audit", "verify")).stdout)).toMatch(/as root does, wrote all of it anew/);
    config(`[audit]\nwitness = "${witness()}"\n`);
  });

  it("the key is root's alone, and its public part is what `omg audit key` prints", async () => {
    expect(statSync(omgPath(lab, "state/audit-key.pem")).mode & 0o777).toBe(0o600);
    const { stdout } = await lab.expect(0, "audit", "key");
    expect(stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/);
    const kept = join(lab.apt.folder, "elsewhere", "key.pem");
    writeFileSync(kept, stdout);
    await lab.expect(0, "audit", "verify", "--key", kept);
    const { fingerprint } = JSON.parse((await lab.expect(0, "audit", "key", "--json")).stdout);
    expect((await verified(0)).head.key).toBe(fingerprint);
    expect((await lab.omg(["audit", "key", "--scope", "user"])).code).toBe(1);
  });

  it("status publishes the head, which a log must still agree with later", async () => {
    const status = (await lab.expect(0, "status", "--json")).stdout;
    const { seq, hash } = JSON.parse(status).audit.system;
    expect(seq).toBe(9);
    const noted = join(lab.apt.folder, "elsewhere", "status.json");
    writeFileSync(noted, status);
    for (const head of [noted, `system:9:${hash}`, witness()])
      await lab.expect(0, "audit", "verify", "--witness", head);
    await lab.expect(4, "audit", "verify", "--witness", `system:9:${"0".repeat(64)}`);
    await lab.expect(4, "audit", "verify", "--witness", `system:10:${hash}`);
    await lab.expect(1, "audit", "verify", "--witness", join(lab.apt.folder, "nothing"));
  });

  it("an older log with its own head looks right, and the witness tells", async () => {
    const now = join(lab.apt.folder, "now");
    for (const name of ["data/audit", "state"]) cpSync(omgPath(lab, name), join(now, name), { recursive: true });
    await lab.expect(0, "rollback", "system:1", "--yes");
    for (const name of ["data/audit", "state"]) {
      rmSync(omgPath(lab, name), { recursive: true });
      cpSync(join(now, name), omgPath(lab, name), { recursive: true });
    }
    config("");
    await lab.expect(0, "audit", "verify");
    config(`[audit]\nwitness = "${witness()}"\n`);
    const { stdout } = await lab.expect(4, "audit", "verify");
    expect(words(stdout)).toMatch(/Log of system: broken line 10: the log ends at line 9, and .* has seen line 11/);
    const heads = readFileSync(witness(), "utf8").split("\n");
    writeFileSync(witness(), `${heads.slice(0, 9).join("\n")}\n`);
    await lab.expect(0, "audit", "verify");
    await lab.expect(0, "apply", "--yes");
  });

  it("names the line that was changed: verify, history, doctor and apply agree", async () => {
    const whole = readFileSync(log(), "utf8");
    writeFileSync(log(), whole.replace('"generation":1', '"generation":5'));
    expect(await verified(4)).toMatchObject({ line: 1, broken: "line 1: its content was changed", file: log() });
    expect((await lab.expect(1, "history")).stdout).toContain("line 1: its content was changed");
    expect((await lab.omg(["doctor"])).stdout).toContain("line 1: its content was changed");
    await expectRefusal(lab, { exit: 1, says: ["line 1: its content was changed"] });
    writeFileSync(log(), whole);
    await lab.expect(0, "audit", "verify");
  });

  it("follows what is added, also when the file was set aside meanwhile", async () => {
    const child = spawn(process.execPath, [OMG, "audit", "log", "--follow", "--json", "--limit", "1"], {
      cwd: lab.project,
      env: lab.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = new Promise((done) => child.once("close", done));
    let seen = "";
    child.stdout.on("data", (chunk) => {
      seen += chunk;
    });
    const events = () =>
      seen
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as Line).event);
    const until = async (count: number) => {
      while (events().length < count) await new Promise((done) => setTimeout(done, 20));
    };
    await until(1);
    await lab.expect(0, "rollback", "system:1", "--yes");
    await until(3);
    // What an append does once the file has grown enough; here at once.
    cpSync(log(), omgPath(lab, "data/audit/audit.0000000001.jsonl"));
    rmSync(log());
    await lab.expect(0, "audit", "verify");
    await lab.expect(0, "apply", "--yes");
    await until(5);

    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(events()).toEqual(["apply.done", "apply.intent", "apply.done", "apply.intent", "apply.done"]);
    expect(await verified(0)).toMatchObject({ files: 2 });
  });

  it("a witness that is not to be had is told, and stops nothing", async () => {
    config(`[audit]\nwitness = "${join(lab.apt.folder, "no-such-folder", "heads")}"\n`);
    await lab.expect(0, "rollback", "system:1", "--yes");
    const { stderr } = await lab.expect(0, "apply", "--yes");
    expect(words(stderr)).toMatch(/The witness .*no-such-folder.* could not note line \d+/);
    expect(words((await lab.expect(0, "audit", "verify")).stdout)).toMatch(/no head of this log that could be read/);
    config(`[audit]\nwitness = "${witness()}"\n`);
  });

  it("where the log or its head cannot be written, nothing is done", async () => {
    lab.writeLock(lockOf({ "omg-app": "2.1", "omg-slow": "1.0" }));
    const before = readFileSync(log(), "utf8");
    await onFullDisk(omgPath(lab, "state"), 0, () => expectRefusal(lab, { exit: 1, says: [/space|full/] }));
    expect(readFileSync(log(), "utf8")).toBe(before);
    await onReadOnlyDisk(omgPath(lab, "data/audit"), async () => {
      expect((await lab.omg(["apply", "--yes"])).code).toBe(1);
    });
    expect(readFileSync(log(), "utf8")).toBe(before);
    expect((await lab.apt.installed()).has("omg-slow")).toBe(false);
    await lab.expect(0, "apply", "--yes");
    await lab.expect(0, "audit", "verify");
    expect((await lab.apt.installed()).has("omg-slow")).toBe(true);
  });

  it("goes on with the log of an earlier version, and signs it from then on", async () => {
    const { seq, hash } = JSON.parse(readFileSync(omgPath(lab, "state/audit-head.json"), "utf8"));
    writeFileSync(omgPath(lab, "state/audit-head.json"), `${JSON.stringify({ hash, seq })}\n`);
    for (const name of ["audit-key.pem", "audit-key.pub.pem"]) rmSync(omgPath(lab, `state/${name}`));
    expect(await verified(0)).toMatchObject({ signed: false });
    await lab.expect(0, "rollback", "--yes");
    expect(await verified(0)).toMatchObject({ signed: true });
    expect(existsSync(omgPath(lab, "state/audit-key.pem"))).toBe(true);
  });

  it("secrets of a lock are in neither plan file, log nor evidence, and the plan can be applied all the same", async () => {
    const own = omgPath(lab, "config/user/omg.lock");
    const file = join(lab.apt.folder, "elsewhere", "plan.json");
    const here = ["-C", join(lab.apt.folder, "elsewhere")];
    const secret = "hunter2hunter2";
    const want = (value: string) => {
      mkdirSync(join(own, ".."), { recursive: true });
      writeFileSync(own, `version: 1\nname: me\nenv: { EDITOR: nvim, DB_PASSWORD: ${value} }\n`);
    };
    want(secret);
    const { stdout } = await lab.expect(0, ...here, "plan", "--only", "shell", "--out", file, "--json");
    expect(stdout).toContain("[redacted]");
    expect(stdout).not.toContain(secret);
    expect((await lab.omg([...here, "check", "--only", "shell", "--json"])).stdout).not.toContain(secret);
    expect(readFileSync(file, "utf8")).toContain("[redacted]");
    expect(readFileSync(file, "utf8")).not.toContain(secret);
    want("another2another2");
    await lab.expect(7, ...here, "apply", "--only", "shell", file);
    want(secret);
    expect((await lab.expect(0, ...here, "apply", "--only", "shell", "--json", file)).stdout).not.toContain(secret);
    expect(readFileSync(omgPath(lab, "data/user/shell/env.sh"), "utf8")).toContain(secret);
    const users = readFileSync(omgPath(lab, "data/user/audit/audit.jsonl"), "utf8");
    expect(users).toContain("DB_PASSWORD");
    expect(users).not.toContain(secret);
    await lab.expect(0, "audit", "verify", "--scope", "user");
  });

  it("whoever adds to the log by hand is found", async () => {
    appendFileSync(log(), '{"actor":"eve"}\n');
    expect((await verified(4)).broken).toContain("it is not an entry");
  });
});
