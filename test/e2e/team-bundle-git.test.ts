import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK, PASSPHRASE_FILE, RECEIVE } from "../support/bundle-lab.ts";
import { createGitLab, GIT_NEEDS, type GitLab } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { createSshServer, SSHD_NEEDS, type SshServer } from "../support/ssh-server.ts";

describe.runIf(needs(...GIT_NEEDS, "root"))("a bundle by a git repository", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let repo: GitLab;
  beforeEach(async () => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
    repo = await createGitLab();
    repo.commit({ "README.md": "a team\n" });
    repo.push();
    // Root's git runs as an id that nobody has.
    execFileSync("chmod", ["-R", "a+rwX", repo.bare]);
  });
  afterEach(async () => {
    for (const machine of [alice, bob]) machine.dispose();
    await repo.close();
  });
  const refs = () =>
    execFileSync("git", ["-C", repo.bare, "for-each-ref", "--format=%(refname)"], { encoding: "utf8" });

  it("lies beside the branches, the newest alone", async () => {
    const key = await alice.key();
    const share = ["team", "share", "--yes", ...PASSPHRASE_FILE, "--git", repo.fileUrl];
    await alice.expect(0, ...share);
    const [head] = refs().split("\n");
    alice.put("omg.lock", LOCK.replace("vi", "nano"));
    await alice.expect(0, ...share);
    expect(refs()).toBe("refs/heads/main\nrefs/omg/bundles/web-team\n");
    expect(head).toBe("refs/heads/main");
    execFileSync("git", ["init", "--quiet", bob.project]);
    execFileSync("git", ["-C", bob.project, "remote", "add", "team", repo.fileUrl]);
    await bob.expect(0, ...RECEIVE, "web-team", "--git", "team", "--from", key);
    expect(bob.read("omg.lock")).toContain("nano");
    expect((await bob.expect(0, ...RECEIVE, "--git", repo.url)).stdout).toContain("The same");
  });

  it("says so where there is none, or the server does not take it", async () => {
    expect((await bob.expect(8, ...RECEIVE, "web-team", "--git", repo.fileUrl)).stderr).toContain("refs/omg/bundles");
    const refused = await alice.expect(8, "team", "share", "--yes", ...PASSPHRASE_FILE, "--git", repo.url);
    expect(refused.stderr).toContain("did not take it");
    for (const address of ["ext::sh -c id", "--upload-pack=id", "nowhere"])
      await alice.expect(1, "team", "share", "--yes", ...PASSPHRASE_FILE, `--git=${address}`);
  });
});

describe.runIf(needs(...GIT_NEEDS, ...SSHD_NEEDS))("a bundle by a git repository over ssh", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let repo: GitLab;
  let ssh: SshServer;
  let address: string;
  beforeEach(async () => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
    repo = await createGitLab();
    ssh = await createSshServer(join(repo.folder, "ssh"));
    address = `ssh://root@127.0.0.1:${ssh.port}${repo.bare}`;
  });
  afterEach(async () => {
    for (const machine of [alice, bob]) machine.dispose();
    await ssh.close();
    await repo.close();
  });
  const means = (key = ssh.key) => ["--ssh-key", key, "--known-hosts", ssh.knownHosts];
  const share = (...more: readonly string[]) => ["team", "share", "--yes", ...PASSPHRASE_FILE, "--git", ...more];
  const bundles = () =>
    execFileSync("git", ["-C", repo.bare, "for-each-ref", "--format=%(objectname) %(refname)", "refs/omg/bundles"], {
      encoding: "utf8",
    });

  it("goes there and comes back, by address, by the name of a remote and by config.toml", async () => {
    const key = await alice.key();
    await alice.expect(0, ...share(address, ...means()));
    expect(bundles()).toContain(" refs/omg/bundles/web-team\n");
    expect(ssh.log()).toContain("Accepted publickey for root");
    await bob.expect(0, ...RECEIVE, "web-team", "--git", address, ...means(), "--from", key);
    expect(bob.read("omg.lock")).toBe(LOCK);
    alice.put("omg.lock", LOCK.replace("vi", "nano"));
    await alice.expect(0, ...share(address, ...means()));
    execFileSync("git", ["init", "--quiet", bob.project]);
    execFileSync("git", ["-C", bob.project, "remote", "add", "team", address]);
    expect((await bob.expect(1, ...RECEIVE, "--git", "team")).stderr).toContain(
      "needs a key and the keys of its server",
    );
    bob.put("../CONFIG/config.toml", `[daemon]\nssh-key = "${ssh.key}"\nknown-hosts = "${ssh.knownHosts}"\n`);
    await bob.expect(0, ...RECEIVE, "--git", "team");
    expect(bob.read("omg.lock")).toContain("nano");
    // No copy of the key stays.
    const secret = readFileSync(ssh.key, "utf8").split("\n")[2] ?? "";
    for (const { project } of [alice, bob]) {
      const found = execFileSync("sh", ["-c", 'grep -rlF -- "$0" "$1" || true', secret, join(project, "..")]);
      expect(found.toString()).toBe("");
    }
  });

  it("neither goes to nor comes from a server with another key", async () => {
    await alice.expect(0, ...share(address, ...means()));
    const before = bundles();
    const other = readFileSync(`${ssh.otherKey()}.pub`, "utf8").split(" ")[1];
    writeFileSync(ssh.knownHosts, readFileSync(ssh.knownHosts, "utf8").replace(/ \S+\n$/, ` ${other}\n`));
    alice.put("omg.lock", LOCK.replace("vi", "nano"));
    const ran = await alice.expect(8, ...share(address, ...means()));
    expect(ran.stderr).toContain("Host key verification failed");
    expect((await bob.expect(8, ...RECEIVE, "web-team", "--git", address, ...means())).stderr).toContain(
      "Host key verification failed",
    );
    expect(bundles()).toBe(before);
    expect(() => bob.read("omg.lock")).toThrow();
  });

  it("needs the right to come in, and to write", async () => {
    const denied = await alice.expect(8, ...share(address, ...means(ssh.otherKey())));
    expect(denied.stderr).toContain("Permission denied (publickey");
    expect(denied.stderr).not.toContain("does not have it");
    // As servers with rights do it: this key may fetch.
    const authorized = join(repo.folder, "ssh", "authorized");
    const only = join(repo.folder, "only-fetch");
    writeFileSync(
      only,
      '#!/bin/sh\ncase "$SSH_ORIGINAL_COMMAND" in git-upload-pack*) eval "exec $SSH_ORIGINAL_COMMAND";; esac\necho "you may only read" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    await alice.expect(0, ...share(address, ...means()));
    const before = bundles();
    writeFileSync(authorized, `command="${only}" ${readFileSync(authorized, "utf8")}`);
    const refused = await alice.expect(8, ...share(address, ...means()));
    expect(refused.stderr).toContain("did not take it");
    expect(refused.stderr).toContain("you may only read");
    expect(bundles()).toBe(before);
    await bob.expect(0, ...RECEIVE, "web-team", "--git", address, ...means(), "--from", await alice.key());
  });
});
