import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const ROOTS = "/var/lib/omg/state/sightings.json";
const ALICES = "/home/alice/.local/state/omg/sightings.json";

// The machine's policy across the root boundary: the user's omg judges by it, and root judges again and believes nobody.
describe.runIf(base !== undefined)("the machine's policy, for a user with sudo", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base);
    await lab.debian.sh("omg setup --yes && mkdir -p /etc/omg");
    await lab.lock("alice", { "omg-app": "2.0" });
  });
  afterAll(() => lab?.dispose());

  const isThere = async () => (await lab.debian.installed()).get("omg-app")?.status === "ii";
  /** As if that had been seen two months before. */
  const madeOlder = (path: string, user: string) => {
    const dates = JSON.parse(lab.debian.read(path)) as Record<string, string>;
    const older = Object.entries(dates).map(([key, date]) => [
      key,
      new Date(Date.parse(date) - 60 * 86_400_000).toISOString(),
    ]);
    return lab.debian.sh(`cat > ${path}`, { user, input: JSON.stringify(Object.fromEntries(older)) });
  };

  it("about age: a refusal begins root's days as well, and only root's own count for root", async () => {
    lab.debian.write("/etc/omg/policy.toml", 'version = 1\n[age.packages]\n"omg-app" = 30\n');
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(4, "alice", "apply", "--yes");
    expect(stderr.replace(/\s+/g, " ")).toContain("[age.packages.omg-app, /etc/omg/policy.toml:3]");
    expect(lab.debian.snapshot()).toBe(before);
    expect(await lab.debian.sh(`stat -c '%U' ${ROOTS} ${ALICES}`)).toBe("root\nalice\n");
    expect(lab.debian.read(ROOTS)).toContain(" apt.omg-app 2.0 ");
    expect(await lab.debian.sh("find /var/lib/omg/store -type f 2>/dev/null || true")).toBe("");

    await madeOlder(ALICES, "alice");
    expect((await lab.omg("alice", ["plan"])).code).toBe(0);
    const again = await lab.expect(4, "alice", "apply", "--yes");
    expect(again.stderr).toContain("age.packages.omg-app");
    expect(await isThere()).toBe(false);

    await madeOlder(ROOTS, "root");
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await isThere()).toBe(true);
  });

  it("a rule that only warns, and a waiver: root keeps to them, and its log has them", async () => {
    lab.debian.write(
      "/etc/omg/policy.toml",
      'version = 1\n[packages]\nmode = "warn"\ndeny = ["omg-script"]\n[grade]\nminimum = "locked"\n[[waivers]]\nrule = "grade.minimum"\npackage = "*"\nreason = "r"\nowner = "root"\nexpires = 2999-01-01\n',
    );
    await lab.lock("alice", { "omg-app": "2.0", "omg-script": "1.0" });
    await lab.expect(0, "alice", "apply", "--yes");
    const lines = lab.debian.read("/var/lib/omg/audit/audit.jsonl").split("\n").filter(Boolean);
    const intent = lines.map((line) => JSON.parse(line)).findLast(({ event }) => event === "apply.intent");
    expect(intent.data.warnings).toMatchObject([{ address: "apt.omg-script", rule: "packages.deny" }]);
    expect(intent.data.waived).toMatchObject([{ rule: "grade.minimum", waiver: { owner: "root" } }]);
  });
});
