import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "../support/omg-lab.ts";
import { until } from "../support/until.ts";

const kernel = (release: string): DebSpec => ({
  name: `linux-image-${release}`,
  version: "6.1.1-1",
  fields: { "Installed-Size": "9000" },
});
const PACKAGES: readonly DebSpec[] = [
  ...["1", "2", "3"].map((version) => ({ name: "tool", version })),
  ...["1", "2"].map((version) => ({ name: "libtool", version })),
  kernel("6.1.0-90-amd64"),
  kernel("6.1.0-91-amd64"),
];

// What else goes on on the machine around a change of packages: it is named, waited for or refused, and never undone.
describe.runIf(needs("apt", "dpkg", "gpg", "gpg-agent", "root"))("around the change", () => {
  let lab: OmgLab;
  beforeEach(async () => {
    lab = await createOmgLab({ packages: PACKAGES });
  });
  let mounted: string | undefined;
  afterEach(async () => {
    if (mounted !== undefined) execFileSync("umount", [mounted]);
    mounted = undefined;
    await lab.dispose();
  });

  const inRoot = (path: string) => join(lab.apt.root, path);
  const put = (path: string, text: string) => {
    mkdirSync(join(inRoot(path), ".."), { recursive: true });
    writeFileSync(inRoot(path), text);
  };
  const want = (packages: Readonly<Record<string, unknown>>) => lab.writeLock(lockOf(packages));
  const said = async (code: number, ...args: readonly string[]) => {
    const ran = await lab.expect(code, ...args);
    return (ran.stdout + ran.stderr).replace(/\s+/g, " ");
  };
  const version = async (name: string) => (await lab.apt.installed()).get(name)?.version;

  it("the machine's own hooks of apt are named, and run; one that says no stops everything", async () => {
    put(
      "etc/apt/apt.conf.d/hooks",
      `DPkg::Pre-Install-Pkgs { "cat > ${inRoot("seen")}"; };\nDPkg::Post-Invoke { "touch ${inRoot("after")}"; };\n`,
    );
    want({ tool: "1" });
    const plan = await said(0, "plan");
    expect(plan).toContain(`own hooks of apt run along: cat > ${inRoot("seen")} (DPkg::Pre-Install-Pkgs);`);
    expect(plan).toContain(`touch ${inRoot("after")} (DPkg::Post-Invoke)`);
    expect(existsSync(inRoot("seen"))).toBe(false);
    await lab.expect(0, "apply", "--yes");
    expect(readFileSync(inRoot("seen"), "utf8")).toContain(".deb");
    expect(existsSync(inRoot("after"))).toBe(true);
    expect(await said(0, "plan")).not.toContain("hooks");

    put("etc/apt/apt.conf.d/bugs", 'DPkg::Pre-Install-Pkgs { "echo grave bugs >&2; exit 10"; };\n');
    want({ tool: "2" });
    const before = lab.apt.snapshot();
    expect(await said(1, "apply", "--yes")).toMatch(/grave bugs.*Now: Nothing was changed/);
    expect(lab.apt.snapshot()).toBe(before);
    rmSync(inRoot("etc/apt/apt.conf.d/bugs"));
    await lab.expect(0, "apply", "--yes");
    expect(await version("tool")).toBe("2");
  });

  it("a restart that is due is said, with who asks for it, and who goes on with old libraries", async () => {
    await lab.apt.aptOk("install", "libtool=1", "tool=1");
    want({ tool: "2" });
    const quiet = await said(0, "apply", "--yes");
    for (const word of ["restarted", "libraries"]) expect(quiet).not.toContain(word);
    put("run/reboot-required", "*** System restart required ***\n");
    put("run/reboot-required.pkgs", "linux-image-amd64\nlibc6\nlibc6\n");
    want({ tool: "2", libtool: "2" });
    const loud = await said(0, "apply", "--yes");
    expect(loud).toContain("asks to be restarted, because of libc6, linux-image-amd64 (/run/reboot-required)");
    expect(loud).toContain("needrestart, which would name them, is not installed");
    put("usr/sbin/needrestart", "");
    want({ tool: "2", libtool: "1" });
    const { stdout } = await lab.expect(0, "apply", "--yes", "--allow-downgrades", "--json");
    expect((JSON.parse(stdout) as { notes: readonly string[] }).notes.join(" ")).toContain("`needrestart` names them");
  });

  it("a /boot that is too small for a new kernel is said in the plan", async () => {
    const [first, second] = ["linux-image-6.1.0-90-amd64", "linux-image-6.1.0-91-amd64"];
    want({ [first]: "*" });
    mkdirSync(inRoot("boot"));
    expect(await said(0, "plan")).not.toContain("/boot");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", inRoot("boot")]);
    mounted = inRoot("boot");
    expect(await said(0, "plan")).toContain(`/boot may be too full for ${first}: about 10 MB are needed`);
    await lab.expect(0, "apply", "--yes");
    put("boot/vmlinuz-6.1.0-90-amd64", "k".repeat(1_000_000));
    put("boot/initrd.img-6.1.0-90-amd64", "i".repeat(500_000));
    want({ [first]: "*", [second]: "*" });
    expect(await said(0, "plan")).not.toContain("/boot");
    put("boot/initrd.img-6.1.0-90-amd64", "i".repeat(1_800_000));
    expect(await said(0, "plan")).toContain(`/boot may be too full for ${second}: about 3 MB`);
  });

  it.each([
    ["lib/dpkg/lock-frontend", "packagekitd"],
    ["run/unattended-upgrades.lock", "unattended-upgrade"],
  ])("a program that holds %s is named with its pid", async (path, program) => {
    want({ tool: "1" });
    const lock = path.startsWith("run/") ? path : `var/${path}`;
    put(lock, "");
    const pid = await holding(inRoot(lock), join(lab.apt.folder, program));
    const text = await said(5, "apply", "--yes");
    expect(text).toContain(`${program} (pid ${pid}) is changing packages right now.`);
    expect(await version("tool")).toBeUndefined();
    process.kill(pid, "SIGKILL");
    await expect.poll(async () => (await lab.omg(["apply", "--yes"])).code).toBe(0);
  });

  it("a list that nobody signed anew for too long is refused where a policy says so", async () => {
    rmSync(inRoot("var/lib/apt/lists"), { recursive: true });
    await lab.apt.publish({ date: new Date(Date.now() - 10.5 * 86_400_000) });
    await lab.apt.aptOk("update");
    want({ tool: "1" });
    const policy = (days: number) =>
      writeFileSync(join(lab.project, "policy.toml"), `version = 1\n[indexes]\nmax-age = ${days}\n`);
    policy(9);
    const before = lab.apt.snapshot();
    expect(await said(4, "apply", "--yes")).toMatch(
      /10 days ago, and 9 may be\. \[indexes\.max-age, \S+policy\.toml:3\]/,
    );
    expect(lab.apt.snapshot()).toBe(before);
    policy(10);
    await lab.expect(0, "apply", "--yes");
  });

  it("what moved between plan and apply makes the plan stale; what moved since is ahead, and stays", async () => {
    want({ tool: "1" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes", "--locked");
    lab.wantPackages({ tool: "2" });
    await lab.expect(0, "lock");
    await lab.expect(0, "plan", "--out", "saved.plan");
    await lab.apt.aptOk("install", "tool=3"); // as a timer's upgrade does in the night
    const before = lab.apt.snapshot();
    expect(await said(7, "apply", "saved.plan")).toContain("saved.plan is not the plan that would be made now");
    expect(await said(0, "check")).toContain("tool 3 (pinned: 2)");
    await lab.expect(0, "apply", "--yes");
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("what moves while somebody thinks about the plan makes it stale as well", async () => {
    await lab.apt.aptOk("install", "tool=1");
    want({ tool: "2", libtool: "1" });
    const { code, shown } = await answered(lab, ["apply"], async () => {
      await lab.apt.aptOk("install", "tool=3");
    });
    expect(shown.replace(/\s+/g, " ")).toMatch(
      /Something changed between the plan and its execution.*apt\.tool is not as it was/,
    );
    expect(code).toBe(7);
    expect([await version("tool"), await version("libtool")]).toEqual(["3", undefined]);
  });
});

/** Runs omg on a terminal made by script(1), does something once it asks, and says yes then. */
async function answered(
  { project, env }: OmgLab,
  args: readonly string[],
  meanwhile: () => Promise<void>,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const command = [process.execPath, OMG, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 200; exec ${command}`, "/dev/null"], {
    cwd: project,
    env: { ...env, TERM: "xterm", NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await until(() => shown.includes("[y/N]"));
  await meanwhile();
  child.stdin.write("y\n");
  return { code: await ended, shown };
}

/** A program of this name that holds the file with fcntl(2), as apt and dpkg do; gives its pid. */
async function holding(path: string, program: string): Promise<number> {
  const code = `#!/usr/bin/perl
$| = 1; open(my $f, "+>>", $ARGV[0]) or die; my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
fcntl($f, 6, $l) or die "busy"; print "locked\\n"; sleep 60;\n`;
  writeFileSync(program, code, { mode: 0o755 });
  const child = spawn(program, [path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((done) => child.stdout.once("data", done));
  return child.pid ?? 0;
}
