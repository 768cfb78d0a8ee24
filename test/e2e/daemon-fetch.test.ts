import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { GIT_NEEDS, gpgSigner } from "../support/git-lab.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";

const HERE = needs(...GIT_NEEDS, "gpg", "gpg-agent", "root");
const LOCK = "version: 1\nname: followed\naliases: { ll: ls -l }\n";

let lab: FollowLab;
beforeEach(async () => {
  if (HERE) lab = await createFollowLab();
});
afterEach(() => lab?.close());

const fetchOk = () => lab.json(0, "daemon", "fetch");

/** A fetch that has to be refused; its error, and that what counts is still `commit`. */
async function refused(exit: number, commit: string | undefined): Promise<Readonly<Record<string, string>>> {
  const { error } = await lab.json(exit, "daemon", "fetch");
  const current = lab.place("state", "daemon", "current");
  if (commit === undefined) expect(existsSync(current)).toBe(false);
  else expect(readlinkSync(current)).toBe(`trees/${commit}`);
  return error as Readonly<Record<string, string>>;
}

function publish(
  files: Readonly<Record<string, string | undefined>> = { "omg.lock": LOCK },
  signer = lab.alice,
): string {
  const commit = lab.repo.commit(files, signer);
  lab.repo.push();
  return commit;
}

describe.runIf(HERE)("omg daemon fetch", () => {
  it("verifies each commit since the last one, over file and http, and lays the newest lock out", async () => {
    const first = publish();
    expect(await fetchOk()).toMatchObject({ news: "first", verified: 1, newest: { commit: first, number: 1 } });
    lab.configure({ repository: lab.repo.url });
    expect(await fetchOk()).toMatchObject({ news: "first", newest: { commit: first } });
    lab.repo.commit({ "policy.toml": "version = 1\n", other: "not read" }, lab.alice);
    const second = publish({ "omg.lock": LOCK.replace("ls -l", "ls -al") });
    const result = await fetchOk();
    expect(result).toMatchObject({ news: "newer", verified: 2, newest: { commit: second, number: 2 } });
    const lock = String(result.lock);
    expect(readFileSync(lock, "utf8")).toContain("ls -al");
    expect(readdirSync(join(lock, "..")).sort()).toEqual([".git", "omg.lock", "policy.toml"]);
    expect(await fetchOk()).toMatchObject({ news: "same", verified: 0 });
    expect(await lab.json(0, "check", "--lock", lock)).toMatchObject({
      lock: { name: "followed", repository: lab.repo.url, commit: second },
    });
    const { stdout } = await lab.omg("audit", "log", "--event", "commit.accepted");
    expect(stdout).toContain(
      `accepted commit ${second.slice(0, 12)} of ${lab.repo.url} branch main, signed by alice@omg.test`,
    );
  });

  it("takes OpenPGP signatures, a tag that is moved, a folder, and includes of other folders", async () => {
    const gpg = new GpgHome();
    try {
      const key = gpg.makeKey("team", { at: new Date(Date.now() - 86_400_000) });
      gpg.exportTo(lab.place("config", "trust", "signers", "team.asc"), [key], "armour");
      lab.configure({ repository: lab.repo.fileUrl, tag: "stable", path: "hosts/web" });
      const files = {
        "hosts/web/omg.lock": `${LOCK}include: [../../common/tools.yaml]\n`,
        "common/tools.yaml": "include: [more.yaml]\nenv: { EDITOR: vi }\n",
        "common/more.yaml": "env: { PAGER: less }\n",
      };
      const commit = publish(files, gpgSigner(gpg.folder, key));
      lab.repo.git("tag", "-m", "good", "stable");
      lab.repo.push("refs/tags/stable");
      const result = await fetchOk();
      expect(result).toMatchObject({ newest: { commit, by: expect.stringContaining("team@omg.test") } });
      const { notes } = await lab.json(0, "check", "--lock", String(result.lock));
      expect(String(notes)).toContain("2 variables and 1 alias");
    } finally {
      gpg.dispose();
    }
  });

  it("refuses what nobody or somebody else signed, also between two good commits, and stays where it was", async () => {
    const good = publish();
    await fetchOk();
    const mallory = lab.repo.sshKey("mallory");
    publish({ "omg.lock": `${LOCK}# by mallory\n` }, mallory.signer);
    expect(await refused(4, good)).toMatchObject({ code: "key-unknown" });
    publish({ "omg.lock": `${LOCK}# by alice, on mallory's\n` });
    expect(await refused(4, good)).toMatchObject({ code: "key-unknown" });
    lab.repo.git("reset", "--hard", "--quiet", good);
    lab.repo.commit({ "omg.lock": `${LOCK}# unsigned\n` });
    lab.repo.push("--force");
    expect(await refused(4, good)).toMatchObject({ code: "commit-unsigned" });
    // A side of a merge that nobody signed.
    lab.repo.git("checkout", "--quiet", "-b", "side");
    lab.repo.git("checkout", "--quiet", "-B", "main", good);
    lab.repo.commit({ "omg.lock": `${LOCK}# good again\n` }, lab.alice);
    lab.repo.git("merge", "--quiet", "--no-commit", "-s", "ours", "side");
    lab.repo.commit({}, lab.alice);
    lab.repo.push("--force");
    expect(await refused(4, good)).toMatchObject({ code: "commit-unsigned" });
  });

  it("refuses a branch that went back, another history, and an old commit that was signed anew", async () => {
    const old = publish();
    const newer = publish({ "omg.lock": `${LOCK}# newer\n` });
    await fetchOk();
    lab.repo.git("reset", "--hard", "--quiet", old);
    lab.repo.push("--force");
    const rewound = await refused(4, newer);
    expect(rewound).toMatchObject({
      code: "commit-rewound",
      hint: expect.stringContaining(`omg daemon accept ${old}`),
    });
    const anew = [...["-c"], "gpg.format=ssh", "-c", lab.alice[1] ?? ""];
    lab.repo.git(...anew, "commit", "--quiet", "--amend", "--no-edit", "--date", "2030-01-01", "--gpg-sign");
    lab.repo.push("--force");
    expect(await refused(4, newer)).toMatchObject({ code: "history-rewritten" });
    // Until somebody on this machine says so.
    const amended = lab.repo.git("rev-parse", "HEAD");
    await lab.json(9, "daemon", "accept", amended);
    await lab.json(1, "daemon", "accept", newer, "--yes");
    expect(await lab.json(0, "daemon", "accept", amended, "--yes")).toMatchObject({ before: { commit: newer } });
    expect(await fetchOk()).toMatchObject({ news: "same", newest: { commit: amended, number: 2 } });
  });

  it("remembers the highest commit when either place is lost, and a run that was killed between them", async () => {
    const first = publish();
    await fetchOk();
    const second = publish({ "omg.lock": `${LOCK}# 2\n` });
    const killed = await runKilled();
    expect(killed.signal).toBe("SIGKILL");
    lab.repo.git("reset", "--hard", "--quiet", first);
    lab.repo.push("--force");
    expect(await lab.json(4, "daemon", "fetch")).toMatchObject({ error: { code: "commit-rewound" } });
    rmSync(lab.place("state", "daemon"), { recursive: true });
    // The copy of the repository is lost with it, and what is fetched anew does not have that commit.
    expect(await refused(4, undefined)).toMatchObject({ code: "history-rewritten" });
    rmSync(lab.place("data"), { recursive: true });
    expect(await refused(4, undefined)).toMatchObject({
      code: "history-rewritten",
      message: expect.stringContaining(second),
    });
    const file = readdirSync(lab.place("state", "daemon")).find((name) => name.startsWith("accepted-")) ?? "";
    writeFileSync(lab.place("state", "daemon", file), "{}");
    expect(await lab.json(1, "daemon", "fetch")).toMatchObject({ error: { code: "record-damaged" } });
  });

  it.each([
    ["lock-missing", { "omg.lock": undefined, other: "x" }],
    ["lock-invalid", { "omg.lock": "version: 1\nname: [\n" }],
    ["lock-invalid", { "omg.lock": "" }],
    ["lock-empty", { "omg.lock": "version: 1\nname: followed\napt: { packages: {} }\n" }],
    ["lock-invalid", { "omg.lock": `${LOCK}include: [gone.yaml]\n` }],
  ])("a commit is believed and its lock is not: %s", async (code, files) => {
    const good = publish();
    await fetchOk();
    publish(files);
    expect(await lab.json(3, "daemon", "fetch")).toMatchObject({ problem: { code }, news: "newer" });
    expect(readlinkSync(lab.place("state", "daemon", "current"))).toBe(`trees/${good}`);
  });

  it("reads no links, and runs nothing that a repository or anybody's configuration names", async () => {
    const ran = join(lab.repo.folder, "ran");
    const script = join(lab.repo.folder, "script");
    writeFileSync(script, `#!/bin/sh\ntouch ${ran}\ncat\n`, { mode: 0o755 });
    chmodSync(script, 0o755);
    for (const hook of ["post-checkout", "reference-transaction", "pre-receive"])
      writeFileSync(join(lab.repo.bare, "hooks", hook), `#!/bin/sh\ntouch ${ran}-${hook}\n`, { mode: 0o755 });
    lab.repo.git("config", "--file", join(lab.repo.bare, "config"), "uploadpack.packObjectsHook", script);
    lab.repo.git("config", "--file", join(lab.repo.bare, "config"), "core.fsmonitor", script);
    const home = lab.place("home");
    publish({
      "omg.lock": LOCK,
      ".gitattributes": "* filter=evil\n",
      ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::${script}\n`,
    });
    rmSync(`${ran}-reference-transaction`, { force: true });
    rmSync(`${ran}-pre-receive`, { force: true });
    expect(existsSync(home)).toBe(false);
    expect(await fetchOk()).toMatchObject({ news: "first" });
    expect(readdirSync(lab.repo.folder).filter((name) => name.startsWith("ran"))).toEqual([]);
    rmSync(join(lab.repo.work, "omg.lock"));
    symlinkSync("/etc/passwd", join(lab.repo.work, "omg.lock"));
    publish({});
    expect(await lab.json(3, "daemon", "fetch")).toMatchObject({ problem: { code: "object-odd" } });
  });

  it("believes nobody's keys but those of whoever runs it, and says what is missing", async () => {
    publish();
    const signers = lab.place("config", "trust", "signers");
    chmodSync(join(signers, "allowed_signers"), 0o666);
    expect(await refused(4, undefined)).toMatchObject({ code: "signers-of-another" });
    rmSync(signers, { recursive: true });
    expect(await refused(3, undefined)).toMatchObject({ code: "signers-invalid" });
    lab.configure({});
    expect(await refused(3, undefined)).toMatchObject({ code: "no-repository" });
    lab.configure({ repository: "ext::sh -c id" });
    expect(await refused(3, undefined)).toMatchObject({ code: "config-invalid" });
  });

  it("a server that fails or is not there is no news, and neither is another branch", async () => {
    lab.configure({ repository: lab.repo.url });
    publish();
    await fetchOk();
    lab.repo.answerWith(503);
    expect(await lab.json(8, "daemon", "fetch")).toMatchObject({ error: { code: "repository-unreachable" } });
    lab.repo.answerWith(undefined);
    lab.repo.demand("omg:p@ss");
    expect(await lab.json(8, "daemon", "fetch")).toMatchObject({ error: { code: "repository-unreachable" } });
    lab.configure({ repository: lab.repo.url.replace("//", "//omg:p%40ss@") });
    const { channel, news } = await fetchOk();
    expect([channel, news]).toEqual([`${lab.repo.url} branch main`, "same"]);
    lab.configure({ repository: lab.repo.url.replace("//", "//omg:p%40ss@"), branch: "gone" });
    expect(await lab.json(8, "daemon", "fetch")).toMatchObject({
      error: { code: "reference-missing", message: `${lab.repo.url} was reached, and has no branch gone.` },
    });
  });
});

async function runKilled() {
  const { runOmg } = await import("../support/omg-lab.ts");
  return runOmg(["daemon", "fetch"], lab.repo.folder, { ...lab.env, OMG_FAILPOINT: "daemon.commit-logged" }, {});
}
