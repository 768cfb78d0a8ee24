import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMiseLab, HAS_MISE, JUST, justRelease, type MiseLab } from "../support/mise-lab.ts";
import { nodeArchive, publishNode } from "../support/node-dist.ts";
import { hashOf } from "../support/runtime-lab.ts";
import { tarGz } from "../support/tar-writer.ts";

describe.runIf(HAS_MISE)("a tool that omg has no publisher of, with the real mise", () => {
  let lab: MiseLab;
  let archive: string;
  const release = justRelease();
  const lock = () => readFileSync(join(lab.project, "omg.lock"), "utf8");
  const folder = (tool = "just") => join(lab.data, "versions", tool);
  const here = (tool = "just") => (existsSync(folder(tool)) ? readdirSync(folder(tool)) : []);
  const json = async (...args: readonly string[]) => JSON.parse((await lab.expect(0, ...args, "--json")).stdout);
  const installs = () => lab.calls().filter((call) => call.startsWith("install")).length;

  beforeAll(async () => {
    lab = await createMiseLab();
    lab.trust("node");
    archive = lab.release("casey/just", release);
  });
  afterAll(() => lab.dispose());

  it("is pinned to address and hash of its publisher's archive, and nothing is installed by that", async () => {
    await lab.expect(0, "use", "just", "1.57", "--no-apply");
    expect(lock()).toContain(
      `just: { version: "${JUST}", url: "https://github.com/casey/just/releases/download/${JUST}/${release.file}", sha256: ${hashOf(release.bytes)}, from: aqua:casey/just }`,
    );
    expect([here(), installs()]).toEqual([[], 0]);
  });

  it("is planned with artifact, hash and grade, and mise is not asked again", async () => {
    const calls = lab.calls().length;
    const plan = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    expect(plan.resource_changes).toMatchObject([
      { address: `mise.just@${JUST}`, change: { actions: ["create"], after: { version: JUST } } },
    ]);
    const text = JSON.stringify(plan.omg);
    expect(text).toContain(hashOf(release.bytes));
    expect(plan.omg.verdict.judgements).toMatchObject([{ grade: "community" }]);
    expect(plan.omg.verdict.judgements[0].evidence).toContainEqual(
      expect.objectContaining({ check: "signature", verdict: "absent", code: "publisher-unasked" }),
    );
    const shown = (await lab.expect(0, "plan")).stdout;
    expect(shown).toContain("aqua:casey/just");
    expect(shown).toContain("community");
    expect(lab.calls()).toHaveLength(calls);
  });

  it("is refused before mise runs where the server has other bytes than were pinned", async () => {
    rmSync(join(lab.env.OMG_CACHE_DIR ?? "", "user/runtimes"), { recursive: true, force: true });
    rmSync(join(lab.env.OMG_CACHE_DIR ?? "", "runtimes"), { recursive: true, force: true });
    const other = Buffer.from(release.bytes);
    other[other.length - 9] = (other[other.length - 9] ?? 0) ^ 1;
    lab.server.files.set(archive, other);
    const ran = await lab.omg(["apply", "--yes"]);
    expect([ran.code, here(), installs()]).toEqual([4, [], 0]);
    expect(ran.stderr).toContain(hashOf(other));
    lab.server.files.set(archive, release.bytes);
  });

  it("is refused by the policy like anything else", async () => {
    const policy = join(lab.project, "policy.toml");
    writeFileSync(policy, 'version = 1\n[grade]\nminimum = "verified"\n');
    const ran = await lab.omg(["apply", "--yes"]);
    expect([ran.code, here(), installs()]).toEqual([4, [], 0]);
    rmSync(policy);
  });

  it("is installed of exactly these bytes, which mise gets from omg and from nobody else", async () => {
    const before = lab.server.requests.length;
    await lab.expect(0, "apply", "--yes");
    expect(lab.server.requests.slice(before)).toEqual([`${archive} 200`]);
    expect(here()).toEqual([JUST]);
    expect(readdirSync(join(folder(), JUST)).sort()).toEqual([
      ".omg-runtime.json",
      "README.md",
      "bin",
      "completions",
      "just",
    ]);
    expect(JSON.parse(readFileSync(join(folder(), JUST, ".omg-runtime.json"), "utf8"))).toMatchObject({
      sha256: hashOf(release.bytes),
      from: "aqua:casey/just",
    });
    expect(execFileSync(join(folder(), JUST, "bin/just"), ["--version"], { encoding: "utf8" })).toBe(`just ${JUST}\n`);
    expect([readlinkSync(join(folder(), JUST, "bin/just")), existsSync(join(lab.home, ".local/share/mise"))]).toEqual([
      "../just",
      false,
    ]);
  });

  it("is not installed again", async () => {
    const calls = lab.calls().length;
    expect((await json("apply", "--yes")).outcome).toBe("nothing");
    await lab.expect(0, "check");
    expect(lab.calls()).toHaveLength(calls);
  });

  it("is found by which, exec, list, explicit and the bill of materials", async () => {
    expect((await json("which", "just")).tools).toMatchObject([
      { name: "just", versions: [{ version: JUST }], path: join(folder(), JUST, "bin/just") },
    ]);
    expect((await lab.expect(0, "which")).stdout).toContain(`just  ${JUST}`);
    expect((await lab.expect(0, "exec", "--", "just", "--version")).stdout).toBe(`just ${JUST}\n`);
    expect((await json("list", "just")).versions).toMatchObject([
      { runtime: "just", version: JUST, installed: true, pinned: true },
    ]);
    expect((await json("list", "just", "--available")).versions).toMatchObject([{ version: JUST, installed: true }]);
    expect((await json("explicit", "--only", "runtimes")).packages).toEqual([
      { name: "just", version: JUST, in_lock: true },
    ]);
    const captured = (await lab.expect(0, "env", "capture", "--print", "--only", "runtimes")).stdout;
    expect([captured, lock()].map((text) => /^ {2}just: \{.*$/m.exec(text)?.[0])).toEqual([
      expect.stringContaining("aqua:casey/just"),
      /^ {2}just: \{.*$/m.exec(captured)?.[0],
    ]);
    const bill = JSON.parse((await lab.expect(0, "audit", "sbom", "--only", "runtimes")).stdout);
    expect(bill.components).toMatchObject([{ name: "just", purl: `pkg:generic/just@${JUST}` }]);
  });

  it("is reached through its shim, in its folder and nowhere else", async () => {
    await lab.expect(0, "hook", "bash");
    const shim = join(lab.data, "shims/just");
    const start = (cwd: string) =>
      spawnSync(shim, ["--version"], { cwd, encoding: "utf8", env: { ...lab.env, PATH: "/usr/bin:/bin" } });
    expect(start(lab.project).stdout).toBe(`just ${JUST}\n`);
    expect(start(lab.project).stdout).toBe(`just ${JUST}\n`); // by the kept answer, without Node
    expect(start(lab.folder)).toMatchObject({ status: 127, stdout: "" });
  });

  it("counts where .tool-versions of another folder asks for it", async () => {
    const other = join(lab.folder, "other");
    mkdirSync(other);
    writeFileSync(join(other, ".tool-versions"), "just 1.57\n");
    const ran = await lab.omg(["exec", "--", "just", "--version"], { cwd: other });
    expect([ran.code, ran.stdout]).toEqual([0, `just ${JUST}\n`]);
    writeFileSync(join(other, ".tool-versions"), "just 1.2\n");
    const missing = await lab.omg(["exec", "--", "just", "--version"], { cwd: other });
    expect([missing.code, missing.stderr]).toEqual([127, expect.stringContaining("omg use just 1.2")]);
  });

  it("moves on where it is asked to, and not before", async () => {
    lab.release("casey/just", justRelease("1.58.0"));
    await lab.expect(0, "lock");
    expect(lock()).toContain(`version: "${JUST}"`);
    await lab.expect(0, "use", "just", "1", "--yes");
    expect([here(), (await lab.expect(0, "exec", "--", "just")).stdout]).toEqual([["1.58.0"], "just 1.58.0\n"]);
    lab.release("casey/just", justRelease("1.59.0"));
    await lab.expect(0, "update", "just", "--yes");
    expect(here()).toEqual(["1.59.0"]);
    const requests = lab.server.requests.length;
    await lab.expect(0, "rollback", "--yes"); // what is in the store needs nobody
    expect([here(), lab.server.requests.length]).toEqual([["1.58.0"], requests]);
  });

  it("holds everywhere where the user's own lock asks for it", async () => {
    await lab.expect(0, "use", "--global", "just", "1.57", "--yes");
    expect([here().sort(), readlinkSync(join(folder(), "current"))]).toEqual([[JUST, "1.58.0", "current"], JUST]);
    const ran = await lab.omg(["exec", "--", "just", "--version"], { cwd: lab.folder });
    expect(ran.stdout).toBe(`just ${JUST}\n`);
    await lab.expect(0, "use", "--global", "just", "none", "--yes");
    expect(here()).toEqual(["1.58.0"]); // of the project's lock, which counts on it
  });

  it("waits for mise where that is not here, and nothing else does; what is there stays until then", async () => {
    const without = { env: { PATH: "/usr/bin:/bin" } };
    publishNode(lab, [{ version: "20.1.0", archive: nodeArchive("20.1.0") }]);
    await lab.expect(0, "use", "node", "20", "--no-apply");
    const plan = await lab.omg(["plan"], without);
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("mise, which would unpack it, is not on")]);
    const ran = await lab.omg(["apply", "--yes"], without);
    expect([ran.code, here("node"), here()]).toEqual([0, ["20.1.0"], ["1.58.0"]]);
    expect(ran.stdout).toContain("mise.just@1.59.0: it is not installed");
    expect((await lab.omg(["check"], without)).code).toBe(2);
    const more = await lab.omg(["use", "gh", "2", "--yes"], without);
    expect([more.code, more.stderr]).toEqual([8, expect.stringContaining("is not on this machine")]);
    await lab.expect(0, "apply", "--yes");
    expect(here()).toContain("1.59.0");
    await lab.expect(0, "check");
  });

  it("goes with its lock, mise or no mise, and leaves what omg does not own", async () => {
    const own = join(folder(), "0.9.0/bin");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "just"), "#!/bin/sh\n", { mode: 0o755 });
    const ran = await lab.omg(["use", "just", "none", "--yes"], { env: { PATH: "/usr/bin:/bin" } });
    expect([ran.code, here(), lock()]).toEqual([0, ["0.9.0"], expect.not.stringContaining("just")]);
    expect(existsSync(join(lab.data, "shims/just"))).toBe(true); // of the version that is still there
    rmSync(folder(), { recursive: true });
  });

  it("lies as its archive has it, where its programs are further down", async () => {
    const top = "gh_2.60.0_linux_amd64";
    const bytes = tarGz([
      { name: `${top}/bin/gh`, content: "#!/bin/sh\necho gh here\n", mode: 0o755 },
      { name: `${top}/share/man/man1/gh.1`, content: ".TH gh\n" },
    ]);
    lab.release("cli/cli", { tag: "v2.60.0", file: `${top}.tar.gz`, bytes });
    await lab.expect(0, "use", "gh", "2.60.0", "--yes");
    expect((await lab.expect(0, "exec", "--", "gh")).stdout).toBe("gh here\n");
    expect(readdirSync(join(folder("gh"), "2.60.0/bin"))).toEqual(["gh"]);
    await lab.expect(0, "use", "gh", "none", "--yes");
  });

  it.each([
    ["prettier", "3.4.1", 4, "from no archive at an address", "npm:prettier"],
    ["no-such-tool", "1", 1, "Neither omg nor mise knows a tool called no-such-tool", "no-such-tool"],
    ["yq", "4", 8, "mise did not find out which versions of yq there are", "404"],
  ])("%s: says why there is none", async (tool, version, code, message, detail) => {
    const before = lock();
    const ran = await lab.omg(["use", tool, version, "--yes"]);
    expect([ran.code, ran.stderr, lock()]).toEqual([code, expect.stringContaining(message), before]);
    expect(ran.stderr).toContain(detail);
  });

  it("is not pinned where the publisher's own hash is another", async () => {
    const liar = { ...justRelease("1.60.0"), digest: `sha256:${"0".repeat(64)}` };
    lab.release("casey/just", liar);
    const ran = await lab.omg(["use", "just", "1.60.0", "--yes"]);
    expect([ran.code, ran.stderr]).toEqual([
      4,
      expect.stringContaining("The publisher of just 1.60.0 names sha256 000"),
    ]);
    expect(lock()).not.toContain("just");
  });
});
