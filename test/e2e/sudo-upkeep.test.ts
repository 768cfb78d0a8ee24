import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../schema/model/finding.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

// What somebody who is not root is told about their machine, and what they can clean of it.
describe.runIf(base !== undefined)("a plain user's doctor and clean", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base !== undefined) lab = await createSudoLab(base);
  });
  afterAll(() => lab?.dispose());

  const finding = async (check: string) => {
    const { stdout } = await lab.omg("alice", ["doctor", "--json"]);
    return (JSON.parse(stdout).findings as Finding[]).find((each) => each.check === check);
  };

  it("knows whether the part that root runs is there, and of this build", async () => {
    expect(await finding("root-part")).toMatchObject({ level: "warn", next: "sudo omg setup" });
    await lab.debian.sh("omg setup --yes");
    expect(await finding("root-part")).toMatchObject({ level: "ok" });
    await lab.debian.sh("echo '// another build' >> /usr/lib/omg/omg-root.cjs");
    expect(await finding("root-part")).toMatchObject({ level: "bad", next: "sudo omg setup --yes" });
    const fixed = JSON.parse((await lab.omg("alice", ["doctor", "--fix", "--json"])).stdout);
    expect(fixed.not_mended).toEqual([{ remedy: "setup", reason: "only root can: sudo omg doctor --fix" }]);
    await lab.debian.sh("omg doctor --fix");
    expect(await finding("root-part")).toMatchObject({ level: "ok" });
  });

  it("cleans copies of what root's store has, and leaves the system's generations to root", async () => {
    await lab.lock("alice", { "omg-base": "*" });
    await lab.expect(0, "alice", "apply", "--yes");
    const stored = async (folder: string) =>
      (await lab.debian.sh(`find ${folder}/store/sha256 -type f | wc -l`)).trim();
    const own = "/home/alice/.local/share/omg";
    const before = await stored("/var/lib/omg");
    expect([await stored(own), before]).toEqual(["1", "1"]);
    const { stdout } = await lab.expect(0, "alice", "clean", "--yes", "--keep-generations", "1");
    expect(stdout).toContain("sudo omg clean");
    expect([await stored(own), await stored("/var/lib/omg")]).toEqual(["0", before]);
    await lab.expect(0, "alice", "rollback", "system:0", "--dry-run");
    await lab.debian.sh("omg clean --yes --keep-generations 1");
    expect((await lab.expect(1, "alice", "rollback", "system:0", "--yes")).stderr).toContain("cleaned away");
  });
});
