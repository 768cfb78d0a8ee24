import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { debianBase } from "../support/debian-base.ts";
import { bootDebianRoot, canBoot, type DebianRoot } from "../support/debian-root.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const OMG = "/usr/local/bin/omg";
const BASE =
  needs("systemd-container", "mmdebstrap", "git", "openssh-client", "apt-utils", "root") && canBoot()
    ? await debianBase("booting")
    : undefined;

/** Its script takes until somebody lets it go, and writes where a service that is shut in could not. */
const SLOW = {
  name: "omg-slow",
  version: "1.0",
  scripts: {
    postinst: `echo $$ >/srv/begun
while [ ! -e /srv/go ]; do sleep 0.1; done
mkdir -p /home/left /opt/left && echo 1 >/etc/left && echo 1 >/proc/self/comm`,
  },
};

// A skipped test is a failure in a pipeline, and that no machine can be started there is not omg's.
if (BASE === undefined) it("cannot be tried where no machine can be started", () => undefined);
else
  describe("omgd as a service of a machine that systemd started", () => {
    let machine: DebianRoot;
    let follow: FollowLab;
    beforeAll(async () => {
      machine = await bootDebianRoot(BASE, {
        withoutDebian: true,
        packages: [{ name: "omg-one", version: "1.0" }, { name: "omg-two", version: "1.0" }, SLOW],
      });
      follow = await createFollowLab();
      await machine.sh("useradd --create-home alice");
    });
    afterAll(async () => {
      await machine?.dispose();
      await follow?.close();
    });

    const config = (more = "") =>
      machine.write(
        "/etc/omg/config.toml",
        `[daemon]\nrepository = "file:///srv/machines.git"\nroll-forward = "apply"\ndrift = "apply"\npoll = 86400\n${more}`,
      );
    /** Pins as a person would, commits as alice, and pushes to where the machine looks. */
    const publish = async (packages: readonly string[]) => {
      const wanted = Object.fromEntries(packages.map((name) => [name, "*"]));
      machine.write("/root/env/omg.lock", `version: 1\nname: machines\napt: ${JSON.stringify({ packages: wanted })}\n`);
      await machine.expect(0, [OMG, "lock"], { cwd: "/root/env" });
      follow.repo.commit({ "omg.lock": machine.read("/root/env/omg.lock") }, follow.alice);
      follow.repo.push();
      const served = join(machine.files, "srv/machines.git");
      rmSync(served, { recursive: true, force: true });
      cpSync(follow.repo.bare, served, { recursive: true });
    };
    const omg = (...args: readonly string[]) => machine.run([OMG, ...args]);
    const state = async () => {
      const { stdout } = await machine.expect(0, [OMG, "daemon", "status", "--json"]);
      return JSON.parse(stdout);
    };
    const isInstalled = async (name: string) => {
      const { stdout } = await machine.run(["/usr/bin/dpkg", "--status", name]);
      return stdout.includes("\nStatus: install ok installed\n");
    };
    const pidsOf = (unit: string) =>
      machine.sh(`systemctl show --property=MainPID --value ${unit}`).then((text) => Number(text.trim()));
    /** By their ids inside, of those whose command line has this. */
    const ownersOf = (text: string) =>
      machine.processes().flatMap(({ pid, command }) => {
        if (!command.includes(text)) return [];
        return [/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]];
      });

    it("is refused before anything is written: without a repository, by others, and without being said to be the machine's", async () => {
      for (const [args, code, says] of [
        [["daemon", "install", "--system", "--yes"], 3, "names no repository to follow"],
        [["daemon", "install", "--yes"], 1, "omg daemon install --system"],
      ] as const) {
        const ran = await omg(...args);
        expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(says)]);
      }
      const alice = await machine.run([OMG, "daemon", "install", "--system", "--yes"], { user: "alice" });
      expect([alice.code, alice.stderr]).toEqual([9, expect.stringContaining("root's to install")]);
      expect(machine.exists("/etc/systemd/system/omgd.service")).toBe(false);
    });

    it("is refused where somebody else could change what it runs", async () => {
      config();
      await machine.sh("chown alice /opt/omg/bin/load.js");
      const ran = await omg("daemon", "install", "--system", "--yes");
      await machine.sh("chown root /opt/omg/bin/load.js");
      expect([ran.code, ran.stderr]).toEqual([
        4,
        expect.stringContaining("/opt/omg/bin/load.js can be changed by others"),
      ]);
      expect(machine.exists("/etc/systemd/system/omgd.service")).toBe(false);
    });

    it("says what it would write, writes it with --yes, and makes the machine what the commit says", async () => {
      machine.write(
        "/etc/omg/trust/signers/allowed_signers",
        readFileSync(follow.place("config", "trust", "signers", "allowed_signers"), "utf8"),
      );
      config();
      await publish(["omg-one"]);
      const proposed = await omg("daemon", "install", "--system");
      expect(proposed.code).toBe(9);
      for (const path of ["/etc/systemd/system/omgd.service", "/usr/lib/omg/omg-root"])
        expect(proposed.stdout).toContain(path);
      expect(machine.exists("/etc/systemd/system/omgd.service")).toBe(false);
      await machine.expect(0, [OMG, "daemon", "install", "--system", "--yes"]);
      await until(() => isInstalled("omg-one"), 120_000);
      await until(async () => (await state()).state?.in_force !== undefined, 60_000);
      expect(await state()).toMatchObject({ running: true, pid: await pidsOf("omgd.service") });
    });

    it("runs as an account of its own without rights, and the log names it", async () => {
      const uid = (await machine.sh("id -u omgd")).trim();
      expect(ownersOf("omg daemon run")).toEqual([uid]);
      const log = await machine.sh(`${OMG} audit log --json | head -c 100000`);
      expect(log).toContain('"actor":"omgd"');
      const status = readFileSync(
        `/proc/${machine.processes().find(({ command }) => command.includes("daemon run"))?.pid}/status`,
        "utf8",
      );
      expect(status).toMatch(/^CapBnd:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    });

    it("answers everybody about the system, and nobody else what is its owner's", async () => {
      await machine.sh("useradd --create-home bob");
      const modes = await machine.sh("stat --format='%A %U' /run/omgd /run/omgd/query.sock /run/omgd/control.sock");
      expect(modes.trim().split("\n")).toEqual(["drwxr-xr-x omgd", "srw-rw-rw- omgd", "srw------- omgd"]);
      const { stdout } = await machine.expect(0, [OMG, "search", "omg-one"], { user: "bob", cwd: "/" });
      expect(stdout).toContain("omg-one");
      await machine.sh("rm -rf /home/bob/.local /home/bob/.cache");
      // Without Node to go on with, omg-fast has nothing to say of its own.
      const fast = (user: string) => machine.run(["/opt/omg/dist/omg-fast", "search", "omg-one"], { user, cwd: "/" });
      await until(async () => (await fast("bob")).code === 0, 60_000);
      expect(await fast("bob")).toMatchObject({ code: 0, stdout });
    });

    it("alone may ask omg-root through the socket", async () => {
      const asks = (user: string) =>
        machine.run(
          [
            "/usr/bin/node",
            "-e",
            "require('net').connect('/run/omg-root.sock').on('connect',()=>process.exit(0)).on('error',(e)=>{console.log(e.code);process.exit(1)})",
          ],
          { user, cwd: "/" },
        );
      expect(await asks("alice")).toMatchObject({ code: 1, stdout: "EACCES\n" });
      expect(await asks("omgd")).toMatchObject({ code: 0 });
    });

    it("can be started anew in the middle of a transaction, which goes on, in nothing that shuts it in", async () => {
      await publish(["omg-one", "omg-two", "omg-slow"]);
      await machine.sh("systemctl reload omgd.service");
      await until(() => machine.exists("/srv/begun"), 120_000);
      const script = machine.read("/srv/begun").trim();
      // Its group is not omgd's.
      expect(await machine.sh(`cat /proc/${script}/cgroup`)).toContain("omg-root@");
      const before = await pidsOf("omgd.service");
      await machine.sh("systemctl kill --signal=SIGKILL omgd.service && systemctl start omgd.service");
      await until(async () => {
        const now = await pidsOf("omgd.service");
        return now !== 0 && now !== before;
      }, 60_000);
      expect(await machine.sh(`cat /proc/${script}/cgroup`)).toContain("omg-root@");
      machine.write("/srv/go", "");
      for (const path of ["/home/left", "/opt/left", "/etc/left"]) await until(() => machine.exists(path), 60_000);
      await until(() => isInstalled("omg-two"), 120_000);
      await machine.sh("systemctl reload omgd.service");
      await until(async () => {
        const { state: known } = await state();
        return known?.unfinished === undefined && known?.in_force?.commit === known?.newest?.commit;
      }, 120_000);
      expect((await machine.sh("dpkg --audit")).trim()).toBe("");
    });

    it("puts back what somebody removes, and is suspended and resumed by root", async () => {
      await machine.sh("dpkg --remove omg-two");
      await until(() => isInstalled("omg-two"), 120_000);
      await machine.expect(0, [OMG, "daemon", "suspend", "--reason", "work"]);
      expect(await state()).toMatchObject({ suspension: { reason: "work", by: "root" } });
      await machine.expect(0, [OMG, "daemon", "resume"]);
      expect((await state()).suspension).toBeUndefined();
    });

    it("is also a person's own, under their own systemd", async () => {
      const uid = (await machine.sh("loginctl enable-linger alice; id -u alice")).trim();
      await until(() => machine.exists(`/run/user/${uid}/systemd/private`), 60_000);
      const alice = { user: "alice", env: { XDG_RUNTIME_DIR: `/run/user/${uid}` } };
      await machine.sh("mkdir -p ~/.config/omg/trust && cp -r /etc/omg/trust/signers ~/.config/omg/trust/", alice);
      const repository = 'repository = "file:///srv/machines.git"\nroll-forward = "off"\ndrift = "off"\n';
      await machine.sh("cat >~/.config/omg/config.toml", { ...alice, input: `[daemon]\n${repository}` });
      await machine.expect(0, [OMG, "daemon", "install", "--yes"], alice);
      const known = async () =>
        JSON.parse((await machine.expect(0, [OMG, "daemon", "status", "--json"], alice)).stdout);
      await until(async () => (await known()).state?.newest !== undefined, 60_000);
      expect(await known()).toMatchObject({ running: true });
      await machine.expect(0, [OMG, "daemon", "install", "--remove", "--yes"], alice);
      expect((await known()).running).toBe(false);
      expect(machine.exists("/home/alice/.config/systemd/user/omgd.service")).toBe(false);
    });

    it("stops, starts, shows what it said, and is taken away with what it knows left", async () => {
      await machine.expect(0, [OMG, "daemon", "stop"]);
      expect((await state()).running).toBe(false);
      await machine.expect(0, [OMG, "daemon", "start"]);
      await until(async () => (await state()).running === true, 60_000);
      expect((await machine.expect(0, [OMG, "daemon", "logs"])).stdout).toContain("omg");
      await machine.expect(0, [OMG, "daemon", "install", "--system", "--remove", "--yes"]);
      expect(machine.exists("/etc/systemd/system/omgd.service")).toBe(false);
      expect(machine.exists("/run/omg-root.sock")).toBe(false);
      expect(machine.exists("/var/lib/omgd/state/daemon/state.json")).toBe(true);
      expect((await machine.run(["/usr/bin/systemctl", "is-active", "omgd.service"])).stdout.trim()).toBe("inactive");
    });
  });
