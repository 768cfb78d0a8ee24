import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { addPacmanKey, keyringPackage, vouchedKey } from "../support/pacman-keyring.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { SIGNED_AT } from "../support/pacman-repo.ts";
import { isRunning, killTree } from "../support/processes.ts";
import { words } from "../support/refusal.ts";
import { until } from "../support/until.ts";

/** Who signs: the lab's own key, one that it vouches for and that the new keyring brings, or one of somebody else's. */
type Signer = "known" | "new" | "stranger";

// A machine that was not updated for months: its packages are signed by a key that only the new keyring has. The keyring package runs
// the real pacman-key, with the real gpg, as Arch's does.
describe.runIf(needs("archlinux-keyring", ...PACMAN_NEEDS))("a new keyring, and what only its keys vouch for", () => {
  let lab: PacmanOmgLab;
  let keys: { undo(): void } | undefined;
  let month = 0;
  beforeAll(async () => {
    lab = await createPacmanOmgLab({ packages: [{ name: "omg-gone", version: "1.0-1" }] });
    keys = addPacmanKey(lab.pacman);
    await offered({ keyring: "known", others: "known" });
    lab.want({ "archlinux-keyring": "*", "omg-tool": "*", "omg-gone": "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  }, 60_000);
  afterAll(async () => {
    keys?.undo();
    await lab?.dispose();
  });

  /** The repositories a month later, each package a version newer. `script`: what the keyring's script does first. */
  async function offered(signed: Readonly<Record<"keyring" | "others", Signer>>, script?: string): Promise<void> {
    month += 1;
    const { repos } = lab.pacman;
    const brought = vouchedKey(lab.pacman, `packager${month}`);
    const stranger = () => repos.gpg.makeKey(`stranger${month}`, { at: SIGNED_AT });
    const keyOf = (who: Signer) => (who === "known" ? repos.key : who === "new" ? brought : stranger());
    await repos.add(keyringPackage(lab.pacman, `2026.${month}-1`, [repos.key, brought], script));
    await repos.add({ name: "omg-tool", version: `${month}-1` });
    await repos.publish("core", { packageKey: keyOf(signed.keyring) });
    await repos.publish("omgtest", { packageKey: keyOf(signed.others) });
    lab.pacman.configure({});
    await lab.pacman.pacmanOk("-Sy");
  }

  /** As `offered`, and a lock that asks for it. */
  async function later(...what: Parameters<typeof offered>): Promise<void> {
    await offered(...what);
    lab.want({ "archlinux-keyring": "*", "omg-tool": "*" });
    await lab.expect(0, "update", "--no-apply", "--no-refresh");
  }

  const here = (keyring: number, tool: number) => ({
    "archlinux-keyring": `2026.${keyring}-1`,
    "omg-tool": `${tool}-1`,
  });

  it("comes first, by itself, and then all the rest in the same run; of a saved plan, too", async () => {
    await later({ keyring: "known", others: "new" });
    const plan = words((await lab.expect(0, "plan", "--out", "saved.json")).stdout);
    expect(plan).toContain(
      "signed by keys that do not count here yet: omg-tool. archlinux-keyring comes first, by itself",
    );
    const { stdout } = await lab.expect(0, "apply", "saved.json");
    expect(stdout).toMatch(/archlinux-keyring .* verified\n/);
    expect(words(stdout)).toContain("Done: 2 upgraded, 1 removed; read again, and the machine is as planned.");
    expect(await lab.pacman.installed()).toEqual(here(2, 2));
    expect(await lab.plan()).toEqual([]);
    expect((await lab.expect(0, "history")).stdout).toMatch(/system:2[\s\S]*system:3|system:3[\s\S]*system:2/);
  });

  it("refuses what not even the new keyring vouches for, and says that the keyring alone was installed", async () => {
    await later({ keyring: "known", others: "stranger" });
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(words(stderr)).toContain("none of the keys that may sign");
    expect(words(stderr)).toContain("Before that, pacman.archlinux-keyring was installed, as a generation of its own.");
    expect(words(stderr)).toContain("Nothing else was changed.");
    expect(await lab.pacman.installed()).toEqual(here(3, 2));
    expect((await lab.expect(4, "apply", "--yes")).stderr).toContain("Nothing was changed.");
    await lab.expect(2, "check");
  });

  it("refuses a keyring that only its own keys vouch for, before anything", async () => {
    await later({ keyring: "new", others: "new" });
    const before = readFileSync(join(lab.pacman.keyring, "pubring.gpg"));
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain("pacman.archlinux-keyring");
    expect(stderr).toContain("Nothing was changed.");
    expect(await lab.pacman.installed()).toEqual(here(3, 2));
    expect(readFileSync(join(lab.pacman.keyring, "pubring.gpg"))).toEqual(before);
  });

  it.each(["record.before-done", "store.before-rename:2"])(
    "killed between the two (%s), the next run finishes",
    async (failpoint) => {
      await later({ keyring: "known", others: "new" });
      const killed = await lab.omg(["apply", "--yes"], { env: { OMG_FAILPOINT: failpoint } });
      expect(killed.signal).toBe("SIGKILL");
      expect(await lab.pacman.installed()).toMatchObject({ "archlinux-keyring": `2026.${month}-1` });
      await lab.expect(0, "apply", "--yes");
      expect(await lab.pacman.installed()).toEqual(here(month, month));
      await lab.expect(0, "check", "--locked");
    },
  );

  it("killed before the keyring's script has run, the next run has it run", async () => {
    await later({ keyring: "known", others: "new" }, "[ -e /tmp/once ] || { touch /tmp/once; sleep 54321; }");
    const sleeping = () => isRunning("sleep 54321");
    const killed = await lab.omg(["apply", "--yes"], {
      onStart: (child) =>
        void until(sleeping).then(() => {
          child.kill("SIGKILL");
          killTree(lab.pacman.root);
        }),
    });
    expect(killed.signal).toBe("SIGKILL");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual(here(month, month));
    await lab.expect(0, "audit", "verify");
  });
});
