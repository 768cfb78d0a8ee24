import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bridgeInto } from "../../support/bridge.ts";
import { debianBase } from "../../support/debian-base.ts";
import { bootDebianRoot, canBoot, type DebianRoot } from "../../support/debian-root.ts";
import { needs } from "../../support/needs.ts";
import { createTeamLab, type Person, type TeamLab } from "../../support/team-lab.ts";
import { until } from "../../support/until.ts";

const OMG = "/usr/local/bin/omg";
const BASE =
  needs("systemd-container", "mmdebstrap", "git", "openssh-client", "apt-utils", "root") && canBoot()
    ? await debianBase("booting")
    : undefined;

interface Status {
  readonly commit: string;
  readonly self: { readonly key?: string; readonly listed: boolean };
  readonly strangers: number;
  readonly members: readonly {
    readonly name: string;
    readonly self: boolean;
    readonly state: string;
    readonly elsewhere: boolean;
    readonly note?: { readonly commit?: string; readonly host: string };
  }[];
}

// A skipped test is a failure in a pipeline, and that no machine can be started there is not omg's.
if (BASE === undefined) it("cannot be tried where no machine can be started", () => undefined);
else
  describe("a machine of a team, where omgd is a service that systemd started", () => {
    let machine: DebianRoot;
    let lab: TeamLab;
    let alice: Person;
    let trust: string;
    let bridge: { close(): Promise<void> };
    let key: string;
    beforeAll(async () => {
      machine = await bootDebianRoot(BASE, {
        withoutDebian: true,
        packages: [
          { name: "omg-one", version: "1.0" },
          { name: "omg-two", version: "1.0" },
        ],
      });
      lab = await createTeamLab();
      // The machine has a loopback of its own: there the team's server answers as here.
      const pid = Number(/^\/proc\/(\d+)\//.exec(machine.files)?.[1]);
      bridge = await bridgeInto(pid, Number(new URL(lab.server.url).port));
      alice = lab.person("alice");
      trust = await lab.found(alice, await pinned(["omg-one"]));
      lab.server.demand("omg:p@ss");
    });
    afterAll(async () => {
      await bridge?.close();
      await machine?.dispose();
      await lab?.close();
    });

    /** Pinned as a person would. */
    const pinned = async (packages: readonly string[]) => {
      const wanted = Object.fromEntries(packages.map((name) => [name, "*"]));
      machine.write("/root/env/omg.lock", `version: 1\nname: web-team\napt: ${JSON.stringify({ packages: wanted })}\n`);
      await machine.expect(0, [OMG, "lock"], { cwd: "/root/env" });
      return machine.read("/root/env/omg.lock");
    };
    const json = async <T>(...args: readonly string[]): Promise<T> =>
      JSON.parse((await machine.expect(0, [OMG, ...args, "--json"])).stdout);
    const join = () =>
      json<{ member: { key: string; toml: string } }>(
        ...["team", "join", lab.server.url.replace("//", "//omg:p%40ss@"), "--trust", trust, "--yes"],
      );
    const status = () => json<Status>("team", "status");
    const isInstalled = async (name: string) => {
      const { stdout } = await machine.run(["/usr/bin/dpkg", "--status", name]);
      return stdout.includes("\nStatus: install ok installed\n");
    };

    it("joins first and gets its service then, which follows the team with the key that was printed", async () => {
      const joined = await join();
      expect(await isInstalled("omg-one")).toBe(true);
      key = joined.member.key;
      await machine.expect(0, [OMG, "daemon", "install", "--system", "--yes"]);
      await until(async () => {
        const { state } = await json<{ state?: { in_force?: unknown } }>("daemon", "status");
        return state?.in_force !== undefined;
      }, 120_000);
      expect((await status()).self).toEqual({ key, listed: false });
      const owner = "stat --format='%U %a' /var/lib/omgd/team/host-key.pem";
      expect((await machine.sh(owner)).trim()).toBe("omgd 600");
      // So that it can log in at the server, and nobody else.
      expect((await machine.sh("stat --format='%U %G %a' /etc/omg/config.toml")).trim()).toBe("root omgd 640");
      // Joining again says the same.
      expect((await join()).member.key).toBe(key);
      alice.publish({ ".omg/members.toml": joined.member.toml });
    }, 240_000);

    it("applies what is pushed, leaves its note, and is seen by the team", async () => {
      const commit = alice.publish({ "omg.lock": await pinned(["omg-one", "omg-two"]) });
      await machine.sh("systemctl reload omgd.service");
      await until(() => isInstalled("omg-two"), 120_000);
      const log = await machine.sh(`${OMG} audit log --json | head -c 200000`);
      expect(log).toContain('"actor":"omgd"');
      // The last note may be of a moment ago, and the next one waits.
      await machine.sh(
        "sed -i '/^.daemon.$/a report-interval = 60' /etc/omg/config.toml && systemctl reload omgd.service",
      );
      await until(async () => {
        const { members } = await status();
        return members[0]?.state === "in sync" && members[0].note?.commit === commit;
      }, 180_000);
      expect(await status()).toMatchObject({
        commit,
        self: { key, listed: true },
        members: [{ self: true, elsewhere: false, note: { commit } }],
      });
      const refs = lab.server.git("-C", lab.server.bare, "for-each-ref", "--format=%(refname)", "refs/omg/members");
      expect(refs.split("\n")).toHaveLength(1);
      const { stdout } = await machine.expect(0, [OMG, "team", "status"]);
      expect(stdout).toContain("1 machine, 1 in sync.");
    }, 360_000);

    it("lets a person without rights propose what root removed by hand, from a clone", async () => {
      await machine.sh("useradd --create-home ann");
      await machine.sh("dpkg --remove omg-two");
      const ann = { user: "ann", cwd: "/home/ann" };
      const login = `http.extraHeader=Authorization: Basic ${Buffer.from("omg:p@ss").toString("base64")}`;
      await machine.sh(`git clone --quiet --config '${login}' ${lab.server.url} /home/ann/clone`, ann);
      const push = [OMG, "-C", "/home/ann/clone", "team", "push", "--dry-run", "--json"];
      const ran = await machine.expect(0, push, ann);
      // A login stands in it.
      expect(ran.stderr).toContain("/etc/omg/config.toml is not for everybody to read");
      const { changes, notes } = JSON.parse(ran.stdout);
      const removed = changes.filter(({ after }: { after?: string }) => after === undefined);
      expect(removed.map(({ name }: { name: string }) => name)).toEqual([
        "apt.packages.omg-two",
        expect.stringMatching(/ apt\.omg-two$/),
      ]);
      expect(notes).toEqual([]);
      await machine.sh("dpkg --install /var/cache/apt/archives/omg-two*.deb || apt-get install --yes omg-two");
    }, 120_000);

    it("takes nothing that nobody of the team signed, and says so", async () => {
      const mallory = lab.person("mallory");
      mallory.publish({ "omg.lock": await pinned([]) });
      await machine.sh("systemctl reload omgd.service");
      await until(async () => JSON.stringify(await json("daemon", "status")).includes("role-missing"), 120_000);
      expect(await isInstalled("omg-two")).toBe(true);
      expect((await machine.run([OMG, "team", "pull", "--yes"])).code).toBe(4);
    }, 240_000);
  });
