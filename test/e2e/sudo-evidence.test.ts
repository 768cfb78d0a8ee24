import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askRoot } from "../support/ask-root.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const app = (version: string) => ({ name: "omg-app", version, fields: { Depends: "omg-lib" } });
const lib = (version: string) => ({ name: "omg-lib", version });

// Old locks and snapshots for people who are not root: omg-root plans anew, with the same proofs, and believes nobody.
describe.runIf(base !== undefined)("across the root boundary", () => {
  let lab: SudoLab;
  let digests: { readonly release: string; readonly packages: string };
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true, packages: [app("1.0"), lib("1.0")] });
    await lab.debian.sh("omg setup --yes");
    await lab.lock("alice", { "omg-app": "*" });
    await lab.expect(0, "alice", "lock");
    const { release = "", packages = "" } =
      /release: (?<release>\w+), packages: (?<packages>\w+)/.exec(lab.debian.read("/home/alice/env/omg.lock"))
        ?.groups ?? {};
    digests = { release, packages };
    const date = new Date("2026-01-01T12:00:00Z");
    await lab.debian.repo.publish({ date, validUntil: new Date("2026-01-08T12:00:00Z") });
    for (const id of ["20251231T000000Z", "20260102T000000Z"])
      cpSync(lab.debian.repo.path, join(lab.debian.files, "srv/archive", id), { recursive: true });
    await moveOn(lab);
  });
  afterAll(() => lab?.dispose());

  const versions = async () => {
    const installed = await lab.debian.installed();
    return ["omg-app", "omg-lib"].map((name) => installed.get(name)?.version);
  };
  const object = (store: string, digest: string) => `${store}/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const ROOTS = "/var/lib/omg/store";
  const ALICES = "/home/alice/.local/share/omg/store";

  it("kept indexes with other bytes than their digests are thrown away, and nothing is planned with them", async () => {
    const request = await lab.requestOf("alice");
    const before = lab.debian.snapshot();
    const bytes = readFileSync(join(lab.debian.files, object(ALICES, digests.packages)));
    const forged = Buffer.from(bytes.toString("latin1").replace("Depends: omg-lib", "Depends: omg-bad"), "latin1");
    const answers = new Map([
      [digests.release, readFileSync(join(lab.debian.files, object(ALICES, digests.release)))],
      [digests.packages, forged],
    ]);
    const replies = await askRoot(lab, request, (sha256) => answers.get(sha256));
    expect(replies.filter(({ type }) => type === "need")).toEqual([
      { type: "need", sha256: digests.release },
      { type: "need", sha256: digests.packages },
    ]);
    expect(replies.at(-1)).toMatchObject({ type: "error", code: "artifact-mismatch" });
    expect(lab.debian.exists(object(ROOTS, digests.packages))).toBe(false);
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("a pin that no source has any more is proved by what the user kept, copied and hashed by root", async () => {
    expect(lab.debian.exists(object(ROOTS, digests.packages))).toBe(false);
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await versions()).toEqual(["1.0", "1.0"]);
    for (const digest of Object.values(digests))
      expect(await lab.debian.sh(`sha256sum < ${object(ROOTS, digest)}; stat -c %U ${object(ROOTS, digest)}`)).toBe(
        `${digest}  -\nroot\n`,
      );
    expect((await lab.expect(0, "alice", "audit", "log", "--scope", "system", "--json", "-v")).stdout).toContain(
      digests.release,
    );
    await lab.expect(0, "alice", "check", "--locked");
  });

  it("a snapshot is read by the user and by root, each in a place of their own", async () => {
    await lab.debian.sh("apt-get -qq -y purge 'omg-*'; rm -rf /var/lib/omg/artifacts.json");
    lab.debian.write("/etc/omg/config.toml", '[apt]\nsnapshots = { omg = "file:///srv/archive/@SNAPSHOTID@/" }\n');
    const want = (snapshot: string) =>
      lab.debian.sh("cat > omg.lock", {
        user: "alice",
        cwd: "/home/alice/env",
        input: `version: 1\nname: alice\napt: { snapshot: ${snapshot}, packages: { omg-app: '*' } }\n`,
      });
    const lists = () => lab.debian.sh("find /var/lib/apt/lists /etc/apt -type f | sort | xargs sha256sum");
    const before = await lists();
    await want("2025-12-31");
    await lab.expect(0, "alice", "lock");
    expect((await lab.expect(4, "alice", "apply", "--yes")).stderr).toMatch(/still to come/);
    await want("2026-01-02");
    await lab.expect(0, "alice", "lock");
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await versions()).toEqual(["1.0", "1.0"]);
    expect(await lists()).toBe(before);
    expect(await lab.debian.sh("ls /var/cache/omg/apt-overlay /home/alice/.cache/omg/apt-overlay")).toMatch(
      /[0-9a-f]{64}/,
    );
    expect(await lab.debian.sh("find /home/alice ! -user alice")).toBe("");
  });
});

/** The indexes forget both packages; the pool keeps their files. */
async function moveOn({ debian }: SudoLab): Promise<void> {
  for (const [old, next] of [
    [app("1.0"), app("2.0")],
    [lib("1.0"), lib("2.0")],
  ] as const) {
    const file = debian.repo.file(old.name, old.version);
    const bytes = readFileSync(file);
    debian.repo.withdraw(old.name, old.version);
    writeFileSync(file, bytes);
    await debian.repo.add(next);
  }
  await debian.publish();
}
