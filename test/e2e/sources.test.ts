import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, type OmgLab } from "../support/omg-lab.ts";
import { createThirdParty, type ThirdParty } from "../support/third-party.ts";
import { until } from "../support/until.ts";

const SIGNALS = mkdtempSync(join(tmpdir(), "omg-signals-"));

// Sources of packages as the lock wants them, with a real apt and two signed repositories: the machine's and somebody else's.
describe.runIf(needs(...LAB_NEEDS))("apt.sources", () => {
  let lab: OmgLab;
  let third: ThirdParty;
  beforeAll(async () => {
    lab = await createOmgLab({
      packages: [{ name: "base", version: "1" }],
      // Only a fetch for the machine itself runs it: it fails once where a file says so, and takes omg along where one names it.
      conf: `APT::Update::Pre-Invoke { "cd ${SIGNALS} && ! rm fail || { test ! -e omg || kill -9 $(cat omg); exit 1; }"; };`,
    });
    third = await createThirdParty(join(lab.apt.folder, "third"));
    await third.publish([
      { name: "tool", version: "1" },
      { name: "nightly", version: "1", suite: "testing" },
    ]);
  }, 60_000);
  afterAll(async () => {
    await third?.dispose();
    await lab?.dispose();
    rmSync(SIGNALS, { recursive: true });
  });

  const parts = () => join(lab.apt.root, "etc/apt/sources.list.d");
  const file = () => join(parts(), "omg-third.sources");
  const policy = () => join(lab.apt.folder, "omg/config/policy.toml");
  const lists = () => readdirSync(join(lab.apt.root, "var/lib/apt/lists")).filter((name) => name.includes("third"));
  const source = (fields: object = {}) => ({
    uris: third.uri,
    suites: "stable",
    components: "main",
    "signed-by": third.keys[0],
    ...fields,
  });
  const want = (sources: object, packages: object = {}) =>
    lab.writeLock(`version: 1\nname: lab\napt: ${JSON.stringify({ sources, packages })}\n`);
  const allow = (...patterns: readonly string[]) => {
    mkdirSync(join(policy(), ".."), { recursive: true });
    writeFileSync(policy(), `version = 1\n[sources]\nallow = ${JSON.stringify(patterns)}\n`);
  };
  const plan = async (code = 0) => JSON.parse((await lab.expect(code, "plan", "--json")).stdout);
  const steps = async () =>
    (await plan()).omg.steps.map((step: { address: string; kind: string; cause: string }) => [
      step.address,
      step.kind,
      step.cause,
    ]);
  /** What the real apt would install from there. */
  const offered = async (name: string) => (await lab.apt.apt("install", "--simulate", name)).code === 0;
  const inSync = () => lab.expect(0, "check");

  /** Each test begins with a machine that has only its own source, and a lock that omg applied. */
  beforeEach(async () => {
    allow(`${third.uri}*`);
    for (const name of readdirSync(parts())) if (!["omg.sources"].includes(name)) rmSync(join(parts(), name));
    await lab.apt.aptOk("update");
    want({});
    await lab.expect(0, "apply", "--yes");
  });

  it("need the machine's permission, and the plan says which line gives it", async () => {
    rmSync(policy());
    want({ third: source() }, { tool: "*" });
    const { stdout } = await lab.expect(4, "plan");
    expect(stdout.replace(/\s+/g, " ")).toContain(`[sources]: allow = ["${third.uri}"]`);
    expect(stdout).toContain("/etc/omg/policy.toml");
    await lab.expect(4, "apply", "--yes");
    expect(existsSync(file())).toBe(false);
    allow("https://deb.example.org/*");
    expect((await lab.expect(4, "plan")).stdout.replace(/\s+/g, " ")).toContain(`${policy()}:3`);
  });

  it("are narrowed by the repository's policy, and never widened", async () => {
    want({ third: source() });
    const own = join(lab.project, "policy.toml");
    writeFileSync(own, 'version = 1\n[sources]\nallow = ["https://deb.example.org/*"]\n');
    const { stdout } = await lab.expect(4, "plan");
    expect(stdout.replace(/\s+/g, " ")).toContain(`${own}:3`);
    rmSync(policy());
    writeFileSync(own, 'version = 1\n[sources]\nallow = ["*"]\n');
    await lab.expect(4, "plan");
    rmSync(own);
  });

  it("become one file each, with their lists fetched; they go when they leave the lock, and a rollback brings them back", async () => {
    want({ third: source() });
    expect(await steps()).toEqual([["sources.third", "install", "lock"]]);
    expect(await offered("tool")).toBe(false);
    const { stdout } = await lab.expect(0, "apply", "--yes");
    expect(stdout).toContain(third.fingerprints[0]);
    expect(stdout).not.toContain("BEGIN PGP");
    expect(readdirSync(parts()).sort()).toEqual(["omg-third.sources", "omg.sources"]);
    expect(await offered("tool")).toBe(true);
    await inSync();
    want({});
    expect(await steps()).toEqual([["sources.third", "remove", "left"]]);
    rmSync(policy()); // what goes needs no permission
    await lab.expect(0, "apply", "--yes");
    expect(existsSync(file())).toBe(false);
    expect(lists()).toEqual([]);
    expect(await offered("tool")).toBe(false);
    await lab.expect(4, "rollback", "--yes");
    allow("*");
    await lab.expect(0, "rollback", "--yes");
    expect(await offered("tool")).toBe(true);
    await lab.expect(0, "rollback", "system:0", "--yes");
    expect(existsSync(file())).toBe(false);
    expect(await offered("tool")).toBe(false);
  });

  it("that a lock stops speaking of stay", async () => {
    want({ third: source() });
    await lab.expect(0, "apply", "--yes");
    lab.writeLock("version: 1\nname: lab\napt: { packages: {} }\n");
    await inSync();
    want({});
    expect(await steps()).toEqual([["sources.third", "remove", "left"]]);
  });

  it("are put right again when somebody edits, breaks or removes the file, or the lists", async () => {
    want({ third: source() });
    await lab.expect(0, "apply", "--yes");
    const written = readFileSync(file(), "utf8");
    const edits: Readonly<Record<string, [() => void, string, boolean]>> = {
      "another suite": [() => writeFileSync(file(), written.replace("stable", "testing")), "modify", true],
      "more trust": [() => writeFileSync(file(), `${written}Trusted: yes\n`), "reinstall", false],
      "no source any more": [() => writeFileSync(file(), "what is this\n"), "reinstall", false],
      gone: [() => rmSync(file()), "install", true],
      "lists gone": [
        () => {
          for (const name of lists()) rmSync(join(lab.apt.root, "var/lib/apt/lists", name));
        },
        "reinstall",
        true,
      ],
    };
    for (const [what, [edit, kind, reversible]] of Object.entries(edits)) {
      edit();
      const drifted = await plan();
      expect([what, drifted.omg.steps.map((step: { kind: string }) => step.kind)]).toEqual([what, [kind]]);
      expect([what, drifted.omg.steps[0].cause]).toEqual([what, "drift"]);
      expect([what, drifted.omg.steps[0].undo.possible]).toEqual([what, reversible]);
      await lab.expect(0, "apply", "--yes");
      expect([what, readFileSync(file(), "utf8")]).toEqual([what, written]);
      expect([what, await offered("tool")]).toEqual([what, true]);
      await inSync();
    }
  });

  it("with another key are another source: one that somebody put there is seen, and one that does not fit is refused", async () => {
    want({ third: source() });
    await lab.expect(0, "apply", "--yes");
    const written = readFileSync(file(), "utf8");
    const indented = (block: string) => block.trimEnd().replace(/^(.*)$/gm, (line) => ` ${line === "" ? "." : line}`);
    writeFileSync(file(), written.replace(/Signed-By:[\s\S]*/, `Signed-By:\n${indented(third.keys[1])}\n`));
    const { stdout } = await lab.expect(2, "check");
    expect(stdout).toContain(third.fingerprints[0]);
    expect(stdout).toContain(third.fingerprints[1]);
    expect(stdout).not.toContain("BEGIN PGP");
    await lab.expect(0, "apply", "--yes");
    expect(readFileSync(file(), "utf8")).toBe(written);
    want({ third: source({ "signed-by": third.keys[1] }) });
    const { stderr } = await lab.expect(8, "apply", "--yes");
    expect(stderr).toContain("NO_PUBKEY");
    expect(readFileSync(file(), "utf8")).toBe(written);
    expect(await offered("tool")).toBe(true);
  });

  it("that could not be fetched once they were written are told about, and fetched by the next apply", async () => {
    want({ third: source() });
    writeFileSync(join(SIGNALS, "fail"), "");
    const { stderr } = await lab.expect(6, "apply", "--yes");
    expect(stderr).toContain("fetch what the sources offer");
    expect(existsSync(file())).toBe(true);
    await lab.expect(2, "check");
    await lab.expect(0, "apply", "--yes");
    expect(await offered("tool")).toBe(true);
    await inSync();
  });

  it("of an apply that was killed in between are finished by the next one", async () => {
    want({ third: source() });
    writeFileSync(join(SIGNALS, "fail"), "");
    const { signal } = await lab.omg(["apply", "--yes"], {
      onStart: (child) => writeFileSync(join(SIGNALS, "omg"), String(child.pid)),
    });
    expect([signal, existsSync(file())]).toEqual(["SIGKILL", true]);
    rmSync(join(SIGNALS, "omg"));
    await until(async () => (await lab.omg(["apply", "--yes"])).code !== 5); // apt still notices that its hook failed
    expect(await offered("tool")).toBe(true);
    await inSync();
    want({});
    await lab.expect(0, "apply", "--yes");
    expect(existsSync(file())).toBe(false);
  });

  it("that other hands set up count as they are", async () => {
    const keyring = join(lab.apt.root, "etc/apt/keyrings/third.gpg");
    cpSync(third.keyring, keyring);
    const theirs = join(parts(), "third.list");
    writeFileSync(theirs, `deb [signed-by=${keyring}] ${third.uri}/ stable main\n`);
    await lab.apt.aptOk("update");
    want({ third: source() });
    await inSync();
    await lab.expect(0, "apply", "--yes");
    expect(existsSync(file())).toBe(false);
    want({});
    await lab.expect(0, "apply", "--yes");
    expect(existsSync(theirs)).toBe(true);
  });

  it("that contradict what other hands set up are a problem, with file and line", async () => {
    const keyring = join(lab.apt.root, "etc/apt/keyrings/third.gpg");
    cpSync(third.keyring, keyring);
    const theirs = join(parts(), "third.list");
    const conflict = async (line: string, fields: object = {}) => {
      writeFileSync(theirs, `# by hand\n${line}\n`);
      want({ third: source(fields) });
      const { problems } = (await plan(1)).omg;
      expect(problems).toMatchObject([{ code: "conflict", address: "sources.third" }]);
      await lab.expect(1, "apply", "--yes");
      expect(existsSync(file())).toBe(false);
      return problems[0].message;
    };
    const line = (options: string) => `deb ${options}${third.uri} stable main`;
    const signed = `[signed-by=${keyring}] `;
    expect(await conflict(line(signed), { "signed-by": third.keys[1] })).toMatch(/third\.list:2 .*another Signed-By/);
    expect(await conflict(line(signed), { types: ["deb", "deb-src"] })).toContain("same keys in other words");
    expect(await conflict(line(""))).toContain("without Signed-By");
    expect(await conflict(line("[trusted=yes] "))).toContain("sets Trusted");
    // And so it is: apt refuses to work with both.
    writeFileSync(theirs, `${line(signed)}\n`);
    writeFileSync(file(), `Types: deb\nURIs: ${third.uri}\nSuites: stable\nComponents: main\nSigned-By: /other.gpg\n`);
    expect((await lab.apt.apt("update")).stderr).toContain("Conflicting values set for option Signed-By");
  });

  it("are captured with the rest, and the same machine is in sync with its capture", async () => {
    want({ third: source({ suites: ["stable", "testing"] }) });
    await lab.expect(0, "apply", "--yes");
    writeFileSync(
      join(parts(), "more.list"),
      ["deb-src", "deb"].map((type) => `${type} [trusted=yes] ${third.uri} other main\n`).join(""),
    );
    const captured = join(lab.project, "captured.lock");
    const { stdout } = await lab.expect(0, "env", "capture", "captured.lock");
    rmSync(join(parts(), "more.list"));
    expect(stdout.replace(/\s+/g, " ")).toContain("more.list:1 was left out: it sets Trusted");
    const text = readFileSync(captured, "utf8");
    expect(text).toMatch(/^ {4}omg:\n {6}uris: /m);
    expect(text).toMatch(/^ {4}third:\n/m);
    expect(text).toMatch(/^ {6}signed-by: \|\n {8}-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n {8}[A-Za-z0-9+/=]+\n/m);
    await lab.expect(0, "check", "--lock", "captured.lock");
    rmSync(captured);
  });

  it("are part of --only apt", async () => {
    want({ third: source() });
    await lab.expect(2, "check", "--only", "apt");
    await lab.expect(0, "apply", "--yes", "--only", "apt");
    await lab.expect(0, "check", "--only", "apt");
    expect(existsSync(file())).toBe(true);
  });

  it("bring packages in the same apply", async () => {
    want({ third: source() }, { tool: "*" });
    expect((await steps()).map(([address]: string[]) => address)).toEqual(["sources.third", "apt.tool"]);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("tool")?.version).toBe("1");
    await inSync();
    want({});
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).has("tool")).toBe(false);
    expect(existsSync(file())).toBe(false);
  });
});

describe.runIf(needs(...LAB_NEEDS))("a lock whose sources", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: [], skipUpdate: true });
  });
  afterAll(() => lab?.dispose());

  it.each([
    [
      "a broken key block",
      { "signed-by": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n" },
    ],
    ["a keyring anywhere", { "signed-by": "/tmp/x.gpg" }],
    ["a keyring that leads elsewhere", { "signed-by": "/usr/share/keyrings/../x.gpg" }],
    ["trust", { trusted: "yes" }],
    ["a password", { uris: "https://me:secret@deb.example.org/" }],
    ["a method that runs a program", { uris: "ssh://-oProxyCommand=x/debian" }],
    ["no components", { components: undefined }],
    ["another field in a suite", { suites: "stable\nTrusted: yes" }],
  ])("have %s is an error with file and line", async (_what, fields) => {
    const third = { uris: "file:/srv", suites: "stable", components: "main", ...fields };
    lab.writeLock(`version: 1\nname: lab\napt: ${JSON.stringify({ sources: { third } })}\n`);
    const { stderr } = await lab.expect(3, "plan");
    expect(stderr).toMatch(/omg\.lock:3:\d+/);
  });
});
