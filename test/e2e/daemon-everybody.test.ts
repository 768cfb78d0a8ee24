import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVICE_ENV } from "../../daemon/units/service-env.ts";
import { debianRecord, writeOsvDump } from "../support/advisory-dumps.ts";
import { debianBase } from "../support/debian-base.ts";
import { bootDebianRoot, canBoot, type DebianRoot, type RunOptions } from "../support/debian-root.ts";
import { needs } from "../support/needs.ts";
import { connectTo, type OmgdClient } from "../support/omgd-client.ts";
import { until } from "../support/until.ts";

const OMG = "/usr/local/bin/omg";
const BASE =
  needs("systemd-container", "mmdebstrap", "apt-utils", "gcc", "libc6-dev", "root") && canBoot()
    ? await debianBase("booting")
    : undefined;

const PACKAGES = [
  { name: "omg-one", version: "1.0" },
  { name: "omg-one", version: "2.0" },
  { name: "omg-two", version: "1.0", fields: { Depends: "omg-lib" } },
  { name: "omg-lib", version: "1.0" },
  { name: "omg-left", version: "1.0" },
  { name: "omg-more", version: "3.0" },
];

const SEARCH = ["search", "omg"];
const ORPHANS = ["orphans"];
const INFO: readonly (readonly string[])[] = [
  ["info", "omg-one"],
  ["info", "omg-one", "omg-more", "omg-lib", "-v"],
  ["info", "omg-more", "--json"],
  ["info", "bash", "--color", "always"],
];
const OUTDATED: readonly (readonly string[])[] = [["outdated"], ["outdated", "--json", "--color", "always"]];
const EXPLICIT: readonly (readonly string[])[] = [
  ["explicit"],
  ["explicit", "--json", "--color", "always"],
  ["explicit", "--names"],
];
const ALL = [SEARCH, ORPHANS, ...INFO, ...OUTDATED, ...EXPLICIT];

/** What a native program ends with that has to hand over to Node where there is none. */
const NODES = 127;

if (BASE === undefined) it("cannot be tried where no machine can be started", () => undefined);
else
  describe("the omgd of a machine, asked by people who are not omgd", () => {
    let machine: DebianRoot;
    beforeAll(async () => {
      machine = await bootDebianRoot(BASE, { withoutDebian: true, packages: PACKAGES });
      for (const name of ["bob", "carol"]) await machine.sh(`useradd --create-home ${name}`);
      await machine.sh("apt-get -qq install omg-one=1.0 omg-two omg-left && apt-mark auto omg-left");
      machine.write(
        "/etc/omg/config.toml",
        '[daemon]\nrepository = "file:///srv/none.git"\nroll-forward = "off"\ndrift = "off"\npoll = 86400\n[advisories]\nosv = "file:///srv/osv/"\n',
      );
      list("omg-one", "CVE-2026-1111", "2.0");
      await machine.expect(0, [OMG, "audit", "update"]);
      // What omg owns, and what it saw when it had it in its hands.
      machine.write("/root/env/omg.lock", "version: 1\nname: machines\napt: { packages: { omg-more: '*' } }\n");
      await machine.sh(`cd /root/env && ${OMG} lock && ${OMG} apply --yes`);
      machine.write(
        "/etc/omg/trust/signers/allowed_signers",
        "alice@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNyz5zqgSHQ2Y8Cg2kXlUc2YkyGRg9AmmLc0zuFJ9hK\n",
      );
      await machine.expect(0, [OMG, "daemon", "install", "--system", "--yes"]);
      await until(() => machine.exists("/run/omgd/query.sock"), 60_000);
    });
    afterAll(() => machine?.dispose());

    const list = (source: string, cve: string, fixed: string) =>
      writeOsvDump(join(machine.files, "srv/osv/Debian/all.zip"), [debianRecord(cve, source, fixed)]);

    const at = (user: string, { cwd = "/", env = {} }: RunOptions = {}) => ({ user, cwd, env });
    /** The command itself, by Node, which asks no omgd. */
    const byNode = (args: readonly string[], options: RunOptions) =>
      machine.run(["/usr/bin/node", "/opt/omg/bin/omg", ...args], options);
    /** The native programs, with no Node to hand over to. */
    const native = (args: readonly string[], options: RunOptions) =>
      machine.run(["/opt/omg/dist/omg", ...args], { ...options, env: { ...options.env, PATH: "/nonexistent" } });

    /** Whether omgd answers, and with what the command itself says there: byte for byte. What changed a moment ago it works out first. */
    const isAnswered = async (args: readonly string[], options: RunOptions) => {
      let said = await native(args, options);
      await until(async () => {
        if (said.code === NODES) said = await native(args, options);
        return said.code !== NODES;
      }, 60_000);
      expect([args, said]).toEqual([args, await byNode(args, options)]);
      return said.stdout;
    };
    const connect = (socket: string) => connectTo(join(machine.files, "run/omgd", socket));
    /** What is said once that is true of now, `answer` or `error` first. */
    const told = async (asker: OmgdClient, question: Parameters<OmgdClient["ask"]>[0]) => {
      let said: Awaited<ReturnType<OmgdClient["ask"]>> = {};
      await until(async () => {
        said = await asker.ask(question);
        return said.current !== false && !JSON.stringify(said).includes('"not-ready"');
      }, 60_000);
      const { answer, error } = said;
      return JSON.stringify({ answer, error });
    };
    /** Node answers each of these, while omgd has something to say to others. */
    const areNodes = async (all: readonly (readonly string[])[], options: RunOptions) => {
      await isAnswered(SEARCH, at("bob"));
      for (const args of all) expect([args, (await native(args, options)).code]).toEqual([args, NODES]);
    };

    it("answers each of the commands for everybody, and says what the command itself says to them", async () => {
      for (const user of ["bob", "carol"]) for (const args of ALL) await isAnswered(args, at(user));
      // It is not about nothing.
      expect(await isAnswered(["info", "omg-one"], at("bob"))).toContain("CVE-2026-1111");
      const more = await isAnswered(["info", "omg-more"], at("bob"));
      for (const word of ["Owned by omg", "Verified"]) expect(more).toContain(word);
      expect(await isAnswered(["outdated"], at("bob"))).toContain("fixes CVE-2026-1111");
      expect(await isAnswered(["explicit", "--names"], at("bob"))).toMatch(/^omg-more\nomg-one\nomg-two$/m);
      expect(await isAnswered(["orphans", "--names"], at("bob"))).toContain("omg-left\n");
    });

    it("whatever their environment says that the answers do not hang on, and as wide and coloured as they have it", async () => {
      for (const env of [
        { APT_CONFIG: "/nonexistent", OMG_PACMAN_CONFIG: "/nonexistent", LANG: "de_DE.UTF-8", TZ: "Asia/Tokyo" },
        { XDG_CONFIG_HOME: "/home/bob/c", OMG_DATA_DIR: "/home/bob/d", OMG_STATE_DIR: "/home/bob/s" },
        { COLUMNS: "50", CLICOLOR_FORCE: "1", TERM: "xterm" },
        { COLUMNS: "200", NO_COLOR: "1" },
      ])
        for (const args of [...INFO, ...OUTDATED, ...EXPLICIT]) await isAnswered(args, at("bob", { env }));
    });

    it("comes out of omg-fast as well, and on a terminal as Node would show it there", async () => {
      for (const args of ALL)
        expect(await machine.run(["/opt/omg/dist/omg-fast", ...args], at("bob"))).toEqual(
          await byNode(args, at("bob")),
        );
      const shown = async (program: string, args: readonly string[], path: string) => {
        const command = `stty cols 60; PATH=${path} exec ${program} ${args.join(" ")}`;
        const env = { TERM: "xterm" };
        return machine.sh(`script --quiet --return --command '${command}' /dev/null`, at("bob", { env }));
      };
      for (const args of [["info", "omg-more", "-v"], ["outdated"], ["explicit"], ["explicit", "--names"]]) {
        await isAnswered(args, at("bob"));
        const node = await shown("/usr/bin/node /opt/omg/bin/omg", args, "/usr/bin:/bin");
        expect(node).not.toBe("");
        expect([args, await shown("/opt/omg/dist/omg", args, "/nonexistent")]).toEqual([args, node]);
      }
    });

    it("follows what changes, for them as for omgd", async () => {
      expect(await isAnswered(["explicit", "--names"], at("bob"))).not.toContain("omg-lib");
      await machine.sh("apt-mark manual omg-lib");
      // Until it is worked out anew Node answers, and nobody is told what was true before.
      const now = await native(["explicit", "--names"], at("bob"));
      if (now.code !== NODES) expect(now.stdout).toContain("omg-lib");
      expect(await isAnswered(["explicit", "--names"], at("bob"))).toContain("omg-lib");
      await machine.sh("apt-mark auto omg-lib");
    });

    it.each([
      ["a lock above the folder", "mkdir -p ~/a/b && echo 'version: 1' >~/a/omg.lock", { cwd: "/home/carol/a/b" }],
      ["a lock of their own", "mkdir -p ~/.config/omg && echo 'version: 1' >~/.config/omg/omg.lock", {}],
      [
        "a lock of their own where a variable says",
        "mkdir -p ~/own && echo 'version: 1' >~/own/omg.lock",
        { env: { OMG_CONFIG_DIR: "/home/carol/own" } },
      ],
    ])("leaves to Node what %s changes", async (_, make, options) => {
      await machine.sh(make, { user: "carol" });
      await areNodes([...INFO, ...OUTDATED, ...EXPLICIT], at("carol", options));
      for (const args of [SEARCH, ORPHANS]) await isAnswered(args, at("carol", options));
      await machine.sh("rm -rf ~/a ~/own ~/.config", { user: "carol" });
      await isAnswered(["info", "bash"], at("carol"));
    });

    it("leaves to Node what it has to complain about, and what omgd does not know", async () => {
      await areNodes(ALL, at("carol", { env: { OMG_STATE_DIR: "here" } }));
      const odd = [["info", "no-such"], ["explicit", "--lock", "/x"], ["outdated", "--only", "apt"], ["info"]];
      await areNodes(odd, at("carol"));
    });

    it("leaves to Node what an own list of vulnerabilities changes, and nothing else", async () => {
      list("omg-one", "CVE-2026-2222", "2.0");
      await machine.expect(0, [OMG, "audit", "update"], { user: "carol" });
      list("omg-one", "CVE-2026-1111", "2.0");
      await areNodes([...INFO, ...OUTDATED], at("carol"));
      expect((await byNode(["info", "omg-one"], at("carol"))).stdout).toContain("CVE-2026-2222");
      for (const args of [SEARCH, ORPHANS, ...EXPLICIT]) await isAnswered(args, at("carol"));
      await machine.sh("rm -rf ~/.local", { user: "carol" });
    });

    it("leaves to Node what own runtimes change, and nothing else", async () => {
      const install = "mkdir -p versions/go/1.22.1/bin && touch versions/go/1.22.1/bin/go";
      await machine.sh(`mkdir -p ~/.local/share/omg && cd ~/.local/share/omg && ${install}`, { user: "carol" });
      await areNodes(EXPLICIT, at("carol"));
      expect((await byNode(["explicit"], at("carol"))).stdout).toMatch(/^go +1\.22\.1/m);
      for (const args of [SEARCH, ORPHANS, ...INFO, ...OUTDATED]) await isAnswered(args, at("carol"));
      await machine.sh("rm -rf ~/.local", { user: "carol" });
    });

    it("answers whatever config.toml says, their own or one of the machine's that they may not read", async () => {
      await machine.sh("mkdir -p ~/.config/omg && echo '[wrong' >~/.config/omg/config.toml", {
        user: "carol",
      });
      await machine.sh("chgrp omgd /etc/omg/config.toml && chmod 640 /etc/omg/config.toml");
      for (const args of ALL) await isAnswered(args, at("carol"));
      await machine.sh("chmod 644 /etc/omg/config.toml && rm -r /home/carol/.config");
    });

    it("tells others nothing of what the account has of its own", async () => {
      const install = "mkdir -p versions/go/1.99.0/bin && touch versions/go/1.99.0/bin/go";
      await machine.sh(`cd /var/lib/omgd && ${install} && chown -R omgd versions`);
      for (const args of ALL) expect(await isAnswered(args, at("bob"))).not.toContain("1.99.0");
      expect(await isAnswered(["explicit"], at("omgd", { env: SERVICE_ENV }))).toMatch(/^go +1\.99\.0/m);
      for (const args of EXPLICIT) expect(await isAnswered(args, at("bob"))).not.toContain("1.99.0");
      await machine.sh("rm -r /var/lib/omgd/versions");
      // Where it has a list or is under a lock that others have nothing of, it has nothing to say to them that hangs on that.
      const nothing = async (make: string, hanging: readonly (readonly string[])[], unmake: string) => {
        await machine.sh(make);
        await until(async () => (await native(hanging[0] ?? [], at("bob"))).code === NODES, 60_000);
        await areNodes(hanging, at("bob"));
        for (const args of ALL.filter((each) => !hanging.includes(each))) await isAnswered(args, at("bob"));
        await machine.sh(unmake);
        for (const args of ALL) await isAnswered(args, at("bob"));
      };
      const own = "/var/lib/omgd/advisories";
      await nothing(`install -d -o omgd ${own}`, [...INFO, ...OUTDATED], `rmdir ${own}`);
      const lock = "/etc/omg/omg.lock";
      await nothing(`printf 'version: 1\\nname: omgds\\n' >${lock}`, [...INFO, ...OUTDATED, ...EXPLICIT], `rm ${lock}`);
    });

    it("tells whoever asks at query.sock what holds for everybody, and at control.sock what is so for the account", async () => {
      const [ours, everybodys] = [await connect("control.sock"), await connect("query.sock")];
      const explicit = { ask: "explicit" };
      const batch = { ask: "batch", questions: [{ ask: "ping" }, explicit] };
      const hanging = [explicit, { ask: "outdated" }, { ask: "info", names: ["omg-one"] }];
      const others = [{ ask: "orphans" }, { ask: "search", terms: ["omg"] }];
      const install = "mkdir -p versions/go/1.99.0/bin && touch versions/go/1.99.0/bin/go";
      await machine.sh(`cd /var/lib/omgd && ${install} && chown -R omgd versions`);
      // What was said at one is remembered, and not said at the other.
      for (let round = 0; round < 2; round += 1)
        for (const question of [explicit, batch]) {
          expect(await told(ours, question)).toContain("1.99.0");
          expect(await told(everybodys, question)).not.toContain("1.99.0");
        }
      expect(await told(everybodys, explicit)).toContain("omg-one");
      await machine.sh("rm -r /var/lib/omgd/versions");
      for (const question of [...hanging, ...others]) expect(await told(everybodys, question)).toMatch(/^{"answer":/);
      const lock = "/etc/omg/omg.lock";
      await machine.sh(`printf 'version: 1\\nname: omgds\\napt: { packages: { omg-one: "*" } }\\n' >${lock}`);
      await until(async () => (await told(everybodys, explicit)).includes("not-everybodys"), 60_000);
      for (const question of [...hanging, batch]) {
        expect(await told(ours, question)).not.toContain("not-everybodys");
        expect(await told(everybodys, question)).toContain("not-everybodys");
      }
      for (const question of others) expect(await told(everybodys, question)).toMatch(/^{"answer":/);
      await machine.sh(`rm ${lock}`);
      for (const client of [ours, everybodys]) client.close();
    });

    it("is asked nothing by root", async () => {
      for (const args of ALL) expect([args, (await native(args, at("root"))).code]).toEqual([args, NODES]);
    });

    it("may be root's in its place, unless that goes by folders of its own", async () => {
      await machine.expect(0, [OMG, "daemon", "stop"]);
      const roots = async (env: Readonly<Record<string, string>>, ask: () => Promise<void>) => {
        const ran = machine.run(["/usr/bin/node", "/opt/omg/bin/omg", "daemon", "run"], { env, cwd: "/", onStart });
        await until(() => machine.exists("/run/omg/query.sock"), 60_000);
        await ask();
        for (const { pid, command } of machine.processes()) if (command.includes("daemon run")) process.kill(pid);
        await ran;
      };
      const onStart = () => undefined;
      await roots({}, async () => {
        for (const args of ALL) await isAnswered(args, at("bob"));
      });
      await roots({ OMG_DATA_DIR: "/srv/data", OMG_RUNTIME_DIR: "/run/omg" }, async () => {
        await isAnswered(["explicit"], at("root", { env: { OMG_DATA_DIR: "/srv/data", OMG_RUNTIME_DIR: "/run/omg" } }));
        for (const args of ALL) expect([args, (await native(args, at("bob"))).code]).toEqual([args, NODES]);
      });
    });
  });
