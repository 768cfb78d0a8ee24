import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianRecord, writeOsvDump } from "../support/advisory-dumps.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { words } from "../support/refusal.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

// Two lists of vulnerabilities, root's and alice's: hers is for what she plans, root's for what root does.
describe.runIf(base !== undefined)("across the root boundary", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true, packages: [{ name: "omg-app", version: "1.0" }] });
    await lab.debian.publish({ label: "Debian", version: "12.9" });
    await lab.debian.sh("omg setup --yes");
    lab.debian.write("/etc/omg/policy.toml", 'version = 1\n[vulnerabilities]\nmax-severity = "low"\n', 0o644);
    await lab.lock("alice", { "omg-app": "1.0" });
  });
  afterAll(() => lab?.dispose());

  const modified = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const bad = (hours: number) =>
    debianRecord("CVE-2026-1001", "omg-app", undefined, { urgency: "high", modified: modified(hours) });
  const other = (hours: number) => debianRecord("CVE-2026-1002", "other", undefined, { modified: modified(hours) });
  const list = (...records: readonly object[]) => void writeOsvDump(join(lab.debian.files, "tmp/all.zip"), records);
  const installed = async () => (await lab.debian.installed()).get("omg-app")?.version;

  it("without any list, root refuses what is not known", async () => {
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(4, "alice", "apply", "--yes");
    expect(words(stderr)).toContain("no database about the vulnerabilities of Debian:12");
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("a list of alice's own is one that root does not read", async () => {
    list(other(2));
    await lab.expect(0, "alice", "audit", "update", "--from", "/tmp/all.zip");
    expect((await lab.omg("alice", ["plan", "--detailed-exitcode"])).code).toBe(2);
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(4, "alice", "apply", "--yes");
    expect(words(stderr)).toContain("no database about the vulnerabilities of Debian:12");
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("root's own list decides, also where hers is newer and says nothing", async () => {
    list(bad(3));
    await lab.debian.sh("omg audit update --from /tmp/all.zip");
    list(other(1));
    await lab.expect(0, "alice", "audit", "update", "--from", "/tmp/all.zip", "--force");
    expect((await lab.omg("alice", ["plan", "--detailed-exitcode"])).code).toBe(2);
    const { stderr } = await lab.expect(4, "alice", "apply", "--yes");
    expect(words(stderr)).toContain("CVE-2026-1001");
    expect(await installed()).toBeUndefined();
  });

  it("a newer one of root's counts for alice's plans as well", async () => {
    list(bad(0.5));
    await lab.debian.sh("omg audit update --from /tmp/all.zip");
    const { stdout } = await lab.expect(4, "alice", "plan");
    expect(words(stdout)).toContain("CVE-2026-1001");
  });

  it("once root's list knows nothing against it, it is installed", async () => {
    list(other(0.1));
    await lab.debian.sh("omg audit update --from /tmp/all.zip");
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await installed()).toBe("1.0");
  });
});
