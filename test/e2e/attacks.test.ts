import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "../support/omg-lab.ts";
import { appears, expectRefusal, omgPath, openIntents, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root");
const GOOD = { "omg-app": "2.0" };
const WANTED = { ...GOOD, "omg-script": "1.0" };

async function labWithApp(): Promise<OmgLab> {
  const lab = await createOmgLab();
  lab.writeLock(lockOf(GOOD));
  await lab.expect(0, "apply", "--yes");
  lab.writeLock(lockOf(WANTED));
  return lab;
}

/** Other bytes of the same length, in the very file. */
function tamper(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x21, bytes.length - 40);
  writeFileSync(path, bytes);
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function worksAgain(lab: OmgLab): Promise<void> {
  await lab.expect(0, "apply", "--yes");
  expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
  await lab.expect(0, "check");
}

describe.runIf(HERE)("bytes that change", () => {
  let lab: OmgLab;
  const sha = () => lab.apt.repo.deb("omg-script", "1.0").sha256;
  const object = () => join(omgPath(lab, "data/store/sha256"), sha().slice(0, 2), sha().slice(2));
  beforeEach(async () => {
    lab = await labWithApp();
  });
  afterEach(() => lab.dispose());

  it("on the mirror, with the same size", async () => {
    const file = lab.apt.repo.file("omg-script", "1.0");
    const bytes = readFileSync(file);
    tamper(file);
    await expectRefusal(lab, { exit: 4, says: ["other bytes", "omg-script_1.0"] });
    expect(existsSync(object())).toBe(false);
    writeFileSync(file, bytes);
    await worksAgain(lab);
  });

  it("in the store, before the run", async () => {
    mkdirSync(dirname(object()), { recursive: true });
    cpSync(lab.apt.repo.file("omg-script", "1.0"), object());
    tamper(object());
    await expectRefusal(lab, { exit: 4, says: ["apt.omg-script", object()] });
    rmSync(object());
    await worksAgain(lab);
  });

  it("in the store, after they were verified", async () => {
    const linked = join(omgPath(lab, "state/run/apt/repository"), `${sha()}.deb`);
    const timer = setInterval(() => {
      if (!existsSync(linked)) return;
      clearInterval(timer);
      tamper(object());
    }, 1);
    await expectRefusal(lab, { exit: 4, says: ["apt.omg-script"] });
    clearInterval(timer);
    rmSync(object());
    await worksAgain(lab);
  });

  it("right before dpkg reads them", async () => {
    const script = join(lab.apt.folder, "swap");
    const archives = omgPath(lab, "state/run/apt/archives");
    writeFileSync(
      script,
      `#!/bin/sh\nfor f in ${archives}/omg-script*.deb ${omgPath(lab, "state/run/apt/repository")}/${sha()}.deb; do
  [ -e "$f" ] || continue; cp --remove-destination "$f" "$f.x"; printf '!!!!!!!!' | dd of="$f.x" bs=1 seek=200 conv=notrunc 2>/dev/null; mv "$f.x" "$f"; done\n`,
      { mode: 0o755 },
    );
    const hook = join(lab.apt.root, "etc/apt/apt.conf.d/swap");
    writeFileSync(hook, `DPkg::Pre-Invoke { "${script}"; };\n`);
    await expectRefusal(lab, {
      exit: 4,
      says: ["stopped before anything was changed", "the file of omg-script has SHA-256"],
    });
    rmSync(hook);
    await worksAgain(lab);
  });
});

describe.runIf(HERE)("indexes", () => {
  let lab: OmgLab;
  const lists = () => join(lab.apt.root, "var/lib/apt/lists");
  const listed = (ending: string) => filesIn(lists()).filter((path) => path.endsWith(ending));
  const insecure = ["-o", "Acquire::AllowInsecureRepositories=true", "-o", "Acquire::Check-Valid-Until=false"];
  beforeAll(async () => {
    lab = await labWithApp();
  });
  afterAll(() => lab.dispose());
  beforeEach(() => lab.writeLock(lockOf(WANTED)));
  const fresh = async () => {
    rmSync(lists(), { recursive: true });
    mkdirSync(join(lists(), "partial"), { recursive: true });
    await lab.apt.publish();
    await lab.apt.aptOk("update");
  };
  const refused = async (...says: (string | RegExp)[]) => {
    await expectRefusal(lab, { exit: 4, says: ["Policy refuses", ...says] });
    expect((await lab.omg(["plan"])).code).toBe(4);
    await fresh();
  };

  it("edited where apt keeps them, with the same size", async () => {
    for (const path of listed("Packages"))
      writeFileSync(
        path,
        readFileSync(path, "latin1").replace("Long text of omg-script", "Long_text of omg-script"),
        "latin1",
      );
    await refused("is not the main/binary-amd64/Packages that the Release file names", "apt-get update");
  });

  it("edited together with the release file", async () => {
    for (const path of listed("InRelease"))
      writeFileSync(path, readFileSync(path, "latin1").replace("Components: main", "Components: mine"), "latin1");
    await refused(/signature/i);
  });

  it("that nobody signed", async () => {
    rmSync(lists(), { recursive: true });
    mkdirSync(join(lists(), "partial"), { recursive: true });
    await lab.apt.publish({ unsigned: true });
    await lab.apt.apt("update", ...insecure);
    await refused(/sign/i);
  });

  it("signed with another key than the source names", async () => {
    const gpg = new GpgHome();
    const ring = join(lab.apt.root, "etc/apt/keyrings/omg.gpg");
    const mine = readFileSync(ring);
    gpg.exportTo(ring, [gpg.makeKey("eve", { at: new Date(Date.now() - 86_400_000) })]);
    gpg.dispose();
    await expectRefusal(lab, { exit: 4, says: ["Policy refuses", "none of the keys that may sign"] });
    writeFileSync(ring, mine);
  });

  it("past their date", async () => {
    await lab.apt.publish({ validUntil: new Date(Date.now() - 3_600_000) });
    await lab.apt.aptOk("update", ...insecure);
    await refused("was valid until", "apt-get update");
  });

  it("of a source that says trusted=yes", async () => {
    const source = join(lab.apt.root, "etc/apt/sources.list.d/omg.sources");
    writeFileSync(source, `${readFileSync(source, "utf8")}Trusted: yes\n`);
    await lab.apt.aptOk("update");
    await refused("trusted=yes", "Signed-By");
  });

  it("from the past, signed and not expired, bring nothing back that is newer here; a pin that neither they nor the kept ones list is refused", async () => {
    await lab.apt.addPackage({ name: "omg-script", version: "3.0" });
    lab.apt.withdraw("omg-lib", "1.1");
    const old = filesIn(lists()).map((path) => [path, readFileSync(path)] as const);
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "3.0" }));
    await lab.expect(0, "lock");
    for (const [path, bytes] of old) writeFileSync(path, bytes);
    await lab.expect(0, "plan");
    rmSync(join(lab.env.OMG_DATA_DIR ?? "", "store"), { recursive: true });
    await expectRefusal(lab, {
      exit: 1,
      says: ["No source offers omg-script 3.0", "1.1 (omg)", "not kept here either"],
    });
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "*" }));
    await lab.apt.aptOk("update");
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.version).toBe("3.0");
    for (const [path, bytes] of old) writeFileSync(path, bytes);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.version).toBe("3.0");
  });
});

describe.runIf(HERE)("a plan file that somebody crafted", () => {
  let lab: OmgLab;
  let plan: string;
  beforeAll(async () => {
    lab = await labWithApp();
    await lab.expect(0, "plan", "--out", "plan.json");
    plan = readFileSync(join(lab.project, "plan.json"), "utf8");
  });
  afterAll(() => lab.dispose());

  it.each<[string, (text: string) => string]>([
    ["another action", (text) => text.replaceAll('"create"', '"no-op"')],
    ["another hash", (text) => text.replaceAll(lab.apt.repo.deb("omg-script", "1.0").sha256, "0".repeat(64))],
    ["another version", (text) => text.replaceAll('"1.0"', '"1.1"')],
    ["a better grade", (text) => text.replaceAll('"verified"', '"locked"')],
    [
      "one more step",
      (text) => edited(text, (omg) => ({ ...omg, steps: [...(omg.steps as object[]), (omg.steps as object[])[0]] })),
    ],
    ["no step", (text) => edited(text, (omg) => ({ ...omg, steps: [] }))],
    ["another digest", (text) => edited(text, (omg) => ({ ...omg, digest: "0".repeat(64) }))],
    ["a key that no plan has", (text) => edited(text, (omg) => ({ ...omg, run: ["/bin/sh"] }))],
    ["nothing but braces", () => "{}"],
  ])("with %s", async (_, change) => {
    const crafted = change(plan);
    expect(crafted).not.toBe(plan);
    writeFileSync(join(lab.project, "crafted.json"), crafted);
    for (const more of [[], ["--yes"]])
      await expectRefusal(lab, { args: ["apply", "crafted.json", ...more], exit: 7, says: ["or the file was edited"] });
  });

  it("as a link, or as no JSON", async () => {
    symlinkSync("plan.json", join(lab.project, "link.json"));
    await expectRefusal(lab, { args: ["apply", "link.json"], exit: 1, says: ["not a regular file"] });
    writeFileSync(join(lab.project, "text.json"), "root:x:0:0");
    const { stderr } = await expectRefusal(lab, { args: ["apply", "text.json"], exit: 1, says: ["is not a plan"] });
    expect(stderr).not.toContain("root:x");
  });

  it("and the real one", async () => {
    await lab.expect(0, "apply", "plan.json");
    await lab.expect(0, "check");
  });
});

function edited(text: string, change: (omg: Record<string, unknown>) => unknown): string {
  const plan = JSON.parse(text) as { omg: Record<string, unknown> };
  return JSON.stringify({ ...plan, omg: change(plan.omg) });
}

describe.runIf(HERE)("a lock that somebody put there", () => {
  let lab: OmgLab;
  const lock = () => join(lab.project, "omg.lock");
  beforeAll(async () => {
    lab = await labWithApp();
  });
  afterAll(() => lab.dispose());
  beforeEach(() => {
    rmSync(lock(), { force: true });
    lab.writeLock(lockOf(WANTED));
  });

  it.each(["/etc/shadow", "/etc/passwd", "/dev/zero", "/nonexistent"])("as a link to %s", async (target) => {
    rmSync(lock());
    symlinkSync(target, lock());
    for (const args of [["apply", "--yes"], ["check"], ["lock"], ["plan", "--lock", "omg.lock"]]) {
      const { stderr, stdout } = await expectRefusal(lab, { args, exit: 3, says: ["omg.lock is not a regular file"] });
      expect(`${stdout}${stderr}`).not.toMatch(/root:|\$y\$|daemon/);
    }
    expect(readlinkSync(lock())).toBe(target);
  });

  it("as somebody else's, or for everybody to write, found by the search upwards", async () => {
    const below = join(lab.project, "a/b");
    mkdirSync(below, { recursive: true });
    const says = ["--lock"];
    chownSync(lock(), 12_345, 12_345);
    await expectRefusal(lab, {
      args: ["-C", below, "apply", "--yes"],
      exit: 4,
      says: ["belongs to another user", ...says],
    });
    chownSync(lock(), 0, 0);
    chmodSync(lock(), 0o666);
    await expectRefusal(lab, { args: ["-C", below, "plan"], exit: 4, says: ["can be written by everybody", ...says] });
    chmodSync(lock(), 0o644);
    chmodSync(lab.project, 0o777);
    await expectRefusal(lab, { args: ["-C", below, "check"], exit: 4, says: ["can be written by everybody", ...says] });
    chmodSync(lab.project, 0o755);
    await lab.expect(0, "-C", below, "plan");
  });

  it.each<[string, string]>([
    ["a variable of the loader", "env: { LD_PRELOAD: /tmp/x.so }"],
    ["the search path", "env: { PATH: /tmp }"],
    ["the same in small letters, which zsh ties to it", "env: { path: /tmp }"],
    ["options of an interpreter", "env: { NODE_OPTIONS: --require=/tmp/x }"],
    ["an alias over a trusted command", "aliases: { sudo: /tmp/sudo }"],
  ])("with %s, unless the machine's policy allows it", async (_, line) => {
    const own = omgPath(lab, "config/user/omg.lock");
    mkdirSync(dirname(own), { recursive: true });
    writeFileSync(own, `version: 1\nname: me\n${line}\n`);
    const only = ["--lock", own, "--only", "shell"];
    const name = /\{ (\w+)/.exec(line)?.[1] ?? "";
    writeFileSync(join(dirname(own), "policy.toml"), `version = 1\n[shell]\nallow = ['${name}']\n`);
    await expectRefusal(lab, {
      args: ["apply", "--yes", ...only],
      exit: 4,
      says: ["Policy refuses", name, "shell.allow"],
    });
    writeFileSync(omgPath(lab, "config/policy.toml"), `version = 1\n[shell]\nallow = ['${name}']\n`);
    await lab.expect(0, "apply", "--yes", ...only);
    rmSync(omgPath(lab, "config/policy.toml"));
    rmSync(join(dirname(own), "policy.toml"));
  });
});

describe.runIf(HERE)("text that would steer a terminal", () => {
  const ESCAPE = "\u001b]0;pwned\u0007\u001b[31m\u009b2J\u202e";
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    const loud = (name: string, end: string) =>
      lab.apt.addPackage({
        name,
        version: "1.0",
        fields: { Homepage: `https://x/${ESCAPE}`, "X-Note": ESCAPE },
        scripts: { postinst: `printf '\\033]0;pwned\\007\\033[31mloud\\n'\nprintf '\\033[31mloud\\n' >&2\n${end}` },
      });
    await loud("omg-loud", ":");
    await loud("omg-loud-fail", "exit 3");
    await lab.apt.publish();
    await lab.apt.aptOk("update");
  });
  afterAll(() => lab.dispose());
  /** Everything but line ends that a terminal could act on. */
  const steering = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;
  const quiet = async (code: number, ...args: readonly string[]) => {
    const ran = await lab.omg(args);
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(code);
    expect(`${ran.stdout}${ran.stderr}`).not.toMatch(steering);
    return ran;
  };

  it("from packages and their scripts", async () => {
    lab.writeLock(lockOf({ "omg-loud": "1.0" }));
    for (const more of [[], ["--verbose"], ["--json"]]) await quiet(0, "plan", ...more);
    expect((await quiet(0, "apply", "--yes", "--verbose")).stderr).toContain("loud");
    for (const more of [[], ["--json"]]) await quiet(0, "history", ...more);
    lab.writeLock(lockOf({ "omg-loud": "1.0", "omg-loud-fail": "1.0" }));
    const failed = await lab.omg(["apply", "--yes"]);
    expect(failed.code).toBe(6);
    expect(failed.stderr).toContain("loud");
    expect(failed.stderr).not.toMatch(steering);
    lab.writeLock(lockOf({ "omg-loud": "1.0", "omg-loud-fail": "absent" }));
    await quiet(0, "apply", "--yes");
  });

  it("from a lock, its name and its values", async () => {
    const own = omgPath(lab, "config/user/omg.lock");
    mkdirSync(dirname(own), { recursive: true });
    const only = ["--lock", own, "--only", "shell"];
    writeFileSync(own, `version: 1\nname: me\nenv: { A: "${JSON.stringify(ESCAPE).slice(1, -1)}" }\n`);
    for (const command of ["plan", "check"]) {
      const { stdout, stderr } = await lab.omg([command, ...only]);
      expect(`${stdout}${stderr}`).not.toMatch(steering);
    }
    writeFileSync(own, `version: 1\nname: "${JSON.stringify(ESCAPE).slice(1, -1)}"\n`);
    await quiet(3, "plan", ...only);
    writeFileSync(own, `version: 1\nname: me\n${ESCAPE}: 1\n`);
    await quiet(3, "plan", ...only);
  });

  it("from a policy, a path and an argument", async () => {
    const folder = join(lab.apt.folder, `p${ESCAPE}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "omg.lock"), lockOf({ "omg-script": "1.0" }));
    writeFileSync(join(folder, "policy.toml"), 'version = 1\n[origins]\nallow = ["a\\u001b[31m*"]\n');
    const ran = await lab.omg(["-C", folder, "apply", "--yes"]);
    expect([3, 4]).toContain(ran.code);
    expect(`${ran.stdout}${ran.stderr}`).not.toMatch(steering);
    writeFileSync(join(folder, "policy.toml"), `version = 1\n["${ESCAPE}"]\n`);
    await quiet(3, "-C", folder, "plan");
    await quiet(1, `pl${ESCAPE}`);
    await quiet(1, "plan", "--only", ESCAPE);
    await quiet(1, "rollback", ESCAPE);
  });
});

describe.runIf(HERE)("omg's own records", () => {
  let lab: OmgLab;
  const log = () => omgPath(lab, "data/audit/audit.jsonl");
  beforeAll(async () => {
    lab = await labWithApp();
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf(GOOD));
  });
  afterAll(() => lab.dispose());
  const only = (folder: string) => join(omgPath(lab, folder), readdirSync(omgPath(lab, folder))[0] ?? "");

  it.each<[string, (text: string) => string]>([
    ["a line edited", (text) => text.replace(/"actor":"[^"]*"/, '"actor":"eve"')],
    ["the last line edited", (text) => text.replace(/"generation":2/g, '"generation":9')],
    ["the last line cut off", (text) => `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`],
    ["half of it gone", (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`],
    ["all of it gone", () => ""],
    ["a line that is none", (text) => text.replace("\n", "\nrubbish\n")],
    ["a line invented", (text) => `${text}{"seq":9,"data":{},"hash":"x"}\n`],
  ])("a log with %s", async (_, change) => {
    const whole = readFileSync(log(), "utf8");
    expect(change(whole)).not.toBe(whole);
    writeFileSync(log(), change(whole));
    const before = [lab.apt.snapshot(), readFileSync(log(), "utf8")];
    const { code, stderr } = await lab.omg(["apply", "--yes"]);
    expect([code, words(stderr)]).toEqual([1, expect.stringMatching(/The log .*Now: Nothing was done.*Next: /)]);
    expect([lab.apt.snapshot(), readFileSync(log(), "utf8")]).toEqual(before);
    const history = await lab.omg(["history"]);
    expect([history.code, history.stderr]).toEqual([1, ""]);
    for (const command of ["check", "plan"]) expect((await lab.omg([command])).stderr).not.toMatch(/inside omg/);
    writeFileSync(log(), whole);
    await lab.expect(0, "history");
  });

  it.each<[string, () => string, string]>([
    ["base, cut", () => only("state/base"), '{"lock":'],
    ["base, of another shape", () => only("state/base"), "{}"],
    ["base, a list", () => only("state/base"), "[]"],
    ["base, empty", () => only("state/base"), ""],
    ["records of artifacts", () => omgPath(lab, "data/artifacts.json"), "{"],
  ])("a damaged file (%s): nothing is pruned", async (_, path, text) => {
    const whole = readFileSync(path());
    writeFileSync(path(), text);
    await expectRefusal(lab, { exit: 1, says: ["record", path(), /Restore the file|move it away/] });
    writeFileSync(path(), whole);
  });

  it.each(['{"number":', "{}", "[]", ""])("a damaged generation (%s) is no way back", async (text) => {
    const path = omgPath(lab, "data/generations/1.json");
    const whole = readFileSync(path);
    writeFileSync(path, text);
    await expectRefusal(lab, { args: ["rollback", "system:1", "--yes"], exit: 1, says: ["record", path] });
    writeFileSync(path, whole);
  });

  it("links in their places are not followed", async () => {
    const victim = join(lab.apt.folder, "victim");
    const folder = join(lab.apt.folder, "victims");
    mkdirSync(folder);
    writeFileSync(join(folder, "kept"), "kept\n");
    writeFileSync(victim, "kept\n");
    const link = (name: string, target: string) => {
      rmSync(omgPath(lab, name), { recursive: true, force: true });
      mkdirSync(dirname(omgPath(lab, name)), { recursive: true });
      symlinkSync(target, omgPath(lab, name));
    };
    for (const name of ["runtime/omg.status", "state/run/pending.json", "state/audit-head.json"]) {
      if (name.includes("head")) cpSync(omgPath(lab, name), victim);
      link(name, victim);
    }
    const kept = readFileSync(victim, "utf8");
    link("state/run/apt", folder);
    lab.writeLock(lockOf({ ...WANTED, "omg-g++": "*" }));
    await lab.expect(0, "apply", "--yes");
    expect([readFileSync(victim, "utf8"), readdirSync(folder)]).toEqual([kept, ["kept"]]);
    link("state/writer.lock", victim);
    await expectRefusal(lab, { exit: 1, says: ["writer.lock", "not a regular file"] });
    expect(readFileSync(victim, "utf8")).toBe(kept);
    rmSync(omgPath(lab, "state/writer.lock"));
    lab.writeLock(lockOf(WANTED));
    const whole = readFileSync(log());
    writeFileSync(victim, whole);
    link("data/audit/audit.jsonl", victim);
    await expectRefusal(lab, { exit: 1, says: ["audit.jsonl", "symbolic link"] });
    expect(readFileSync(victim)).toEqual(whole);
  });
});

describe.runIf(HERE)("a run that is stopped", () => {
  let lab: OmgLab;
  const slow = () => join(lab.apt.root, "var/log/omg-slow");
  beforeEach(async () => {
    lab = await labWithApp();
    writeFileSync(join(lab.apt.root, "etc/omg-slow"), "1");
    lab.writeLock(lockOf({ ...GOOD, "omg-slow": "1.0" }));
  });
  afterEach(() => lab.dispose());

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s while dpkg works finishes the change and says so", async (signal, code) => {
    const run = lab.omg(["apply", "--yes"], {
      onStart: (child) => void appears(slow()).then(() => child.kill(signal)),
    });
    const { code: ended, stdout, stderr } = await run;
    expect([ended, words(stderr)]).toEqual([code, expect.stringMatching(/finished first/)]);
    expect(stdout).toMatch(/Done: 1 installed/);
    expect((await lab.apt.installed()).get("omg-slow")?.status).toBe("ii");
    expect(openIntents(lab)).toEqual([]);
    await lab.expect(0, "check");
    expect((await lab.expect(0, "apply", "--yes")).stdout).toMatch(/Nothing to do/);
  });

  it("by Ctrl-C twice ends at once, says what is true, and the next run finishes", async () => {
    const run = await lab.omg(["apply", "--yes"], {
      onStart: (child) =>
        void appears(slow()).then(() => {
          child.kill("SIGINT");
          setTimeout(() => child.kill("SIGINT"), 100);
        }),
    });
    expect([run.code, words(run.stderr)]).toEqual([
      130,
      expect.stringMatching(/A change was under way.*next omg apply/),
    ]);
    const next = await lab.omg(["apply", "--yes"]);
    expect([0, 5]).toContain(next.code);
    while ((await lab.omg(["apply", "--yes"])).code === 5) await new Promise((wait) => setTimeout(wait, 200));
    await lab.expect(0, "check");
    expect((await lab.apt.installed()).get("omg-slow")?.status).toBe("ii");
  });

  it("by a reader that goes away is none", async () => {
    const sh = (script: string) =>
      spawnSync("/bin/bash", ["-c", script], { cwd: lab.project, env: lab.env, encoding: "utf8" });
    const node = `${process.execPath} ${OMG}`;
    for (const reader of ["head -1", "true"])
      expect(sh(`${node} plan | ${reader} > /dev/null; exit \${PIPESTATUS[0]}`)).toMatchObject({
        status: 0,
        stderr: "",
      });
    expect(sh(`${node} plan --json --verbose 2>&1 | head -c 10 > /dev/null; exit \${PIPESTATUS[0]}`).status).toBe(0);
    expect(sh(`${node} apply --yes 2>&1 | true; exit \${PIPESTATUS[0]}`).status).toBe(0);
    expect((await lab.apt.installed()).get("omg-slow")?.status).toBe("ii");
    expect(sh(`${node} check >&-`).status).toBe(0);
    expect(sh(`${node} check > /dev/full`).status).not.toBe(0);
  });

  it("without a home nothing is missing", async () => {
    const { HOME: _, ...env } = lab.env;
    const bare = (...args: string[]) =>
      execFileSync(process.execPath, [OMG, ...args], { cwd: lab.project, env, encoding: "utf8", stdio: "pipe" });
    expect(bare("plan")).toContain("omg-slow");
    expect(bare("apply", "--yes")).toContain("Done: 1 installed");
    expect(bare("check")).toMatch(/in sync/i);
  });
});
