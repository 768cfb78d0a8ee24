import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { changeRequests } from "../support/lock-text.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type Person, type SudoLab } from "../support/sudo-lab.ts";
import { until } from "../support/until.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

// omg as people use it who are not root: their own omg plans, and real sudo lets omg-root act.
describe.runIf(base !== undefined)("a user with sudo", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base !== undefined) lab = await createSudoLab(base);
  });
  afterAll(() => lab?.dispose());

  const status = async (name: string) => (await lab.debian.installed()).get(name)?.status;
  const systemLog = (): LogLine[] =>
    (lab.debian.exists("/var/lib/omg/audit/audit.jsonl") ? lab.debian.read("/var/lib/omg/audit/audit.jsonl") : "")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine);

  /** Another program in omg-root's place while `act` runs; the real one is `omg-root.real`. */
  const withHelper = async (script: string, act: () => Promise<void>) => {
    await lab.debian.sh("mv /usr/lib/omg/omg-root /usr/lib/omg/omg-root.real");
    lab.debian.write("/usr/lib/omg/omg-root", `#!/bin/sh\n${script}\n`, 0o755);
    try {
      await act();
    } finally {
      await lab.debian.sh("mv /usr/lib/omg/omg-root.real /usr/lib/omg/omg-root");
    }
  };

  it("is told what is missing before anything was set up", async () => {
    await lab.lock("alice", { "omg-app": "2.0" });
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(9, "alice", "apply", "--yes");
    expect(stderr).toMatch(/sudo \S+\/bin\/omg setup/);
    expect((await lab.expect(9, "alice", "setup")).stderr).toContain("root");
    expect(lab.debian.snapshot()).toBe(before);
    await lab.debian.sh("rm /home/alice/env/omg.lock");
  });

  it("has root put omg-root in place, for everybody to reach and nobody to change", async () => {
    const shown = await lab.debian.expect(9, ["/bin/sh", "-c", "omg setup"]);
    expect(shown.stdout).toContain("/usr/lib/omg/omg-root.cjs");
    await lab.debian.sh("test ! -e /usr/lib/omg");
    const { stdout } = await lab.debian.expect(0, ["/bin/sh", "-c", "umask 077; omg setup --yes"]);
    expect(stdout).toContain("/usr/lib/omg");
    const listed = await lab.debian.sh("find /usr/lib/omg -printf '%u:%g %m %y\\n' | sort | uniq");
    expect(listed).toBe("root:root 644 f\nroot:root 755 d\nroot:root 755 f\n");
    await lab.debian.sh("test -x /usr/lib/omg/omg-root", { user: "mallory" });
  });

  it("with omg-fast for prompts, native or not, which sees what its caller published", async () => {
    const fast = (user: Person) =>
      lab.debian.sh("/usr/lib/omg/omg-fast status 2>/dev/null && echo 0 || echo $?", { user });
    expect(await fast("mallory")).toBe("unknown\n8\n");
    await lab.debian.sh("mkdir ~/fast && cd ~/fast && printf 'version: 1\\nname: fast\\n' > omg.lock && omg check", {
      user: "dora",
    });
    expect(await fast("dora")).toBe("in sync\n0\n");
    await lab.debian.sh("mv /opt/omg/dist/omg-fast /opt/omg/dist/native && omg setup --yes");
    expect(await lab.debian.sh("head -n 1 /usr/lib/omg/omg-fast")).toBe("#!/bin/sh\n");
    expect(await fast("dora")).toBe("in sync\n0\n");
    await lab.debian.sh("mv /opt/omg/dist/native /opt/omg/dist/omg-fast && omg setup --yes");
  });

  it("captures, plans and applies, and root's things are root's", async () => {
    await lab.expect(0, "alice", "env", "capture");
    await lab.expect(0, "alice", "check");
    const path = "/home/alice/env/omg.lock";
    const text = changeRequests(lab.debian.read(path), { "omg-app": "2.0", hello: "*" });
    await lab.debian.sh(`cat > ${path}`, { user: "alice", input: text });
    await lab.expect(0, "alice", "lock");
    const before = lab.debian.snapshot();
    await lab.expect(2, "alice", "plan", "--detailed-exitcode");
    await lab.expect(9, "alice", "apply");
    expect(lab.debian.snapshot()).toBe(before);
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await status("omg-app")).toBe("ii");
    expect((await lab.debian.marks()).auto).toEqual(["omg-base", "omg-extra", "omg-lib"]);
    expect(await lab.debian.sh("hello")).toBe("Hello, world!\n");
    await lab.expect(0, "alice", "check", "--locked");
    expect(await lab.debian.sh("find /var/lib/omg ! -user root; find /home/alice ! -user alice")).toBe("");
    expect(await lab.debian.sh("find /var/lib/omg /usr/lib/omg -perm /022 ! -type l")).toBe("");
    expect(systemLog().map(({ event, actor }) => `${event} ${actor}`)).toEqual([
      "apply.intent alice",
      "apply.done alice",
    ]);
    expect((await lab.expect(0, "alice", "history")).stdout).toContain("system:1");
  });

  it("reads what root keeps, so that what is known once need not be fetched again", async () => {
    await lab.debian.sh("cat /var/lib/omg/store/sha256/*/* > /dev/null", { user: "alice" });
  });

  it("writes its own shell file itself, without root", async () => {
    const entries = systemLog().length;
    await lab.debian.sh(
      "mkdir -p ~/.config/omg; printf 'version: 1\\nname: me\\nenv: { EDITOR: nvim }\\n' > ~/.config/omg/omg.lock",
      { user: "alice" },
    );
    const home = { cwd: "/home/alice" };
    expect((await lab.omg("alice", ["apply", "--yes"], home)).code).toBe(0);
    expect((await lab.omg("alice", ["check"], home)).code).toBe(0);
    const file = ".local/share/omg/shell/env.sh";
    expect(await lab.debian.sh(`stat -c %U ${file}; . ~/${file}; echo $EDITOR`, { user: "alice" })).toBe(
      "alice\nnvim\n",
    );
    expect(systemLog()).toHaveLength(entries);
  });

  it("rolls back through sudo", async () => {
    await lab.expect(0, "alice", "rollback", "system:0", "--yes");
    expect([await status("hello"), await status("omg-lib")]).toEqual([undefined, undefined]);
    expect(systemLog().at(-1)).toMatchObject({ event: "apply.done", actor: "alice" });
  });

  it("does not undo a rollback that was made while their --unless-held was on its way to root", async () => {
    await lab.expect(0, "alice", "apply", "--yes");
    await lab.debian.sh("apt-get -qq -y remove hello");
    const back = "cd /home/alice/env && /usr/bin/env HOME=/root omg rollback system:0 --yes >&2 </dev/null || exit 99";
    await withHelper(`${back}\nexec /usr/lib/omg/omg-root.real`, async () => {
      const { stdout } = await lab.expect(7, "alice", "apply", "--yes", "--unless-held", "--json");
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: "held" } });
    });
    expect([await status("hello"), await status("omg-lib")]).toEqual([undefined, undefined]);
  });

  it("is told of an omg-root that is older than --unless-held, which then changes nothing", async () => {
    // The same program without that word in what it understands.
    const program = "/usr/lib/omg/omg-root.cjs";
    await lab.debian.sh(`sed -i.real 's/unlessHeld/notYetThere/g' ${program}`);
    try {
      // Whoever does not ask for that goes on with it.
      await lab.expect(0, "alice", "apply", "--yes");
      await lab.debian.sh("apt-get -qq -y remove hello");
      const before = lab.debian.snapshot();
      const { stdout } = await lab.expect(3, "alice", "apply", "--yes", "--unless-held", "--json");
      expect(JSON.parse(stdout)).toMatchObject({
        error: {
          code: "request-invalid",
          state: "Nothing was changed.",
          hint: expect.stringContaining("sudo omg setup"),
          details: [expect.stringContaining("unlessHeld")],
        },
      });
      expect(lab.debian.snapshot()).toBe(before);
    } finally {
      await lab.debian.sh(`mv ${program}.real ${program}`);
    }
    await lab.expect(0, "alice", "rollback", "system:0", "--yes");
  });

  it("who has no right is told so", async () => {
    await lab.lock("mallory", { "omg-app": "2.0" });
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(9, "mallory", "apply", "--yes");
    expect(stderr).toMatch(/sudo did not let omg-root run/);
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("may be killed: what root has begun is finished, and the next run knows it", async () => {
    await lab.lock("alice", { "omg-slow": "1.0" });
    const dying = lab.omg("alice", ["apply", "--yes"]);
    await until(() => lab.debian.exists("/var/log/omg-slow"));
    expect(lab.debian.kill("/opt/omg/bin/omg apply")).toBeGreaterThan(0);
    await dying;
    await until(() => systemLog().at(-1)?.event === "apply.done");
    expect(await status("omg-slow")).toBe("ii");
    await lab.expect(0, "alice", "check");
    expect((await lab.expect(0, "alice", "apply", "--yes")).stdout).toMatch(/nothing|in sync/i);
  });

  it("has the next run repair what a killed omg-root left", async () => {
    await lab.debian.sh("apt-get -qq -y purge omg-slow; rm /var/log/omg-slow");
    const dying = lab.omg("alice", ["apply", "--yes"]);
    await until(() => lab.debian.exists("/var/log/omg-slow"));
    for (const program of ["omg-root", "apt-get", "dpkg", "omg-slow"]) lab.debian.kill(program);
    expect((await dying).code).not.toBe(0);
    expect(systemLog().at(-1)?.event).toBe("apply.intent");
    await lab.expect(2, "alice", "check");
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await status("omg-slow")).toBe("ii");
    expect(await lab.debian.sh("dpkg --audit")).toBe("");
    await lab.expect(0, "alice", "check");
  });

  describe("who changes their mind", () => {
    const interrupt = () => {
      const own = lab.debian.processes().filter(({ command }) => command.startsWith("/usr/bin/node /opt/omg/bin/omg"));
      for (const { pid } of own) process.kill(pid, "SIGINT");
      return own.length;
    };
    beforeAll(async () => {
      await lab.lock("alice", { "omg-slow": "1.0" });
      await lab.debian.sh("apt-get -qq -y purge omg-slow; rm -f /var/log/omg-slow");
    });

    it("before root began, is believed: nothing is done", async () => {
      const before = lab.debian.snapshot();
      await withHelper("touch /tmp/asked; sleep 3; exec /usr/lib/omg/omg-root.real", async () => {
        const run = lab.omg("alice", ["apply", "--yes"]);
        await until(() => lab.debian.exists("/tmp/asked"));
        expect(interrupt()).toBe(1);
        const { code, stderr } = await run;
        await until(() => !lab.debian.processes().some(({ command }) => command.includes("omg-root")));
        expect(code).toBe(130);
        expect(stderr).toContain("omg-root was stopped before it began");
        expect(stderr).toMatch(/nothing was changed/i);
        expect(lab.debian.snapshot()).toBe(before);
        expect(systemLog().at(-1)?.event).toBe("apply.done");
      });
    });

    it("after that, is told what was done", async () => {
      const run = lab.omg("alice", ["apply", "--yes"]);
      await until(() => lab.debian.exists("/var/log/omg-slow"));
      expect(interrupt()).toBe(1);
      const { code, stderr } = await run;
      expect(code).toBe(130);
      expect(stderr).toContain("finished first");
      expect(await status("omg-slow")).toBe("ii");
      expect(systemLog().at(-1)?.event).toBe("apply.done");
    });
  });

  it("is not told that sudo refused, once root had said a word", async () => {
    const word = JSON.stringify({ type: "event", event: { type: "warning", message: "a word" } });
    await lab.lock("alice", { "omg-epoch": "1:0.5" });
    await withHelper(`read -r line; echo '${word}'; exit 1`, async () => {
      const { stderr } = await lab.expect(1, "alice", "apply", "--yes");
      expect(stderr).toContain("omg-root did not answer as it should");
      expect(stderr).not.toContain("sudo did not let");
    });
  });

  it("goes back from a first apply that came to a part, also where no lock is at hand", async () => {
    await lab.debian.sh("apt-get -qq -y purge 'omg-*'; rm -rf /var/lib/omg");
    await lab.lock("alice", { "omg-failpre": "1.0", "omg-extra": "1.0" });
    expect((await lab.omg("alice", ["apply", "--yes"])).code).not.toBe(0);
    await lab.debian.sh("apt-get -qq -y install omg-extra");
    const { code, stderr } = await lab.omg("alice", ["rollback", "system:0", "--yes"], { cwd: "/home/alice" });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("request-invalid")]);
    expect(await status("omg-extra")).toBeUndefined();
  });

  it("may as well run all of omg as root, on a lock of their own", async () => {
    await lab.lock("dora", { "omg-extra": "1.0" });
    const sudo = (...args: readonly string[]) =>
      lab.debian.expect(0, ["/usr/bin/sudo", "-n", "omg", ...args], { user: "dora", cwd: "/home/dora/env" });
    await sudo("apply", "--yes");
    expect(await status("omg-extra")).toBe("ii");
    expect(systemLog().at(-1)).toMatchObject({ event: "apply.done", actor: "dora" });
    expect(await lab.debian.sh("find /home/dora ! -user dora")).toBe("");
    await lab.expect(0, "dora", "check");
    await sudo("rollback", "--yes");
    expect(await status("omg-extra")).toBeUndefined();
  });

  it("is told where there is no sudo, and where omg-root has gone", async () => {
    await lab.lock("alice", { "omg-epoch": "1:0.5" });
    const before = lab.debian.snapshot();
    await lab.debian.sh("mv /usr/bin/sudo /usr/bin/sudo.away");
    expect((await lab.expect(9, "alice", "apply", "--yes")).stderr).toContain("no sudo");
    await lab.debian.sh("mv /usr/bin/sudo.away /usr/bin/sudo; omg setup --remove --yes");
    expect(lab.debian.exists("/usr/lib/omg")).toBe(false);
    expect((await lab.expect(9, "alice", "apply", "--yes")).stderr).toMatch(/sudo \S+\/bin\/omg setup/);
    expect(lab.debian.snapshot()).toBe(before);
  });
});

interface LogLine {
  readonly event: string;
  readonly actor: string;
}
