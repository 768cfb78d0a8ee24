import type { ChildProcessByStdio } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { type Omgd, openOmgd, type Said } from "../support/daemon-omg-lab.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";
import { until } from "../support/until.ts";

// The base with git in it. It is not started as a machine.
const base = needs("mmdebstrap", "util-linux", "apt", "apt-utils", "gpg", "git", "openssh-client", "root")
  ? await debianBase("booting")
  : undefined;

const OMG = "/opt/omg/bin/omg";
const REPOSITORY = "/srv/env.git";
const CONFIG = `[daemon]
repository = "file://${REPOSITORY}"
roll-forward = "apply"
drift = "apply"
poll = 86400
`;
/** Its script waits until somebody has looked at all who take part in the transaction. */
const WAITING = {
  name: "omg-waiting",
  version: "1.0",
  scripts: { postinst: "touch /srv/begun; while [ -e /srv/begun ]; do sleep 0.1; done" },
};

describe.runIf(base !== undefined)("the omgd of a user with sudo", () => {
  let lab: SudoLab;
  let follow: FollowLab;
  beforeAll(async () => {
    if (base === undefined) return;
    // With Debian's own archive, so that what is followed is what people have too.
    lab = await createSudoLab(base, { packages: [WAITING] });
    follow = await createFollowLab();
    await lab.debian.sh("omg setup --yes");
    const signers = readFileSync(follow.place("config", "trust", "signers", "allowed_signers"), "utf8");
    await asAlice("mkdir -p ~/.config/omg/trust/signers; cat >~/.config/omg/trust/signers/allowed_signers", signers);
    await asAlice("cat >~/.config/omg/config.toml", CONFIG);
  });
  afterAll(async () => {
    await lab?.dispose();
    await follow?.close();
  });

  const asAlice = (script: string, input = "") => lab.debian.sh(script, { user: "alice", input });
  const isInstalled = async (name: string) => (await lab.debian.installed()).get(name)?.status === "ii";
  /** Pins as a person would, commits that signed, and pushes to where alice's omgd looks. @returns the commit */
  const publish = async (...names: readonly string[]) => {
    await lab.lock("alice", Object.fromEntries(names.map((name) => [name, "*"])));
    await lab.expect(0, "alice", "lock");
    const commit = follow.repo.commit({ "omg.lock": lab.debian.read("/home/alice/env/omg.lock") }, follow.alice);
    follow.repo.push();
    const served = join(lab.debian.files, REPOSITORY);
    rmSync(served, { recursive: true, force: true });
    cpSync(follow.repo.bare, served, { recursive: true });
    return commit;
  };
  /** All whose command line has this, each with what proc(5) says of whose they are and what they may. */
  const processes = (text: string) =>
    lab.debian.processes().flatMap(({ pid, command }) => {
      if (!command.includes(text)) return [];
      const status = statusOf(pid);
      const line = (name: string) => new RegExp(`^${name}:\t(.*)$`, "m").exec(status)?.[1]?.split("\t");
      return status === "" ? [] : [{ pid, command, uid: line("Uid"), gid: line("Gid"), permitted: line("CapPrm") }];
    });
  /** omgd in alice's terminal, and its process, which is not the one that led into the lab. */
  const start = async () => {
    let omgd: Omgd | undefined;
    const ended = lab.debian.run(["/usr/bin/node", OMG, "daemon", "run", "--json"], {
      user: "alice",
      onStart: (child) => {
        omgd = openOmgd(child as ChildProcessByStdio<null, Readable, Readable>);
      },
    });
    const own = () => processes(`${OMG} daemon run`).find(({ command }) => command.startsWith("/usr/bin/node "));
    await until(() => own() !== undefined);
    return { omgd: omgd as Omgd, pid: own()?.pid ?? 0, ended };
  };
  /** Looks at everybody in the middle of the transaction, and lets that go on. */
  const lookMeanwhile = async (pid: number) => {
    await until(() => lab.debian.exists("/srv/begun"), 90_000);
    const [omg, root] = [processes(OMG), processes("/usr/lib/omg/omg-root.cjs")];
    await lab.debian.sh("rm /srv/begun");
    const id = (await lab.debian.sh("id -u alice")).trim();
    // Real, effective, saved and of the file system. Who has root's nowhere, and no capability, cannot come to have it.
    const alices = { uid: [id, id, id, id], gid: [id, id, id, id], permitted: ["0000000000000000"] };
    for (const each of omg) expect(each).toMatchObject(alices);
    expect(omg.map((each) => each.pid)).toContain(pid);
    expect(omg.filter(({ command }) => command.includes(`${OMG} apply --yes --locked`))).toHaveLength(1);
    expect(root.map(({ uid }) => uid)).toContainEqual(["0", "0", "0", "0"]);
  };
  const isInForce = (commit: string) => (said: Said) =>
    said.about === "commit" && said.text === `${commit.slice(0, 12)} is in force`;

  it("has root apply what is pushed and put back what root removed, and is never root itself", async () => {
    const first = await publish("omg-waiting");
    const { omgd, pid, ended } = await start();
    await lookMeanwhile(pid);
    await omgd.hears(isInForce(first));
    expect([await isInstalled("omg-waiting"), await isInstalled("hello")]).toEqual([true, false]);

    const second = await publish("omg-waiting", "hello");
    process.kill(pid, "SIGHUP");
    await omgd.hears(isInForce(second));
    expect(await lab.debian.sh("hello")).toBe("Hello, world!\n");

    await lab.debian.sh("dpkg --remove hello omg-waiting");
    expect([await isInstalled("omg-waiting"), await isInstalled("hello")]).toEqual([false, false]);
    await lookMeanwhile(pid);
    await omgd.hears(({ about, text }) => about === "machine" && text.startsWith("drifted: "));
    await until(() => omgd.said.findLast(({ about }) => about === "machine")?.text === "in sync", 60_000);
    expect([await isInstalled("omg-waiting"), await isInstalled("hello")]).toEqual([true, true]);
    expect(await lab.debian.sh("hello")).toBe("Hello, world!\n");

    process.kill(pid, "SIGTERM");
    expect((await ended).code).toBe(143);
    expect(omgd.stderr()).toBe("");
  });
});

/** proc(5); empty where it has ended by itself. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
