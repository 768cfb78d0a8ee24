import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAptLab } from "../../support/apt-lab.ts";
import { conversation } from "../../support/conversation.ts";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { createTeamLab, nextTrust, type Person, type TeamLab } from "../../support/team-lab.ts";

const HERE = needs(...GIT_NEEDS);
const LOCK = `version: 1
name: web-team
# Everybody's.
aliases:
  la: ls -a
  ll: ls -l
  lz: ls -Z # seldom
env:
  EDITOR: vi
`;

let lab: TeamLab;
let alice: Person;
let bob: Person;
let trust: string;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  alice = lab.person("alice");
  trust = await lab.found(alice, LOCK);
  bob = lab.person("bob");
  alice.write({
    ".omg/trust/2.json": nextTrust(alice.read(".omg/trust/1.json"), ({ keys, roles }) => {
      keys[bob.fingerprint] = { owner: "bob@omg.test", ssh: bob.key };
      roles.release.push(bob.fingerprint);
    }),
  });
  alice.signTrust(2);
  alice.publish();
  bob.git("pull", "--quiet", "origin", "main");
});
afterEach(() => lab?.close());

const edit = (person: Person, from: string, to: string) =>
  person.write({ "omg.lock": person.read("omg.lock").replace(from, to) });
const push = (person: Person, code = 0) => person.json(code, "team", "push", "--no-capture", "--yes");

describe.runIf(HERE)("omg team push", () => {
  it("commits what the lock says, signed, and machines take it", async () => {
    const machine = lab.machine("one");
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    expect(await push(alice)).toMatchObject({ outcome: "nothing" });
    edit(alice, "  ll: ls -l\n", "  ll: ls -lh\n");
    expect(await alice.json(9, "team", "push", "--no-capture")).toMatchObject({ error: { code: "no-consent" } });
    expect(alice.git("status", "--porcelain")).toBe("M omg.lock");
    const { commit } = await push(alice);
    expect(alice.git("log", "-1", "--format=%s")).toBe('omg.lock: aliases.ll: "ls -l" -> "ls -lh"');
    expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ newest: { commit } });
    edit(alice, "EDITOR: vi", "EDITOR: [");
    expect(await push(alice, 3)).toMatchObject({ error: { code: "lock-invalid" } });
    expect(alice.git("rev-parse", "HEAD")).toBe(commit);
  });

  it("lets others go first, and merges by name what no merge by lines could", async () => {
    edit(alice, "  la: ls -a\n  ll: ls -l\n", "  la: ls -A\n  lb: ls -b\n  ll: ls -l\n");
    edit(bob, "  la: ls -a\n  ll: ls -l\n", "  la: ls -a\n  lc: ls -C\n  ll: ls -lh\n");
    bob.write({ "notes.txt": "not committed\n" });
    await push(alice);
    expect(await push(bob)).toMatchObject({ outcome: "pushed", merged: 1 });
    expect(bob.read("omg.lock")).toBe(
      LOCK.replace("  la: ls -a\n  ll: ls -l\n", "  la: ls -A\n  lb: ls -b\n  lc: ls -C\n  ll: ls -lh\n"),
    );
    expect(bob.git("status", "--porcelain")).toBe("?? notes.txt");
    // One line of history, and each of it signed by who made it.
    const machine = lab.machine("one");
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    expect(bob.git("rev-list", "--merges", "HEAD")).toBe("");
  });

  it("at the same moment from two clones both come through", async () => {
    edit(alice, "  ll: ls -l\n", "  ll: ls -lh\n");
    edit(bob, "  EDITOR: vi\n", "  EDITOR: nano\n");
    const [first, second] = await Promise.all([push(alice), push(bob)]);
    expect([first.outcome, second.outcome]).toEqual(["pushed", "pushed"]);
    const merged = lab.server.git("-C", lab.server.bare, "show", "main:omg.lock");
    expect(merged).toContain("ll: ls -lh");
    expect(merged).toContain("EDITOR: nano");
  });

  it("names what both changed, and leaves it to them", async () => {
    edit(alice, "  ll: ls -l\n", "  ll: ls -lh\n");
    edit(bob, "  ll: ls -l\n", "  ll: ls -lt\n");
    await push(alice);
    expect(await push(bob, 1)).toMatchObject({
      error: { code: "merge-conflict", message: "Both sides changed omg.lock in aliases.ll." },
    });
    expect(bob.read("omg.lock")).toContain("ll: ls -lt");
    expect(bob.git("status", "--porcelain")).toBe("M omg.lock");
    bob.git("commit", "--quiet", "--all", "-m", "mine");
    // By hand, with the driver that init set up, it stands around that one name.
    bob.git(
      "config",
      "merge.omg-lock.driver",
      `${process.execPath} ${join(import.meta.dirname, "../../../bin/omg")} team merge-lock %O %A %B %P`,
    );
    expect(() => bob.git("pull", "--quiet", "--rebase=false", "origin", "main")).toThrow();
    expect(bob.read("omg.lock")).toContain(
      "<<<<<<< ours\n  ll: ls -lt\n=======\n  ll: ls -lh\n>>>>>>> theirs\n  lz: ls -Z",
    );
  });

  it("asks once, and changes nothing where the answer is no, or Ctrl-C", async () => {
    edit(bob, "  ll: ls -l\n", "  ll: ls -lh\n");
    const head = bob.git("rev-parse", "HEAD");
    const where = { project: bob.clone, env: bob.env };
    for (const [typed, code] of [
      ["n\n", 9],
      ["\u0003", 130],
    ] as const) {
      const asked = await conversation(where, ["team", "push", "--no-capture"], [["Commit and push this?", typed]]);
      expect([asked.code, asked.shown]).toEqual([code, expect.stringContaining("Changed")]);
      expect([bob.git("rev-parse", "HEAD"), bob.git("status", "--porcelain")]).toEqual([head, "M omg.lock"]);
    }
    expect(lab.server.git("-C", lab.server.bare, "rev-parse", "main")).toBe(head);
    const said = await conversation(where, ["team", "push", "--no-capture"], [["Commit and push this?", "y\n"]]);
    expect([said.code, said.shown]).toEqual([0, expect.stringContaining("Pushed")]);
  });

  it("proposes where it may not push, and leaves the clone as it is", async () => {
    const hook = join(lab.server.bare, "hooks", "update");
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in refs/heads/omg/*) exit 0;; esac\necho "main is closed" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    edit(bob, "  ll: ls -l\n", "  ll: ls -lh\n");
    const head = bob.git("rev-parse", "HEAD");
    const { branch, text } = await bob.json(0, "team", "propose", "--no-capture", "--yes");
    expect(text).toBe('omg.lock: aliases.ll: "ls -l" -> "ls -lh"\n');
    expect(bob.git("rev-parse", "HEAD")).toBe(head);
    expect(bob.git("status", "--porcelain")).toBe("M omg.lock");
    expect(bob.git("worktree", "list").split("\n")).toHaveLength(1);
    const shown = lab.server.git("-C", lab.server.bare, "log", "-1", "--format=%an %s", String(branch));
    expect(shown).toBe('bob omg.lock: aliases.ll: "ls -l" -> "ls -lh"');
    expect(await push(bob, 1)).toMatchObject({
      error: { code: "push-refused", details: expect.arrayContaining([expect.stringContaining("main is closed")]) },
    });
  });

  it("keeps what others wrote around their names, and puts nobody's open work in danger", async () => {
    edit(alice, "# Everybody's.", "# Everybody's, see the wiki.");
    edit(alice, "  ll: ls -l\n", "  ll: ls -lh\n");
    alice.publish({ "notes.txt": "alice's\n" });
    edit(bob, "  EDITOR: vi\n", "  EDITOR: nano\n");
    bob.write({ "notes.txt": "bob's, in no commit\n" });
    const head = bob.git("rev-parse", "HEAD");
    expect(await push(bob, 1)).toMatchObject({
      error: { code: "not-committed", message: expect.stringContaining("notes.txt") },
    });
    expect([bob.git("rev-parse", "HEAD"), bob.read("notes.txt")]).toEqual([head, "bob's, in no commit\n"]);
    rmSync(join(bob.clone, "notes.txt"));
    await push(bob);
    const lock = LOCK.replace("Everybody's.", "Everybody's, see the wiki.")
      .replace("ls -l\n", "ls -lh\n")
      .replace("vi\n", "nano\n");
    expect(lab.server.git("-C", lab.server.bare, "show", "main:omg.lock")).toBe(lock.trimEnd());
    expect(bob.read("omg.lock")).toBe(lock);
  });

  it("says what stands in the way where the clone is not as it should be, and changes nothing", async () => {
    const refused = async (code: string, exit = 1, ...args: readonly string[]) =>
      expect(await bob.json(exit, "team", "push", "--no-capture", "--yes", ...args)).toMatchObject({ error: { code } });
    edit(bob, "  ll: ls -l\n", "  ll: ls -lh\n");
    bob.git("switch", "--quiet", "-c", "feature");
    await refused("other-branch");
    bob.git("checkout", "--quiet", "--detach");
    await refused("other-branch");
    bob.git("switch", "--quiet", "main");
    bob.write({ "omg.lock": bob.read("omg.lock") });
    const text = bob.read("omg.lock");
    rmSync(join(bob.clone, "omg.lock"));
    await refused("no-lock");
    bob.write({ "omg.lock": text });
    bob.write({ ".omg/team.toml": 'name = "web-team"\nbranch = "trunk"\n' });
    bob.git("switch", "--quiet", "-c", "trunk");
    await refused("no-such-branch");
    bob.git("switch", "--quiet", "main");
    bob.git("restore", ".omg/team.toml");
    // A merge that somebody left open.
    bob.git("stash", "--quiet");
    bob.git("switch", "--quiet", "feature");
    bob.git("commit", "--quiet", "--allow-empty", "-m", "of the feature");
    bob.git("switch", "--quiet", "main");
    bob.git("merge", "--quiet", "--no-ff", "--no-commit", "feature");
    await refused("under-way");
    bob.git("merge", "--abort");
    bob.git("stash", "pop", "--quiet");
    bob.git("config", "user.email", "");
    bob.git("config", "user.name", "");
    await refused("git-failed");
    expect(bob.git("log", "-1", "--format=%an")).toBe("alice");
    expect(bob.read("omg.lock")).toBe(text);
    bob.git("remote", "remove", "origin");
    await refused("no-remote");
    expect(lab.server.git("-C", lab.server.bare, "show", "main:omg.lock")).toBe(LOCK.trimEnd());
  });

  it("ends clearly on a full disk, with everything as it was, and goes on once there is room", async () => {
    const small = join(lab.server.folder, "small");
    mkdirSync(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", small]);
    try {
      const clone = join(small, "clone");
      bob.git("clone", "--quiet", lab.server.bare, clone);
      writeFileSync(join(clone, "omg.lock"), LOCK.replace("EDITOR: vi", "EDITOR: nano"));
      execFileSync("sh", ["-c", `cat /dev/zero >'${small}/fill' 2>/dev/null || true`]);
      const args = ["-C", clone, "team", "push", "--no-capture", "--yes"];
      const { error } = (await bob.json(1, ...args)) as { error: { message: string; hint: string } };
      expect(error).toMatchObject({ message: "git fetched, and did not write down what." });
      expect(readFileSync(join(clone, "omg.lock"), "utf8")).toContain("EDITOR: nano");
      rmSync(join(small, "fill"));
      await bob.json(0, ...args);
      expect(lab.server.git("-C", lab.server.bare, "show", "main:omg.lock")).toContain("EDITOR: nano");
    } finally {
      execFileSync("umount", [small]);
    }
  });

  it("adds what was asked for on this machine, and changes nothing that stands there", async () => {
    const apt = await createAptLab();
    try {
      await apt.aptOk("install", "--yes", "omg-app");
      const { runOmg } = await import("../../support/omg-lab.ts");
      const env = { ...alice.env, ...apt.env };
      const ran = await runOmg(["team", "push", "--yes", "--json"], alice.clone, env, {});
      expect(ran.stderr).toBe("");
      const { changes } = JSON.parse(ran.stdout);
      expect(changes).toContainEqual(expect.objectContaining({ name: "apt.packages.omg-app", of: "request" }));
      expect(changes).toContainEqual(
        expect.objectContaining({ name: expect.stringMatching(/ apt\.omg-lib$/), of: "pin" }),
      );
      const lock = alice.read("omg.lock");
      expect(lock.startsWith(LOCK.trimEnd())).toBe(true);
      expect(lock).toMatch(/^pins: /m);
      expect(
        JSON.parse((await runOmg(["team", "push", "--yes", "--json"], alice.clone, env, {})).stdout),
      ).toMatchObject({
        outcome: "nothing",
      });
    } finally {
      await apt.dispose();
    }
  });
});
