import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { words } from "../support/refusal.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

// The commands that edit the lock, as somebody who is not root: the lock is theirs, lists and packages are root's.
describe.runIf(base !== undefined)("a user who edits by name", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    await lab.debian.expect(0, ["/usr/local/bin/omg", "setup", "--yes"]);
  });
  afterAll(() => lab?.dispose());

  const lockOf = (person: string) => lab.debian.read(`/home/${person}/.config/omg/omg.lock`);
  const version = async (name: string) => (await lab.debian.installed()).get(name)?.version;

  /** New in the archive, and not in the lists of this machine yet. */
  const publishUnseen = async (name: string, next: string) => {
    await lab.debian.repo.add({ name, version: next });
    await lab.debian.repo.publish();
    const inside = join(lab.debian.files, "srv/omg");
    rmSync(inside, { recursive: true, force: true });
    cpSync(lab.debian.repo.path, inside, { recursive: true });
  };

  it("begins a lock of their own and installs, and everything is whose it should be", async () => {
    await lab.expect(9, "alice", "install", "omg-base");
    expect(lab.debian.exists("/home/alice/.config/omg/omg.lock")).toBe(false);
    await lab.expect(0, "alice", "install", "omg-base", "--yes");
    expect(lockOf("alice")).toMatch(/omg-base: "\*"\n---\npins: /);
    expect(await version("omg-base")).toBe("1.0");
    expect(await lab.debian.sh("find /home/alice ! -user alice; find /var/lib/omg ! -user root")).toBe("");
  });

  it("updates: root fetches the lists, for whoever may ask root", async () => {
    await publishUnseen("omg-base", "1.1");
    const before = lockOf("alice");
    await lab.expect(0, "alice", "update", "--no-refresh", "--yes");
    expect(lockOf("alice")).toBe(before);
    await lab.expect(0, "alice", "update", "--yes");
    expect(await version("omg-base")).toBe("1.1");
    expect(lockOf("alice")).toContain('omg-base: { version: "1.1"');
  });

  it("goes on with the lists that are there where nobody may or can be asked, and says so", async () => {
    await publishUnseen("omg-base", "1.2");
    await lab.lock("mallory", { "omg-base": "*" });
    const { stderr } = await lab.expect(0, "mallory", "update", "--no-apply");
    expect(words(stderr)).toContain("The package lists are as they were: sudo did not let omg-root run.");
    expect(lab.debian.read("/home/mallory/env/omg.lock")).toContain('omg-base: { version: "1.1"');
  });

  it("is told by root which source cannot be read, without its password, and keeps the lock", async () => {
    const source = "deb [trusted=yes] http://me:opensesame@127.0.0.1:9/omg ./\n";
    lab.debian.write("/etc/apt/sources.list.d/gone.list", source, 0o600);
    const before = lockOf("alice");
    const { stdout, stderr } = await lab.expect(8, "alice", "update", "--yes");
    expect(stderr).toContain("127.0.0.1:9/omg");
    expect(stdout + stderr).not.toContain("opensesame");
    expect(lockOf("alice")).toBe(before);
    await lab.debian.sh("rm /etc/apt/sources.list.d/gone.list");
  });

  it("removes again, through root", async () => {
    await lab.expect(0, "alice", "remove", "omg-base", "--yes");
    expect(await version("omg-base")).toBeUndefined();
    expect(lockOf("alice")).toContain("  packages: {}\n");
    await lab.expect(0, "alice", "check");
  });
});
