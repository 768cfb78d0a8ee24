import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK, RECEIVE, SHARE } from "../support/bundle-lab.ts";
import { until } from "../support/until.ts";

// Two machines, a file between them, the real omg on both.
describe("a bundle from one machine to another", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let between: string;
  let file: string;
  beforeEach(() => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    between = mkdtempSync(join(tmpdir(), "omg-between-"));
    file = join(between, "team.omg");
    alice.put("omg.lock", LOCK);
  });
  afterEach(() => {
    for (const machine of [alice, bob]) machine.dispose();
    rmSync(between, { recursive: true });
  });

  const share = (...more: readonly string[]) => alice.expect(0, ...SHARE, file, ...more);
  const receive = (code: number, ...more: readonly string[]) => bob.expect(code, ...RECEIVE, file, ...more);
  /** The refusal's code, with nothing changed in the folder. */
  async function refused(...more: readonly string[]): Promise<string> {
    const before = everything(bob.project);
    const { stdout, code } = await bob.omg([...RECEIVE, file, "--json", ...more]);
    expect(everything(bob.project)).toEqual(before);
    const error = (JSON.parse(stdout) as { error?: { code: string } }).error;
    expect([code, error?.code]).not.toEqual([0, undefined]);
    return error?.code ?? "";
  }

  it("brings the lock, what it includes, the policy and the team's files, and nothing else", async () => {
    alice.put("omg.lock", `${LOCK}include: [parts/more.yaml]\n`);
    alice.put("parts/more.yaml", "aliases: { ll: ls -l }\n");
    alice.put("policy.toml", "version = 1\n");
    alice.put(".omg/signers/alice.pub", "a key\n");
    alice.put("notes.txt", "mine alone\n");
    const { stdout } = await share();
    expect(stdout).toContain("whoever knows the passphrase");
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).includes("web-team")).toBe(false);
    await receive(0, "--from", await alice.key());
    expect(Object.keys(everything(bob.project)).sort()).toEqual([
      ".omg/signers/alice.pub",
      "omg.lock",
      "parts/more.yaml",
      "policy.toml",
    ]);
    for (const name of ["omg.lock", "parts/more.yaml", "policy.toml", ".omg/signers/alice.pub"])
      expect(bob.read(name)).toBe(alice.read(name));
    const entries = (await bob.expect(0, "audit", "log", "--json")).stdout;
    expect(entries).toContain("bundle.accepted");
    expect(entries).toContain(await alice.key());
  });

  it("is of a person's own folder: root behind somebody else is sent back", async () => {
    await share();
    const env = { SUDO_UID: "1000", SUDO_USER: "ann" };
    const own = Object.fromEntries(Object.entries(bob.env).filter(([name]) => !name.startsWith("OMG_")));
    for (const args of [
      [...RECEIVE, file],
      [...SHARE, file],
    ])
      expect((await bob.omg(args, { env: { ...own, ...env } })).stderr).toMatch(/without sudo/);
  });

  it("is not made of what holds a secret, and says where", async () => {
    const token = `npm${"_"}${"a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)}`;
    alice.put(".omg/notes.toml", `token = "${token}"\n`);
    const { stderr } = await alice.expect(4, ...SHARE, file);
    expect(stderr).toMatch(/\.omg\/notes\.toml:1:\d+/);
    expect(stderr).not.toContain(token);
    expect(existsSync(file)).toBe(false);
    alice.put(".omg/notes.toml", Buffer.from([0, 1, 2]));
    expect((await alice.expect(3, ...SHARE, file)).stderr).toContain("no text");
  });

  it("replaces no file that is there, unless told", async () => {
    writeFileSync(file, "something else");
    const [team, verb, ...rest] = SHARE.filter((word) => word !== "--force");
    await alice.expect(1, team ?? "", verb ?? "", ...rest, file);
    expect(readFileSync(file, "utf8")).toBe("something else");
    await share();
    expect(readdirSync(between)).toEqual(["team.omg"]);
  });

  it("does not leave the machine without consent, nor a weak passphrase with it", async () => {
    const without = SHARE.filter((word) => word !== "--yes");
    expect((await alice.expect(9, ...without, file)).stderr).toContain("nobody to ask");
    writeFileSync(join(alice.project, "../passphrase"), "short\n");
    expect((await alice.expect(1, ...SHARE, file)).stderr).toContain("shorter than");
    expect(existsSync(file)).toBe(false);
  });

  it("counts from whom is named, listed or accepted, and from nobody else", async () => {
    const mallory = createBundleMachine();
    try {
      mallory.put("omg.lock", LOCK);
      const [key, other] = [await alice.key(), await mallory.key()];
      await share();
      expect(await refused()).toBe("bundle-unknown-sender");
      expect(await refused("--from", other)).toBe("bundle-other-sender");
      await receive(0, "--from", key);
      await share();
      await receive(0);
      bob.put(".omg/members.toml", `[members.mallory]\nkey = "${other}"\n`);
      expect(await refused()).toBe("bundle-unknown-sender");
      bob.put(".omg/members.toml", `[members.alice]\nkey = "${key}"\n`);
      await receive(0);
      mallory.put(".omg/members.toml", `[members.alice]\nkey = "${key}"\n`);
      expect((await mallory.expect(0, ...SHARE, file)).stdout).toContain("does not list it");
      await mallory.expect(0, ...SHARE, file);
      expect(await refused()).toBe("bundle-unknown-sender");
      bob.put(".omg/members.toml", "[members.alice]\nkey = 1\n");
      expect(await refused()).toBe("members-invalid");
    } finally {
      mallory.dispose();
    }
  });

  it("does not go back to an older one", async () => {
    const key = await alice.key();
    await share();
    const older = readFileSync(file);
    alice.put("omg.lock", LOCK.replace("vi", "nano"));
    await share();
    await receive(0, "--from", key);
    expect(bob.read("omg.lock")).toContain("nano");
    await receive(0);
    writeFileSync(file, older);
    expect(await refused()).toBe("bundle-older");
    expect(await refused("--from", key)).toBe("bundle-older");
    expect(bob.read("omg.lock")).toContain("nano");
  });

  it("rises in number whatever the clock says, and does not forget what it cannot read", async () => {
    const key = await alice.key();
    writeFileSync(join(alice.env.OMG_DATA_DIR ?? "", "team/bundle-number"), `${Date.now() + 3_600_000}\n`);
    await share();
    await receive(0, "--from", key);
    await share();
    await receive(0);
    writeFileSync(join(bob.env.OMG_STATE_DIR ?? "", "team/bundles/received.json"), "{");
    expect(await refused()).toBe("record-damaged");
  });

  it("is refused changed, cut off, or with another passphrase", async () => {
    const key = await alice.key();
    await share();
    const whole = readFileSync(file);
    for (const at of [0, 3, 40, 100, 600, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      writeFileSync(file, changed);
      expect(await refused("--from", key)).toMatch(/^bundle-(?:damaged|not-opened|not-for-you)$/);
    }
    for (const length of [0, 1, 100, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(await refused("--from", key)).toMatch(/^bundle-(?:damaged|not-opened|not-for-you)$/);
    }
    writeFileSync(file, whole);
    writeFileSync(join(bob.project, "../passphrase"), "incorrect horse battery\n");
    expect(await refused("--from", key)).toBe("bundle-not-opened");
    writeFileSync(file, "no bundle");
    expect(await refused("--from", key)).toBe("bundle-damaged");
  });

  it("is refused for another lock, by what is in the way, and by what trust documents say", async () => {
    const key = await alice.key();
    alice.put(".omg/trust/1.json", "{}\n");
    await share();
    bob.put("omg.lock", LOCK.replace("web-team", "another"));
    expect(await refused("--from", key)).toBe("bundle-of-another");
    rmSync(join(bob.project, "omg.lock"));
    mkdirSync(join(between, "elsewhere"));
    symlinkSync(join(between, "elsewhere"), join(bob.project, ".omg"));
    expect(await refused("--from", key)).toBe("bundle-blocked");
    expect(readdirSync(join(between, "elsewhere"))).toEqual([]);
    rmSync(join(bob.project, ".omg"));
    bob.put(".omg/trust/1.json", '{"format":1}\n');
    expect(await refused("--from", key)).toBe("bundle-trust-changed");
  });

  it("leaves what it does not know, and asks before it replaces", async () => {
    const key = await alice.key();
    alice.put(".omg/a.toml", "a = 1\n");
    await share();
    bob.put(".omg/mine.toml", "b = 1\n");
    bob.put(".omg/a.toml", "a = 2\n");
    const without = RECEIVE.filter((word) => word !== "--yes");
    expect((await bob.expect(9, ...without, file, "--from", key)).stderr).toContain("nobody to ask");
    expect(bob.read(".omg/a.toml")).toBe("a = 2\n");
    const { stdout } = await receive(0, "--from", key);
    expect(stdout).toMatch(/changed {2}\.omg\/a\.toml\n +- a = 2\n +\+ a = 1/);
    expect(bob.read(".omg/mine.toml")).toBe("b = 1\n");
    expect(readdirSync(join(bob.env.OMG_STATE_DIR ?? "", "team/bundles")).sort()).toEqual(["lock", "received.json"]);
  });

  it("is laid out to its end by the next run where one was killed in the middle", async () => {
    const key = await alice.key();
    const names = Array.from({ length: 1500 }, (_, index) => `.omg/f${String(index).padStart(4, "0")}.toml`);
    for (const name of names) alice.put(name, `name = "${name}"\n`);
    await share();
    const written = () => names.filter((name) => existsSync(join(bob.project, name))).length;
    const killed = await bob.omg([...RECEIVE, file, "--from", key], {
      onStart: (child) => {
        void until(() => existsSync(join(bob.project, names[10] ?? ""))).then(() => child.kill("SIGKILL"));
      },
    });
    expect(killed.signal).toBe("SIGKILL");
    expect(written()).toBeLessThan(names.length);
    expect(existsSync(join(bob.project, "omg.lock"))).toBe(false);
    bob.put(names[1499] ?? "", "mine\n");
    writeFileSync(file, "no bundle");
    await receive(4, "--from", key);
    expect(written()).toBe(names.length);
    expect(bob.read("omg.lock")).toBe(LOCK);
    expect(bob.read(names[1499] ?? "")).toBe("mine\n");
  });

  function everything(folder: string): Readonly<Record<string, string>> {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return Object.fromEntries(
      found
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => {
          const path = join(parentPath, name);
          return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
        }),
    );
  }
});
