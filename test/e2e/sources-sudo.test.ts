import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";
import { createThirdParty, type ThirdParty } from "../support/third-party.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const FILE = "/etc/apt/sources.list.d/omg-third.sources";
const URI = "file:/srv/third/repo";

// Sources across the root boundary: a user's lock brings one, and real sudo lets omg-root judge, try out, write and fetch.
describe.runIf(base !== undefined)("sources for a user with sudo", () => {
  let lab: SudoLab;
  let third: ThirdParty;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    await lab.debian.sh("omg setup --yes && mkdir -p /srv /etc/omg");
    third = await createThirdParty(join(lab.debian.files, "srv/third"));
    await third.publish([{ name: "tool", version: "1" }]);
    await want({ tool: "*" }, third.keys[0]);
  });
  afterAll(async () => {
    await third?.dispose();
    await lab?.dispose();
  });

  const want = (packages: object, key: string) => {
    const source = { uris: URI, suites: "stable", components: "main", "signed-by": key };
    const input = `version: 1\nname: alice\napt: ${JSON.stringify({ sources: { third: source }, packages })}\n`;
    return lab.debian.sh("cat > omg.lock", { user: "alice", cwd: "/home/alice/env", input });
  };
  const allow = (text: string) => lab.debian.write("/etc/omg/policy.toml", `version = 1\n${text}`);
  const ask = (request: string) =>
    lab.debian.run(["/usr/bin/sudo", "-n", "/usr/lib/omg/omg-root"], { user: "alice", input: request });
  /** Whether root ever looked at what lies there. */
  const rootLooked = () =>
    lab.debian.sh("find /var/cache/omg /var/lib/apt/lists -name '*srv_third*' 2>/dev/null || true");

  it("are refused without the machine's permission, by omg and by root itself, who does not even look", async () => {
    const { stdout } = await lab.expect(4, "alice", "plan");
    expect(stdout.replace(/\s+/g, " ")).toContain(`[sources]: allow = ["${URI}"]`);
    allow(`[sources]\nallow = ["${URI}"]\n`);
    const request = await lab.requestOf("alice");
    expect(JSON.parse(request).desired[0]).toMatchObject({
      provider: "sources",
      wanted: [{ attributes: { uris: URI } }],
    });
    lab.debian.write("/etc/omg/policy.toml", "version = 1\n");
    const { code, stdout: reply } = await ask(request);
    expect([code, reply]).toEqual([4, expect.stringContaining("sources.allow")]);
    expect(lab.debian.exists(FILE)).toBe(false);
    expect(await rootLooked()).toBe("");
  });

  it("other than those agreed to are another plan", async () => {
    allow('[sources]\nallow = ["file:/srv/*"]\n');
    const request = JSON.parse(await lab.requestOf("alice"));
    request.desired[0].wanted[0].attributes.suites = "other";
    const { code } = await ask(`${JSON.stringify(request)}\n`);
    expect(code).toBe(8); // it is tried out, and there is no such suite
    request.desired[0].wanted[0].attributes.suites = "stable";
    request.desired[0].wanted[0].attributes.architectures = "amd64";
    expect((await ask(`${JSON.stringify(request)}\n`)).code).toBe(7);
    expect(lab.debian.exists(FILE)).toBe(false);
  });

  it("come with what is installed from them, and are root's", async () => {
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await lab.debian.sh(`stat -c '%U:%G %a' ${FILE}`)).toBe("root:root 644\n");
    expect((await lab.debian.installed()).get("tool")?.version).toBe("1");
    await lab.debian.sh("apt-get update -o APT::Update::Error-Mode=any && apt-cache policy tool | grep srv/third");
    await lab.expect(0, "alice", "check");
    await lab.debian.sh(`sed -i 's/^Suites:.*/Suites: other/' ${FILE}`);
    await lab.expect(2, "alice", "check");
    await lab.expect(0, "alice", "apply", "--yes");
    await lab.expect(0, "alice", "check");
  });

  it("can be captured by anybody, and adopted", async () => {
    await lab.debian.sh("omg env capture", { user: "alice", cwd: "/home/alice" });
    expect(lab.debian.read("/home/alice/omg.lock")).toMatch(/^ {4}third:\n {6}uris: "file:\/srv\/third\/repo"\n/m);
    await lab.debian.sh("omg check && rm omg.lock", { user: "alice", cwd: "/home/alice" });
    await lab.expect(0, "alice", "adopt", "--all");
  });

  it("go by a rollback", async () => {
    await lab.expect(0, "alice", "rollback", "system:0", "--yes");
    expect(lab.debian.exists(FILE)).toBe(false);
    expect((await lab.debian.installed()).has("tool")).toBe(false);
  });
});
