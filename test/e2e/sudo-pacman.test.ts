import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askRoot } from "../support/ask-root.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { addPacman } from "../support/pacman-in-root.ts";
import { keyringPackage, vouchedKey } from "../support/pacman-keyring.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../support/pacman-lab.ts";
import { NEXT } from "../support/pacman-universe.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const here = needs("mmdebstrap", "util-linux", "apt", "dpkg", "fakeroot", ...PACMAN_NEEDS);
const base = here ? await debianBase() : undefined;

const CONF =
  "[options]\nArchitecture = x86_64\nSigLevel = Required DatabaseRequired\n[omgtest]\nServer = file:///srv/arch/$repo\n";

// Real people, real sudo and a real pacman, whose root is that of the machine: what a user asks for, omg-root works out again.
describe.runIf(base !== undefined)("pacman, for somebody who is not root", () => {
  let lab: SudoLab;
  let repos: PacmanLab;
  beforeAll(async () => {
    if (base === undefined) return;
    [lab, repos] = await Promise.all([
      createSudoLab(base, { withoutDebian: true, packages: [{ name: "unrelated", version: "1.0" }] }),
      createPacmanLab(),
    ]);
    addPacman(lab.debian.files);
    cpSync(repos.keyring, join(lab.debian.files, "etc/pacman.d/gnupg"), {
      recursive: true,
      filter: (from) => !basename(from).startsWith("S."),
    });
    lab.debian.write("/etc/pacman.conf", CONF);
    await offered();
    // With nothing installed through pacman, this would be no machine of pacman's.
    await lab.debian.sh("pacman --noconfirm -S omg-extra; omg setup --yes");
  });
  afterAll(() => Promise.all([lab?.dispose(), repos?.dispose()]));

  async function offered(): Promise<void> {
    cpSync(repos.repos.folder, join(lab.debian.files, "srv/arch"), { recursive: true, dereference: true });
    await lab.debian.sh("pacman -Sy");
  }
  const installed = async (flag = "-Q") => (await lab.debian.sh(`pacman ${flag}`)).trim().split("\n");
  const AT_FIRST = ["omg-extra 1.0-1"];

  it("finds the AUR's names that root fetched, unless they have a list of their own", async () => {
    const found = async () => (await lab.omg("alice", ["search", "--names", "frobnicate"])).stdout;
    expect(await found()).toBe("");
    lab.debian.write("/var/lib/omg/aur/names", "frobnicate\t1.0-1\tFrobnicates\n");
    expect(await found()).toBe("aur.frobnicate\n");
    await lab.debian.sh(
      "mkdir -p .local/share/omg/aur; printf 'frobnicate-git\\t2.0-1\\t\\n' > .local/share/omg/aur/names",
      { user: "alice" },
    );
    expect(await found()).toBe("aur.frobnicate-git\n");
    await lab.debian.sh("rm -r /var/lib/omg/aur /home/alice/.local/share/omg/aur");
  });

  it("installs, changes, goes back and removes through omg-root, which keeps the reasons", async () => {
    await lab.expect(0, "alice", "install", "pacman.omg-app", "pacman.omg-needs-editor", "--yes");
    expect(await installed("-Qe")).toEqual(["omg-app 2.0-1", "omg-extra 1.0-1", "omg-needs-editor 1.0-1"]);
    expect(await installed("-Qd")).toEqual(["omg-base 1.0-1", "omg-eda 1.0-1", "omg-lib 1.0-1"]);
    await repos.offer(NEXT);
    await offered();
    await lab.expect(0, "alice", "update", "--yes");
    expect(await installed()).toContain("omg-app 2.1-1");
    await lab.expect(0, "alice", "rollback", "--yes");
    expect(await installed()).toContain("omg-app 2.0-1");
    await lab.expect(0, "alice", "remove", "pacman.omg-app", "pacman.omg-needs-editor", "--yes");
    expect(await installed()).toEqual(AT_FIRST);
    expect(await lab.debian.sh("find /var/lib/omg ! -user root")).toBe("");
  });

  it("brings a new keyring first, in a request of its own, and then what only its keys vouch for", async () => {
    const { repos: all } = repos;
    const packager = vouchedKey(repos, "packager");
    const gpg = "gpg --batch --homedir /etc/pacman.d/gnupg";
    // This root has no agent, which pacman-key wants: its work without it.
    const populate = `${gpg} --import /usr/share/keyrings/archlinux.gpg; ${gpg} --check-trustdb; return 0`;
    await all.add(keyringPackage(repos, "1-1", [all.key, packager], populate));
    await all.add({ name: "omg-new", version: "1.0-1", repo: "extra" });
    await all.publish("core");
    await all.publish("extra", { packageKey: packager });
    const more = ["core", "extra"].map((name) => `[${name}]\nServer = file:///srv/arch/$repo\n`);
    lab.debian.write("/etc/pacman.conf", CONF + more.join(""));
    await offered();
    await lab.expect(0, "alice", "install", "pacman.archlinux-keyring", "pacman.omg-new", "--yes");
    expect(await installed("-Qe")).toEqual(["archlinux-keyring 1-1", ...AT_FIRST, "omg-new 1.0-1"]);
    await lab.debian.sh("pacman --noconfirm -R omg-new archlinux-keyring");
  });

  it("tells a user without that right what is missing, and changes nothing", async () => {
    await lab.lock("mallory", { "omg-base": "*" }, "pacman");
    await lab.expect(9, "mallory", "apply", "--yes");
    expect(await installed()).toEqual(AT_FIRST);
  });

  describe("attacked", () => {
    let request: { desired: { wanted: { name: string; presence: string }[] }[] };
    beforeAll(async () => {
      // What root has verified once needs nobody to send it.
      await lab.debian.sh("rm -rf /var/lib/omg");
      await lab.lock("alice", { "omg-base": "*" }, "pacman");
      request = JSON.parse(await lab.requestOf("alice"));
    });
    /** The request with another name, or another wish. */
    const changed = (change: Readonly<Record<string, string>>): string => {
      const desired = request.desired.map((each) => ({
        ...each,
        wanted: each.wanted.map((wanted) => ({ ...wanted, ...change })),
      }));
      return `${JSON.stringify({ ...request, desired })}\n`;
    };
    const answered = async (line: string, answer: (sha256: string) => Buffer | undefined = () => undefined) => {
      const last = (await askRoot(lab, line, answer)).at(-1);
      expect(await installed()).toEqual(AT_FIRST);
      return last?.type === "error" ? last.code : last?.type;
    };

    it.each(["--overwrite", "-Rdd", "--config=/tmp/x", "../x", "/etc/passwd", "https://x/y.pkg.tar", "a b", "", "*"])(
      "refuses the name %j",
      async (name) => {
        expect(await answered(changed({ name }))).toBe("request-invalid");
      },
    );

    it("takes a repository's and a group's name for one that there is not", async () => {
      for (const name of ["omgtest", "omg-group"])
        expect(["unknown-name", "plan-stale", "virtual-name"]).toContain(await answered(changed({ name })));
    });

    it("refuses other bytes than those that were verified, and less of them", async () => {
      const right = readFileSync(join(repos.repos.folder, "omgtest/omg-base-1.0-1-any.pkg.tar.zst"));
      const flipped = Buffer.from(right);
      flipped[100] = (flipped[100] ?? 0) ^ 1;
      for (const bytes of [Buffer.alloc(right.length), flipped, right.subarray(0, 100), Buffer.alloc(0)])
        expect(await answered(`${JSON.stringify(request)}\n`, () => bytes)).toBe("artifact-mismatch");
      expect(await lab.debian.sh("find /var/lib/omg/store -type f")).toBe("");
    });

    it("does not remove what pacman.conf holds", async () => {
      const conf = lab.debian.read("/etc/pacman.conf");
      lab.debian.write("/etc/pacman.conf", conf.replace("[options]\n", "[options]\nHoldPkg = omg-extra\n"));
      await lab.lock("alice", { "omg-extra": "absent" }, "pacman");
      await lab.expect(4, "alice", "apply", "--yes");
      expect(await answered(changed({ name: "omg-extra", presence: "absent" }))).toMatch(/refused|plan-stale/);
      lab.debian.write("/etc/pacman.conf", conf);
    });

    it("goes by no configuration of the user's", async () => {
      writeFileSync(join(lab.debian.files, "tmp/evil.conf"), "[options]\nSigLevel = Never\nRootDir = /tmp\n");
      await lab.lock("alice", { "omg-base": "*" }, "pacman");
      const env = { OMG_PACMAN_CONFIG: "/tmp/evil.conf" };
      expect((await lab.omg("alice", ["apply", "--yes"], { env })).code).toBe(0);
      expect(await installed()).toEqual(["omg-base 1.0-1", ...AT_FIRST]);
      expect(lab.debian.exists("/tmp/var")).toBe(false);
    });
  });
});
