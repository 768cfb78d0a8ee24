import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withoutCredentials } from "../../host/address.ts";
import { remoteAddress } from "../../host/git-config.ts";
import { readRepository } from "../../host/git-head.ts";
import { needs } from "../support/needs.ts";
import { temporaryFolder } from "./bundle.ts";

function git(folder: string, ...args: string[]): string {
  const env = {
    PATH: "/usr/bin:/bin",
    HOME: folder,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.org",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.org",
  };
  return execFileSync("/usr/bin/git", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

function repository(...initArgs: string[]): string {
  const root = join(temporaryFolder(), "work tree");
  mkdirSync(join(root, "sub/deep"), { recursive: true });
  git(root, "init", "-b", "main", ...initArgs);
  return root;
}

function commit(root: string): string {
  git(root, "commit", "--allow-empty", "-m", "x");
  return git(root, "rev-parse", "HEAD");
}

describe.runIf(needs("git"))("readRepository, against git", () => {
  test("before and after the first commit, from any folder of the tree", () => {
    const root = repository();
    expect(readRepository(root)).toEqual({ root });
    const head = commit(root);
    expect(readRepository(root)).toEqual({ root, commit: head });
    expect(readRepository(join(root, "sub/deep"))).toEqual({ root, commit: head });
  });

  test("packed references, and a loose one above them", () => {
    const root = repository();
    const first = commit(root);
    git(root, "branch", "feature/main");
    git(root, "tag", "-a", "-m", "t", "main");
    git(root, "pack-refs", "--all");
    expect(readRepository(root)).toEqual({ root, commit: first });
    const second = commit(root);
    expect(second).not.toBe(first);
    expect(readRepository(root)).toEqual({ root, commit: second });
    git(root, "checkout", "feature/main");
    expect(readRepository(root)).toEqual({ root, commit: first });
  });

  test("a detached HEAD", () => {
    const root = repository();
    const first = commit(root);
    commit(root);
    git(root, "checkout", "--detach", first);
    expect(readRepository(root)).toEqual({ root, commit: first });
  });

  test("SHA-256 repositories", () => {
    const root = repository("--object-format=sha256");
    const head = commit(root);
    expect(head).toHaveLength(64);
    expect(readRepository(root)).toEqual({ root, commit: head });
  });

  test("a linked work tree has its own HEAD, and shares branches and remotes", () => {
    const root = repository();
    const first = commit(root);
    git(root, "remote", "add", "origin", "https://ann:secret@example.org/team/env.git");
    const linked = join(root, "../linked");
    git(root, "worktree", "add", "-b", "other", linked);
    const second = commit(linked);
    const origin = "https://example.org/team/env.git";
    expect(readRepository(linked)).toEqual({ root: linked, origin, commit: second });
    expect(readRepository(root)).toEqual({ root, origin, commit: first });
    git(root, "pack-refs", "--all");
    expect(readRepository(linked)).toEqual({ root: linked, origin, commit: second });
  });

  test("a separate git folder, and a submodule", () => {
    const separate = join(temporaryFolder(), "separate.git");
    const root = repository("--separate-git-dir", separate);
    const head = commit(root);
    expect(readRepository(root)).toEqual({ root, commit: head });
    const outer = repository();
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", root, "module");
    expect(readRepository(join(outer, "module"))).toEqual({ root: join(outer, "module"), origin: root, commit: head });
  });

  test("a clone", () => {
    const root = repository();
    const head = commit(root);
    const copy = join(root, "../copy");
    git(root, "clone", `file://${root}`, copy);
    expect(readRepository(copy)).toEqual({ root: copy, origin: `file://${root}`, commit: head });
  });

  test("nothing outside of a repository, nor in a folder that only looks like one", () => {
    const folder = temporaryFolder();
    expect(readRepository(folder)).toBeUndefined();
    mkdirSync(join(folder, ".git"));
    expect(readRepository(folder)).toBeUndefined();
    writeFileSync(join(temporaryFolder(), ".git"), "not a link");
    expect(readRepository(join(folder, "not/there"))).toBeUndefined();
  });

  test.each(["ref: ../../outside", "ref: refs/../../outside", "ref: HEAD", "not a commit", ""])(
    "a HEAD that says %j gives no commit and reads nothing outside",
    (head) => {
      const root = repository();
      const id = commit(root);
      writeFileSync(join(root, "outside"), id);
      writeFileSync(join(root, ".git/outside"), id);
      writeFileSync(join(root, ".git/HEAD"), head);
      expect(readRepository(root)).toEqual({ root });
    },
  );
});

describe.runIf(needs("git"))("remoteAddress, against git", () => {
  test.each([
    '[remote "origin"]\n\turl = https://example.org/a.git\n',
    '[REMOTE "origin"] url=one two  # comment\n',
    '[remote "origin"]\nURL = "a # b" ; c\n',
    '[remote "origin"]\nurl = "tab\\there \\"quoted\\" back\\\\slash"  \n',
    '[remote "origin"]\nurl = long\\\n  er\n',
    '[remote "other"]\nurl = x\n[remote "origin"]\nfetch = y\nurl = z\n[core]\nurl = w\n',
    '[remote "origin"]\r\nurl = crlf\r\n',
    '[remote "Origin"]\nurl = wrong case\n',
    "[remote]\nurl = none\n",
    "",
  ])("%j", (text) => {
    const file = join(temporaryFolder(), "config");
    writeFileSync(file, text);
    let expected: string | undefined;
    try {
      expected = git(temporaryFolder(), "config", "--file", file, "--get", "remote.origin.url");
    } catch {
      // git's answer for a key that is not there.
    }
    expect(remoteAddress(text, "origin")).toBe(expected);
  });

  test("the first of several addresses counts", () => {
    const root = repository();
    git(root, "remote", "add", "origin", "one");
    git(root, "remote", "set-url", "--add", "origin", "two");
    expect(readRepository(root)?.origin).toBe(git(root, "remote", "get-url", "origin"));
  });
});

test.each([
  ["https://ann:s3cret@example.org/x.git", "https://example.org/x.git"],
  ["https://token@example.org:8443/x?a=b@c", "https://example.org:8443/x?a=b@c"],
  ["https://a:p@ss@example.org/x", "https://example.org/x"],
  ["ssh://git@example.org/x", "ssh://example.org/x"],
  ["http://example.org/~me@home/x", "http://example.org/~me@home/x"],
  ["git@example.org:team/env.git", "git@example.org:team/env.git"],
  ["/srv/git/env", "/srv/git/env"],
])("%s is shown as %s", (address, shown) => {
  expect(withoutCredentials(address)).toBe(shown);
});
