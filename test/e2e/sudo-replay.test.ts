import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { words } from "../support/refusal.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const HOURS_MS = 3_600_000;
const ago = (hours: number): Date => new Date(Date.now() - hours * HOURS_MS);

// What a user remembers of package lists is that user's; root goes by what root itself has verified.
describe.runIf(base !== undefined)("an older index, for somebody who is not root", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base === undefined) return;
    const packages = ["omg-one", "omg-two"].map((name) => ({ name, version: "1.0" }));
    lab = await createSudoLab(base, { withoutDebian: true, packages });
    await lab.debian.sh("omg setup --yes");
    await offer(ago(1));
    await lab.lock("alice", { "omg-one": "*" });
    await lab.expect(0, "alice", "apply", "--yes");
  });
  afterAll(() => lab?.dispose());

  /** Lists of that date, on a machine that lost those it had. */
  async function offer(date: Date): Promise<void> {
    await lab.debian.repo.publish({ date });
    cpSync(lab.debian.repo.path, join(lab.debian.files, "srv/omg"), { recursive: true });
    await lab.debian.sh("rm -r /var/lib/apt/lists; apt-get -qq update");
  }

  it("is refused by root's own record once the user's is gone", async () => {
    await offer(ago(9));
    await lab.lock("alice", { "omg-one": "*", "omg-two": "*" });
    const before = lab.debian.snapshot();
    const own = ".local/state/omg/releases.json";
    const first = await lab.expect(4, "alice", "apply", "--yes");
    expect(words(first.stderr)).toContain(`/home/alice/${own}`);
    await lab.debian.sh(`rm ${own}`, { user: "alice" });
    const second = await lab.expect(4, "alice", "apply", "--yes");
    expect(words(second.stderr)).toContain("/var/lib/omg/state/releases.json");
    expect(lab.debian.snapshot()).toBe(before);
    expect(await lab.debian.sh("stat -c '%U %a' /var/lib/omg/state/releases.json")).toBe("root 644\n");
  });

  it("and a newer one is taken", async () => {
    await offer(ago(0));
    await lab.expect(0, "alice", "apply", "--yes");
  });
});
