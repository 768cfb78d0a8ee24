import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;
const LOG = "/var/lib/omg/audit/audit.jsonl";

// The log that root writes for people who are not root: theirs to check, and not theirs to fill.
describe.runIf(base !== undefined)("the system's log, for a user with sudo", () => {
  let lab: SudoLab;
  let request: string;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    await lab.debian.sh("omg setup --yes; install -d -m 755 /srv/witness");
    lab.debian.write("/etc/omg/config.toml", '[audit]\nwitness = "/srv/witness/heads"\n');
    await lab.lock("alice", { "omg-lib": "1.0" });
    await lab.expect(0, "alice", "apply", "--yes");
    await lab.lock("alice", { "omg-lib": "1.0", "omg-slow": "1.0" });
    request = await lab.requestOf("alice");
  });
  afterAll(() => lab?.dispose());

  const events = async (scope: string) =>
    (await lab.expect(0, "alice", "audit", "log", "--json", "--scope", scope)).stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { event: string; actor: string; data: { reasons?: { rule: string }[] } });

  it("is signed with a key that only root can read, and everybody can check it, with the machine's witness", async () => {
    expect(
      await lab.debian.sh("stat -c '%U %a' /var/lib/omg/state/audit-key.pem /var/lib/omg/state/audit-key.pub.pem"),
    ).toBe("root 600\nroot 644\n");
    expect(await lab.debian.sh("stat -c '%U %a' /srv/witness/heads; wc -l < /srv/witness/heads")).toBe("root 644\n2\n");
    expect((await lab.expect(0, "alice", "audit", "verify", "--json")).stdout).toMatch(/"up_to": 2/);
    expect((await lab.expect(0, "alice", "audit", "key", "--scope", "system")).stdout).toContain("BEGIN PUBLIC KEY");
    expect((await lab.debian.run(["/bin/cat", "/var/lib/omg/state/audit-key.pem"], { user: "alice" })).code).not.toBe(
      0,
    );
    expect((await events("system")).map(({ event, actor }) => `${event} ${actor}`)).toEqual([
      "apply.intent alice",
      "apply.done alice",
    ]);
  });

  it("what her own run refuses stands in her own log, and none of it in root's", async () => {
    const before = lab.debian.read(LOG);
    lab.debian.write("/etc/omg/policy.toml", 'version = 1\n[packages]\ndeny = ["omg-slow"]\n');
    await lab.expect(4, "alice", "apply", "--yes");
    expect(lab.debian.read(LOG)).toBe(before);
    expect((await events("user")).at(-1)).toMatchObject({
      event: "apply.refused",
      actor: "alice",
      data: { reasons: [{ rule: "packages.deny" }] },
    });
    await lab.expect(0, "alice", "audit", "verify", "--scope", "user");
  });

  it("what root refuses stands in root's, and no more than twenty times a day: nobody fills its disk with that", async () => {
    for (let time = 1; time <= 23; time += 1) {
      const { stdout, code } = await lab.debian.run(["/usr/bin/sudo", "-n", "/usr/lib/omg/omg-root"], {
        user: "alice",
        input: request,
      });
      expect(code, stdout).toBe(4);
      expect(stdout).toContain("packages.deny");
    }
    const all = await events("system");
    expect(all.filter(({ event }) => event === "apply.refused")).toHaveLength(20);
    expect(all.at(-1)).toMatchObject({ actor: "alice", data: { reasons: [{ rule: "packages.deny" }] } });
    await lab.expect(0, "alice", "audit", "verify");
    expect((await lab.debian.installed()).has("omg-slow")).toBe(false);
  }, 180_000);

  it("goes on after that", async () => {
    await lab.debian.sh("rm /etc/omg/policy.toml");
    await lab.expect(0, "alice", "apply", "--yes");
    expect((await events("system")).slice(-2).map(({ event }) => event)).toEqual(["apply.intent", "apply.done"]);
    await lab.expect(0, "alice", "audit", "verify");
  });
});
