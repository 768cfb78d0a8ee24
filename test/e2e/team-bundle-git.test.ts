import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK, PASSPHRASE_FILE, RECEIVE } from "../support/bundle-lab.ts";
import { createGitLab, GIT_NEEDS, type GitLab } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";

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
