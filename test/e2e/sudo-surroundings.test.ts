import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ARTIFACT_HEADER, NOT_HERE } from "../../schema/wire/root-reply.ts";
import { debianBase } from "../support/debian-base.ts";
import type { Process } from "../support/debian-root.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, SHADOW_SECRET, type SudoLab } from "../support/sudo-lab.ts";
import { until } from "../support/until.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const ERROR = 1;
const INVALID = 3;
const REFUSED = 4;

// What reaches root besides the request: the caller's environment and limits, links in the caller's folders, and the
// files that omg-root itself consists of.
describe.runIf(base !== undefined)("what root takes from its surroundings", () => {
  let lab: SudoLab;
  let before: string;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    await lab.debian.sh("omg setup --yes");
  });
  afterAll(() => lab?.dispose());
  beforeEach(() => {
    before = lab.debian.snapshot();
  });
  afterEach(async () => {
    await lab.debian.sh(
      "apt-get -qq -y -o DPkg::Lock::Timeout=60 purge 'omg-*'; rm -rf /tmp/canary* /home/*/evil/omg/* /var/lib/omg /var/log/omg-slow",
    );
  });

  describe("from a hostile environment", () => {
    beforeAll(async () => {
      await lab.debian.sh(PLANT, { user: "alice" });
      await lab.debian.sh("cp -r /home/alice/evil /home/carol/evil; chmod -R a+rX /home/alice /home/carol");
    });

    it("acts as if it were not there", async () => {
      await lab.lock("alice", { "omg-app": "2.0" });
      const ran = await lab.omg("alice", ["apply", "--yes"], { env: hostile("/home/alice/evil") });
      expect(ran).toMatchObject({ code: 0 });
      expect((await lab.debian.installed()).get("omg-app")).toMatchObject({ version: "2.0", status: "ii" });
      // The traps work: they sprang for alice's own processes.
      expect(await owners()).toEqual(["alice"]);
      expect(lab.debian.exists("/var/lib/omg/audit/audit.jsonl")).toBe(true);
    });

    it("also where sudo lets it through", async () => {
      await lab.lock("alice", { "omg-app": "2.0" });
      const request = await lab.requestOf("alice");
      const { LD_DEBUG: _debug, LD_DEBUG_OUTPUT: _output, ...passed } = hostile("/home/carol/evil");
      const assignments = Object.entries(passed).map(([name, value]) => `${name}=${value}`);
      const ran = await lab.debian.run(["/usr/bin/sudo", "-n", ...assignments, "/usr/lib/omg/omg-root"], {
        user: "carol",
        onStart: (child) => {
          child.stdin?.write(request);
          for (let count = 0; count < 10; count += 1) child.stdin?.write(header(NOT_HERE));
        },
      });
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect((await lab.debian.installed()).get("omg-app")).toMatchObject({ version: "2.0", status: "ii" });
      expect(await owners()).toEqual([]);
      expect(lab.debian.read("/var/lib/omg/audit/audit.jsonl")).toContain('"actor":"carol"');
    });

    it("keeps it from every process of root's", async () => {
      await lab.lock("alice", { "omg-slow": "1.0" });
      const library = "/home/alice/evil/evil.so";
      const applying = lab.omg("alice", ["apply", "--yes"], {
        env: { ...hostile("/home/alice/evil"), LD_PRELOAD: library },
      });
      await until(() => lab.debian.exists("/var/log/omg-slow"));
      const seen = lab.debian.processes().flatMap(touching("/alice/"));
      expect((await applying).code).toBe(0);
      const touched = (program: string) => [
        ...new Set(seen.filter(({ command }) => command.includes(program)).map((one) => one.touched)),
      ];
      // sudo is where it ends: it was started with all of it.
      expect(touched("/opt/omg/bin/omg")).toEqual([true]);
      for (const program of ["/usr/lib/omg/omg-root.cjs", "/usr/bin/apt-get", "/usr/bin/dpkg", "omg-slow.postinst"])
        expect(touched(program), program).toEqual([false]);
    });

    // Soft limits: in a container without CAP_SYS_RESOURCE not even root can raise hard ones.
    it("works under limits that would cut a package manager off", async () => {
      await lab.lock("alice", { "omg-big": "1.0" });
      const request = `${await lab.requestOf("alice")}`;
      const script = "ulimit -S -f 1; ulimit -S -t 2; umask 777; exec sudo -n /usr/lib/omg/omg-root";
      const ran = await lab.debian.run(["/bin/bash", "-c", script], {
        user: "alice",
        onStart: (child) => void child.stdin?.write(Buffer.concat([Buffer.from(request), header(NOT_HERE)])),
      });
      expect(ran.code, ran.stdout).toBe(0);
      expect((await lab.debian.installed()).get("omg-big")).toMatchObject({ version: "1.0", status: "ii" });
      expect(
        await lab.debian.sh("find /usr/share/omg-big /var/lib/omg ! -perm -400; find /var/lib/omg -perm /022"),
      ).toBe("");
    });

    it("also for somebody who may run all of omg as root", async () => {
      await lab.lock("dora", { "omg-app": "2.0" });
      const { APT_CONFIG, DPKG_ROOT, TMPDIR, ...rest } = hostile("/home/alice/evil");
      const folders = Object.entries(rest).filter(([name]) => name.startsWith("OMG_"));
      const passed = Object.entries({ APT_CONFIG, DPKG_ROOT, TMPDIR, ...Object.fromEntries(folders) });
      await lab.debian.expect(
        0,
        ["/usr/bin/sudo", "-n", ...passed.map(([name, value]) => `${name}=${value}`), "omg", "apply", "--yes"],
        { user: "dora", cwd: "/home/dora/env" },
      );
      expect((await lab.debian.installed()).get("omg-app")).toMatchObject({ version: "2.0", status: "ii" });
      expect(await owners()).toEqual([]);
      expect(lab.debian.exists("/var/lib/omg/audit/audit.jsonl")).toBe(true);
    });

    const owners = async () =>
      (await lab.debian.sh("find /tmp /home -name 'canary*' -printf '%u\\n' | sort -u")).split("\n").filter(Boolean);
  });

  describe("with links where files should be", () => {
    const folder = "/home/dora/env";
    const asRoot = (...args: readonly string[]) =>
      lab.debian.run(["/usr/bin/sudo", "-n", "omg", ...args], { user: "dora", cwd: folder });

    it.each([
      ["the lock", `ln -s /etc/shadow omg.lock`],
      ["an include", "printf 'version: 1\\nname: x\\ninclude: [shadow]\\n' > omg.lock; ln -s /etc/shadow shadow"],
      ["the policy", "printf 'version: 1\\nname: x\\n' > omg.lock; ln -s /etc/shadow policy.toml"],
      ["the pins", "printf 'version: 1\\nname: x\\ninclude: [/etc/shadow]\\n' > omg.lock"],
      ["a pipe", "mkfifo omg.lock"],
    ])("does not read through %s", async (_what, plant) => {
      await lab.debian.sh(`rm -rf *; ${plant}`, { user: "dora", cwd: folder });
      for (const args of [["plan"], ["apply", "--yes"], ["check", "--json"]]) {
        const { code, stdout, stderr } = await asRoot(...args);
        expect([ERROR, INVALID, REFUSED]).toContain(code);
        expect(stdout + stderr).not.toContain(SHADOW_SECRET);
        expect(stdout + stderr).not.toMatch(/root:/);
      }
      expect(lab.debian.read("/etc/shadow")).toContain(SHADOW_SECRET);
      expect(lab.debian.snapshot()).toBe(before);
    });
  });

  describe("when others than root could change it", () => {
    it.each([
      ["the program", "chmod g+w /usr/lib/omg/omg-root.cjs", "chmod g-w /usr/lib/omg/omg-root.cjs"],
      ["the hook", "chmod o+w /usr/lib/omg/apt-hook.cjs", "chmod o-w /usr/lib/omg/apt-hook.cjs"],
      ["its owner", "chown alice /usr/lib/omg/omg-root.cjs", "chown root /usr/lib/omg/omg-root.cjs"],
      ["its folder", "chmod g+w /usr/lib/omg", "chmod g-w /usr/lib/omg"],
      ["a folder above", "chmod o+w /usr/lib", "chmod o-w /usr/lib"],
      ["Node", "chmod g+w /usr/bin/node", "chmod g-w /usr/bin/node"],
    ])("refuses to act: %s", async (_what, loosen, tighten) => {
      await lab.lock("alice", { "omg-base": "1.0" });
      await lab.debian.sh(loosen);
      try {
        const { stderr } = await lab.expect(REFUSED, "alice", "apply", "--yes");
        expect(stderr).toMatch(/can be changed by others than root/);
        expect(lab.debian.snapshot()).toBe(before);
      } finally {
        await lab.debian.sh(tighten);
      }
    });

    it("refuses to be set up with such a Node", async () => {
      await lab.debian.sh("install -o alice -m 755 /usr/bin/node /opt/node");
      const { code, stderr } = await lab.debian.run(["/opt/node", "/opt/omg/bin/omg", "setup", "--yes"]);
      expect(code).toBe(REFUSED);
      expect(stderr).toContain("/opt/node");
      await lab.expect(0, "alice", "check", "--only", "shell");
    });
  });
});

/** Whether a process's environment or memory speaks of a path; nothing for one that has ended. */
function touching(path: string) {
  return ({ pid, command }: Process): readonly { readonly command: string; readonly touched: boolean }[] => {
    try {
      const files = ["environ", "maps"].map((name) => readFileSync(`/proc/${pid}/${name}`, "latin1"));
      return [{ command, touched: files.some((text) => text.includes(path)) }];
    } catch {
      return [];
    }
  };
}

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(ARTIFACT_HEADER);
  bytes.writeBigUInt64BE(length);
  return bytes;
}

/** Traps that leave a file owned by whoever they spring for. */
const PLANT = `mkdir -p evil/bin evil/omg && cd evil
cp /lib/*/libm.so.6 evil.so
echo 'require("fs").writeFileSync("/tmp/canary-js-" + process.getuid() + "-" + process.pid, "")' > evil.js
cat > apt.conf <<'END'
APT::Update::Pre-Invoke { "touch /tmp/canary-apt-$(id -u)"; };
DPkg::Pre-Invoke { "touch /tmp/canary-apt-$(id -u)"; };
END
for name in apt-get apt-mark dpkg node env sh id sudo cat; do
  printf '#!/bin/sh\\n: > /tmp/canary-path-$$\\nexec /usr/bin/%s "$@"\\n' $name > bin/$name
  chmod 755 bin/$name
done`;

function hostile(folder: string): Readonly<Record<string, string>> {
  const omg = ["CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"].map((kind) => [
    `OMG_${kind}_DIR`,
    `${folder}/omg/canary-${kind}`,
  ]);
  return {
    NODE_OPTIONS: `--require=${folder}/evil.js`,
    NODE_PATH: folder,
    APT_CONFIG: `${folder}/apt.conf`,
    PATH: `${folder}/bin:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    TMPDIR: `${folder}/bin`,
    BASH_ENV: `${folder}/evil.js`,
    ENV: `${folder}/evil.js`,
    DPKG_ROOT: folder,
    LD_DEBUG: "files",
    LD_DEBUG_OUTPUT: "/tmp/canary-ld",
    ...Object.fromEntries(omg),
  };
}
