import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { GIT_NEEDS, type Signer } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";

const HERE = needs(...GIT_NEEDS);
const LOCK = "version: 1\nname: lab\naliases: { ll: ls -l }\n";

let lab: FollowLab;
let releaser: Signer;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createFollowLab();
  const { signer, line } = lab.repo.sshKey("releaser");
  releaser = signer;
  mkdirSync(lab.place("config", "trust", "release"), { recursive: true });
  writeFileSync(lab.place("config", "trust", "release", "allowed_signers"), line);
  lab.configure({ repository: lab.repo.fileUrl, release: "releases" });
});
afterEach(() => lab?.close());

/** A commit of main. */
function push(text: string): string {
  lab.repo.git("checkout", "--quiet", "-B", "main");
  const commit = lab.repo.commit({ "omg.lock": LOCK, note: text }, lab.alice);
  lab.repo.push();
  return commit;
}

/** Puts a release where it belongs; work goes on with main. */
function release(statement: Readonly<Record<string, unknown>> | string, signer: Signer | undefined = releaser): void {
  const all = { repository: lab.repo.fileUrl, channel: "main", expires: "2099-01-01T00:00:00Z" };
  const text = typeof statement === "string" ? statement : JSON.stringify({ ...all, ...statement });
  lab.repo.git("checkout", "--quiet", "--orphan", "releases");
  lab.repo.commit({ "release.json": text }, signer);
  lab.repo.push("--force", "HEAD:refs/heads/releases");
  lab.repo.git("checkout", "--quiet", "main");
  lab.repo.git("branch", "--quiet", "-D", "releases");
}

async function refused(exit = 4): Promise<string> {
  const { error } = (await lab.json(exit, "daemon", "fetch")) as { error: { code: string } };
  return error.code;
}

describe.runIf(HERE)("where releases are required", () => {
  it("the newest one names the commit, and what was pushed later waits", async () => {
    const first = push("1");
    expect(await refused(8)).toBe("reference-missing");
    release({ commit: first, version: 1 });
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({
      news: "first",
      newest: { commit: first, release: 1 },
    });
    const second = push("2");
    push("3");
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({ news: "same", newest: { commit: first } });
    release({ commit: second, version: 2 });
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({
      news: "newer",
      newest: { commit: second },
      verified: 1,
    });
    release({ commit: second, version: 7 });
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({
      news: "same",
      newest: { commit: second, release: 7 },
    });
    release({ commit: second, version: 6 });
    expect(await refused()).toBe("release-older");
    release({ commit: first, version: 8 });
    expect(await refused()).toBe("commit-rewound");
  });

  it("one that is not whole, or not by somebody who may release, counts for nothing", async () => {
    const first = push("1");
    release({ commit: first, version: 3 });
    await lab.json(0, "daemon", "fetch");
    const second = push("2");
    const version = 4;
    const bad: readonly (readonly [string, () => void])[] = [
      ["release-refused", () => release({ commit: second, version }, lab.alice)],
      ["release-refused", () => release({ commit: second, version }, lab.repo.sshKey("mallory").signer)],
      ["release-invalid", () => release("{}")],
      ["release-invalid", () => release({ commit: second, version, more: true })],
      ["release-invalid", () => release({ commit: "main", version })],
      ["release-of-another", () => release({ commit: second, version, channel: "next" })],
      ["release-of-another", () => release({ commit: second, version, repository: "file:///elsewhere" })],
      ["release-expired", () => release({ commit: second, version, expires: "2026-01-01T00:00:00Z" })],
      ["release-older", () => release({ commit: second, version: 3 })],
      ["release-elsewhere", () => release({ commit: "f".repeat(40), version })],
    ];
    for (const [code, step] of bad) {
      step();
      expect(await refused()).toBe(code);
    }
    const places = readdirSync(lab.place("state", "daemon", "trees"));
    expect(places.filter((name) => !name.startsWith("."))).toEqual([first]);
    release({ commit: second, version });
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({ newest: { commit: second, release: 4 } });
  });

  it("the version outlives the loss of the state folder", async () => {
    const first = push("1");
    release({ commit: first, version: 5 });
    await lab.json(0, "daemon", "fetch");
    rmSync(lab.place("state", "daemon"), { recursive: true });
    release({ commit: first, version: 4 });
    expect(await refused()).toBe("release-older");
    release({ commit: first, version: 5 });
    await lab.json(0, "daemon", "fetch");
    expect(existsSync(lab.place("state", "daemon", "current", "omg.lock"))).toBe(true);
  });
});
