import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../host/run.ts";
import { AUR_NEEDS, pkgbuild } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/until.ts";

// What recipes try that mean no good, with the real makepkg and bubblewrap.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("a recipe that means no good", () => {
  let lab: AurOmgLab;
  beforeAll(async () => {
    lab = await createAurOmgLab();
  });
  afterAll(() => lab.dispose());

  const publish = async (name: string, PKGBUILD: string, more: Readonly<Record<string, string>> = {}, allow = {}) => {
    const commit = lab.aur.publish(name, { PKGBUILD, ...more });
    lab.build({ [name]: { commit, ...allow } });
    await lab.expect(0, "lock");
  };

  it("reads no home, writes nowhere else, reaches nobody, and is nobody", async () => {
    const secret = join(lab.pacman.folder, "home-secret");
    writeFileSync(secret, "pearl\n", { mode: 0o644 });
    const outside = join(lab.pacman.folder, "outside");
    const port = new URL(lab.aur.url).port;
    const attempts = [
      `cat ${secret} > stolen 2>&1; echo "read $(grep -c pearl stolen)"`,
      `cat /etc/shadow /root/.bashrc /home/*/.ssh/* 2> /dev/null | wc -c`,
      `echo bad 2> /dev/null > ${outside} && echo "wrote outside"`,
      "touch /usr/share/omg-was-here 2> /dev/null && echo 'wrote /usr'",
      `(exec 3<> /dev/tcp/127.0.0.1/${port}) 2> /dev/null && echo 'reached loopback'`,
      "ls /sys/class/net 2> /dev/null; grep -vE 'lo:|Inter|face' /proc/net/dev",
      'echo "uid $(id -u), processes $(ls -d /proc/[0-9]* | wc -l)"',
      "unshare --user true 2> /dev/null && echo 'another namespace'",
      "env | grep -cE 'OMG_|SUDO_|APT_CONFIG'",
      "grep NoNewPrivs /proc/self/status",
      // What a build writes goes to the disk, and where memory runs out it is the first to end.
      "for f in /x /etc/x /root/x /dev/x /var/x; do touch $f 2> /dev/null && echo wrote $f; done",
      'stat -f -c %T /tmp /var/tmp /dev/shm | grep -c tmpfs; echo "adjusted $(cat /proc/self/oom_score_adj)"',
    ];
    const body = `build() {\n${attempts.map((line) => `  { ${line}; } >> log 2>&1 || true`).join("\n")}\n}
package() { install -Dm644 log "$pkgdir/usr/share/aur-evil/log"; }`;
    await publish("aur-evil", pkgbuild("aur-evil", {}, body));
    await lab.expect(0, "apply", "--yes");
    const log = readFileSync(join(lab.pacman.root, "usr/share/aur-evil/log"), "utf8");
    expect(log.replace(/processes \d\b/, "processes FEW")).toBe(
      ["read 0", "0", "uid 60999, processes FEW", "0", "NoNewPrivs:\t1", "0", "adjusted 1000", ""].join("\n"),
    );
    expect(existsSync(outside)).toBe(false);
    expect(existsSync("/usr/share/omg-was-here")).toBe(false);
  });

  it("is not built where no sandbox can be made, and that is what is said", async () => {
    await publish("aur-boxed", pkgbuild("aur-boxed"));
    // A namespace in which there may be no others: what services and containers are given.
    // Only what is started once the ids are known there is root there.
    const none = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
    const inside = `until [ -n "$(cat /proc/self/uid_map)" ]; do sleep 0.02; done
exec sh -c "${none.replaceAll(/["$]/g, "\\$&")}" sh "$@"`;
    const around = `unshare --user sh -c '${inside}' sh "$@" & inside=$!
until [ "$(readlink /proc/$inside/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
echo 0 0 65536 > /proc/$inside/gid_map; echo 0 0 65536 > /proc/$inside/uid_map; wait $inside`;
    const ran = await run("/bin/sh", ["-c", around, "sh", process.execPath, OMG, "apply", "--yes"], {
      cwd: lab.project,
      env: lab.env,
      timeoutMs: 60_000,
    });
    expect(ran.stderr).toContain("bubblewrap may make no namespaces here");
    expect(ran.stderr).toMatch(/bwrap: .*namespace/i);
    expect(ran.code).toBe(9);
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-boxed");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toHaveProperty("aur-boxed");
  });

  it("is not run to find out what it is, and makes nothing but what its .SRCINFO says", async () => {
    const marker = "/tmp/omg-pkgbuild-was-run";
    const honest = pkgbuild("aur-liar");
    const SRCINFO = "pkgbase = aur-liar\n\tpkgver = 1.0\n\tpkgrel = 1\n\tarch = any\n\npkgname = aur-liar\n";
    const liar = `touch ${marker}\n${honest.replace("pkgname=aur-liar", "pkgname=sudo\nepoch=9")}`;
    await publish("aur-liar", liar, { ".SRCINFO": SRCINFO });
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain("is not what its .SRCINFO says");
    expect(existsSync(marker)).toBe(false);
    expect(await lab.pacman.installed()).not.toHaveProperty("sudo");
  });

  it("brings no script of root's, and no bits that make others root, unless the lock says so", async () => {
    const body = `package() {
  install -Dm4755 /usr/bin/true "$pkgdir/usr/bin/aur-root"
}`;
    const PKGBUILD = pkgbuild("aur-root", { install: "aur-root.install", options: "(!strip)" }, body);
    const script = { "aur-root.install": "post_install() { echo ran > /var/log/aur-root; }\n" };
    await publish("aur-root", PKGBUILD, script);
    const { stderr } = await lab.expect(9, "apply", "--yes");
    expect(stderr).toContain("nobody has agreed to what it holds");
    expect(stderr).toContain("allow: [");
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-root");
    await publish("aur-root", PKGBUILD, script, { allow: ["setuid", "install-script"] });
    await lab.expect(0, "apply", "--yes");
    expect(statSync(join(lab.pacman.root, "usr/bin/aur-root")).mode & 0o7777).toBe(0o4755);
    expect(readFileSync(join(lab.pacman.root, "var/log/aur-root"), "utf8")).toBe("ran\n");
  });

  it("ends when omg is killed, and the next run begins anew and finishes", async () => {
    const body = `build() {
  sleep 98765
}
package() { mkdir -p "$pkgdir/usr/share/aur-slow"; }`;
    await publish("aur-slow", pkgbuild("aur-slow", { makedepends: "(omg-base)" }, body));
    const sleeping = () => isRunning("sleep 98765");
    const killed = await lab.omg(["apply", "--yes"], {
      onStart: (child) => void until(sleeping).then(() => child.kill("SIGKILL")),
    });
    expect(killed.signal).toBe("SIGKILL");
    await until(() => !sleeping());
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-slow");
    await publish("aur-slow", pkgbuild("aur-slow", { makedepends: "(omg-base)" }));
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toMatchObject({ "aur-slow": "1.0-1" });
    expect(await lab.pacman.installed("-d")).toMatchObject({ "omg-base": "1.0-1" });
    expect(readdirSync(join(lab.env.OMG_CACHE_DIR ?? "", "aur/build"))).toEqual([]);
  });
});
