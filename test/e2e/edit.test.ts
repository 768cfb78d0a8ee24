import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, type OmgLab } from "../support/omg-lab.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { expectRefusal, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root");

/** struct flock of x86-64 and arm64 Linux, taken with F_SETLK (6) as apt does. */
const FCNTL = `$| = 1; open(my $f, "+>>", $ARGV[0]) or die; my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
  fcntl($f, 6, $l) or die "busy"; print "locked\\n"; sleep 60;`;

const LOCK = `version: 1
name: lab # the team's
apt:
  packages:
    # needed by all
    omg-base: "*"
  unmanaged: report
`;

interface Edited {
  readonly requests: readonly { readonly address: string; readonly from: string | null; readonly to: string | null }[];
  readonly pins: readonly {
    readonly address: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly source?: string;
  }[];
  readonly written: boolean;
  readonly notes: readonly string[];
}

const versionsIn = async (lab: OmgLab) =>
  Object.fromEntries(
    [...(await lab.apt.installed())].flatMap(([name, { version, status }]) =>
      status === "ii" ? [[name, version] as const] : [],
    ),
  );
const edited = (text: string) => JSON.parse(text) as Edited;
const moved = ({ pins }: Edited) => pins.map(({ address, from, to }) => `${address} ${from} ${to}`).sort();

// Commands that edit the lock and apply it, with the real apt and dpkg in an isolated root.
describe.runIf(HERE)("by name", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    await lab.apt.aptOk("install", "omg-base");
    lab.writeLock(LOCK);
    await lab.expect(0, "lock");
  });
  afterAll(() => lab.dispose());

  /** Holds a command to leave lock and machine as they are. */
  const unchanged = async (act: () => Promise<unknown>) => {
    const before = [lab.readLock(), lab.apt.snapshot()];
    await act();
    expect([lab.readLock(), lab.apt.snapshot()]).toEqual(before);
  };

  it("asks on a terminal about the lock and the plan at once, and a no leaves both as they were", async () => {
    for (const [typed, exit] of [
      ["n\n", 9],
      ["\u0003", 130],
    ] as const) {
      await unchanged(async () => {
        const { code, shown } = await onTerminal(lab, ["install", "omg-app=2.0"], typed, { NO_COLOR: "1" });
        expect(shown).toMatch(/\+ +omg-app +2\.0/);
        expect(shown).toContain("Write the lock and apply these 3 changes? [y/N]");
        expect(code).toBe(exit);
      });
    }
  });

  it("needs consent, and a dry run or what cannot be done writes nothing", async () => {
    await unchanged(() => expectRefusal(lab, { args: ["install", "omg-app"], exit: 9, says: ["--yes"] }));
    await unchanged(async () => {
      const { stdout } = await lab.expect(0, "install", "omg-app", "--dry-run");
      expect(stdout).toMatch(/\+ +omg-app/);
      expect(stdout).toContain("nothing was changed");
    });
    const cases: [string, string][] = [
      ["omg-ap", "Did you mean omg-app"],
      ["omg-editor", "provided by omg-eda, omg-edb"],
      ["omg-app=9", "No source offers omg-app 9"],
      ["omg-broken", "finds no way"],
      ["Omg", "is not the name of a Debian package"],
      ["pacman.omg-app", "not on this machine"],
    ];
    for (const [name, says] of cases)
      await unchanged(() => expectRefusal(lab, { args: ["install", name, "--yes"], exit: 1, says: [says] }));
    await unchanged(() => expectRefusal(lab, { args: ["install", "--yes"], exit: 1, says: ["Nothing to install"] }));
  });

  it("takes a name once, and edits neither a name nor anything else in files that the lock includes", async () => {
    const twice = ["install", "omg-app", "apt.omg-app", "--yes"];
    await unchanged(() => expectRefusal(lab, { args: twice, exit: 1, says: ["apt.omg-app is named twice"] }));
    const folder = join(lab.apt.folder, "split");
    const file = (name: string) => join(folder, name);
    const platform = /^pins: (.+)$/m.exec(lab.readLock())?.[1];
    mkdirSync(folder);
    writeFileSync(file("team.yaml"), 'apt:\n  packages:\n    omg-lib: "*"\n');
    writeFileSync(file("pins.yaml"), `pins: ${platform}\n`);
    writeFileSync(
      file("omg.lock"),
      "version: 1\nname: split\ninclude: [team.yaml, pins.yaml]\napt: { packages: {} }\n",
    );
    const args = (...words: readonly string[]) => ["-C", folder, ...words];
    await expectRefusal(lab, { args: args("remove", "omg-lib", "--absent"), exit: 1, says: [/team\.yaml:3/] });
    await lab.expect(0, ...args("install", "omg-eda", "--no-apply"));
    expect(readFileSync(file("omg.lock"), "utf8")).toContain('apt: { packages: { omg-eda: "*" } }\n');
    expect(readFileSync(file("omg.lock"), "utf8")).not.toContain("pins:");
    expect(readFileSync(file("pins.yaml"), "utf8")).toMatch(/omg-eda: \{ version: "1\.0"/);
    await lab.expect(2, ...args("check", "--locked"));
  });

  it("installs with a version, in its place in the lock, pinned and owned", async () => {
    const { stdout } = await lab.expect(0, "install", "apt.omg-app=2.0", "--yes");
    expect(stdout).toContain("Written");
    expect(lab.readLock()).toMatch(/^version: 1\nname: lab # the team's\napt:\n {2}packages:\n {4}# needed by all\n/);
    expect(lab.readLock()).toContain('    omg-app: "2.0"\n');
    expect(await versionsIn(lab)).toEqual({
      "omg-app": "2.0",
      "omg-base": "1.0",
      "omg-extra": "1.0",
      "omg-lib": "1.1",
    });
    await lab.expect(0, "check", "--locked");
    await unchanged(() => lab.expect(0, "install", "omg-app", "--yes"));
  });

  it("makes a request exact and free again, and applies nothing", async () => {
    const before = lab.apt.snapshot();
    const once = edited((await lab.expect(0, "unpin", "omg-app", "--json")).stdout);
    expect(once.requests).toEqual([{ address: "apt.omg-app", from: "2.0", to: "*" }]);
    expect(lab.readLock()).toContain('    omg-app: "*"\n');
    await lab.expect(0, "pin", "omg-app:amd64");
    expect(lab.readLock()).toContain('    omg-app: "2.0"\n');
    await unchanged(() => lab.expect(0, "pin", "omg-app=2.1", "--dry-run"));
    await unchanged(() => expectRefusal(lab, { args: ["unpin", "omg-ap"], exit: 1, says: ["Did you mean omg-app"] }));
    const exact = edited((await lab.expect(0, "pin", "omg-app=2.1", "--json")).stdout);
    expect(moved(exact)).toEqual(["apt.omg-app 2.0 2.1"]);
    await lab.expect(0, "pin", "omg-app=2.0");
    await lab.expect(0, "unpin", "omg-app");
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("updates all within the requests, or nothing where there is nothing", async () => {
    const { stdout } = await lab.expect(0, "update", "--yes", "--json");
    expect(moved(edited(stdout))).toEqual(["apt.omg-app 2.0 2.1"]);
    expect(edited(stdout).pins[0]?.source).toBe("omg");
    expect(await versionsIn(lab)).toMatchObject({ "omg-app": "2.1" });
    // Other lists that say the same of all that is pinned are no reason to write.
    await lab.apt.addPackage({ name: "omg-new", version: "1.0" });
    await lab.apt.publish();
    await unchanged(async () => {
      expect((await lab.expect(0, "update", "--yes")).stdout).toContain("Nothing to do");
    });
  });

  it("updates one, with what has to move along, after having the lists fetched", async () => {
    await lab.expect(0, "install", "omg-script=1.0", "--yes");
    await lab.expect(0, "unpin", "omg-script");
    await lab.apt.addPackage({ name: "omg-lib", version: "1.2" });
    await lab.apt.addPackage({ name: "omg-app", version: "2.2", fields: { Depends: "omg-base, omg-lib (>= 1.2)" } });
    await lab.apt.publish();
    await unchanged(async () => {
      const { stdout } = await lab.expect(0, "update", "omg-app", "--no-refresh", "--yes", "--json");
      expect(moved(edited(stdout))).toEqual([]);
    });
    await unchanged(() => expectRefusal(lab, { args: ["update", "omg-ap"], exit: 1, says: ["Did you mean omg-app"] }));
    const { stdout } = await lab.expect(0, "update", "omg-app", "--yes", "--json");
    expect(moved(edited(stdout))).toEqual(["apt.omg-app 2.1 2.2", "apt.omg-extra 1.0 null", "apt.omg-lib 1.1 1.2"]);
    expect(await versionsIn(lab)).toMatchObject({ "omg-app": "2.2", "omg-lib": "1.2", "omg-script": "1.0" });
    await lab.expect(0, "check");
  });

  it("updates only from security sources where asked, and edits only the pins with --no-apply", async () => {
    await lab.apt.addPackage({ name: "omg-lib", version: "1.2+sec1", suite: "stable-security" });
    await lab.apt.addPackage({ name: "omg-base", version: "1.1" });
    await lab.apt.publish();
    const machine = lab.apt.snapshot();
    const { stdout } = await lab.expect(0, "update", "--security", "--no-apply", "--json");
    expect(moved(edited(stdout))).toEqual(["apt.omg-lib 1.2 1.2+sec1"]);
    expect(lab.apt.snapshot()).toBe(machine);
    expect(lab.readLock()).toContain('omg-lib: { version: "1.2+sec1"');
    await lab.expect(0, "apply", "--yes");
    expect(await versionsIn(lab)).toMatchObject({ "omg-lib": "1.2+sec1", "omg-base": "1.0", "omg-script": "1.0" });
  });

  it("takes up what is newer here already, and check says how", async () => {
    await lab.apt.aptOk("install", "omg-base", "omg-script");
    expect(words((await lab.expect(0, "check")).stdout)).toContain("`omg update` takes them up");
    const { stdout } = await lab.expect(0, "update", "omg-script", "--no-refresh", "--yes", "--json");
    expect(moved(edited(stdout))).toEqual(["apt.omg-script 1.0 1.1"]);
    await lab.expect(0, "update", "--no-refresh", "--yes");
    expect((await lab.expect(0, "check")).stdout).not.toContain("newer than pinned");
  });

  it("removes what it owns with what came along, and says which word is missing for the rest", async () => {
    await unchanged(() =>
      expectRefusal(lab, {
        args: ["remove", "omg-base"],
        exit: 1,
        says: ["omg remove --absent omg-base", "omg adopt omg-base"],
      }),
    );
    await unchanged(() =>
      expectRefusal(lab, { args: ["remove", "omg-lib"], exit: 1, says: ["not asked for", "--absent"] }),
    );
    await unchanged(() => expectRefusal(lab, { args: ["remove", "omg-ap"], exit: 1, says: ["Did you mean omg-app"] }));
    await lab.expect(0, "remove", "omg-app", "--yes");
    expect(await versionsIn(lab)).toEqual({ "omg-base": "1.1", "omg-script": "1.1" });
    expect(lab.readLock()).not.toContain("omg-lib");
    expect(lab.readLock()).toContain("# needed by all");
    await lab.expect(0, "remove", "--absent", "omg-base", "--yes");
    expect(lab.readLock()).toContain("    omg-base: absent\n");
    await lab.expect(0, "remove", "--purge", "omg-script", "--yes");
    expect(lab.readLock()).toContain("    omg-script: purged\n");
    expect(await versionsIn(lab)).toEqual({});
    await lab.expect(0, "check");
    await lab.expect(0, "install", "omg-base", "--yes");
    expect(lab.readLock()).toContain('    omg-base: "*"\n');
  });

  it("says that the lock stays edited when the apply fails after it", async () => {
    const said = words((await lab.expect(6, "install", "omg-failpost", "--yes")).stderr);
    expect(said).toContain("stays as edited");
    expect(lab.readLock()).toContain('omg-failpost: "*"');
    await lab.expect(0, "remove", "--purge", "omg-failpost", "--yes");
  });

  it("refuses by policy before the lock is written", async () => {
    const policy = join(lab.project, "policy.toml");
    writeFileSync(policy, 'version = 1\n[packages]\ndeny = ["omg-eda"]\n');
    try {
      await unchanged(() => expectRefusal(lab, { args: ["install", "omg-eda", "--yes"], exit: 4, says: ["omg-eda"] }));
    } finally {
      rmSync(policy);
    }
  });

  it("names a source that cannot be read", async () => {
    const source = join(lab.apt.root, "etc/apt/sources.list.d/gone.list");
    writeFileSync(source, "deb [trusted=yes] file:///nonexistent/omg ./\n");
    try {
      await unchanged(() =>
        expectRefusal(lab, { args: ["update", "--yes"], exit: 8, says: ["/nonexistent/omg", "--no-refresh"] }),
      );
    } finally {
      rmSync(source);
    }
    await lab.expect(0, "update", "--yes");
  });

  it("waits for nobody who has the package lists in hand, and names them", async () => {
    const path = join(lab.apt.root, "var/lib/apt/lists/lock");
    const child = spawn("/usr/bin/perl", ["-e", FCNTL, path], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await new Promise((done) => child.stdout.once("data", done));
      await unchanged(() =>
        expectRefusal(lab, { args: ["update", "--yes"], exit: 5, says: [`perl (pid ${child.pid})`] }),
      );
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("begins a lock of one's own where there is none", async () => {
    const own = join(lab.apt.folder, "omg/config/user/omg.lock");
    const elsewhere = ["-C", lab.apt.root];
    expect((await lab.omg([...elsewhere, "remove", "omg-eda", "--yes"])).code).toBe(3);
    expect((await lab.omg([...elsewhere, "install", "omg-eda"])).code).toBe(9);
    expect(existsSync(own)).toBe(false);
    const ran = await lab.omg([...elsewhere, "install", "omg-eda", "--yes"]);
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(ran.stdout).toContain("a new lock");
    expect(readFileSync(own, "utf8")).toMatch(
      /^version: 1\nname: .+\napt:\n {2}packages:\n {4}omg-eda: "\*"\n---\npins: /,
    );
    expect(await versionsIn(lab)).toMatchObject({ "omg-eda": "1.0" });
  });
});
