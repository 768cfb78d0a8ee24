import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { debianBase } from "./debian-base.ts";
import { createDebianRoot } from "./debian-root.ts";
import { needs } from "./needs.ts";
import { until } from "./until.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

describe.runIf(base !== undefined)("a Debian root of a test's own", () => {
  const made = () => {
    if (base === undefined) throw new Error("there is no base");
    return createDebianRoot(base, { packages: [{ name: "omg-base", version: "1.0" }], withoutDebian: true });
  };

  it("has mounts that nobody outside sees, and leaves none and no process behind", async () => {
    const before = readFileSync("/proc/self/mountinfo", "utf8");
    const debian = await made();
    expect(await debian.sh("sed -n 's/.* - //p' /proc/self/mountinfo | cut -d ' ' -f 1 | head -n 1")).toBe("overlay\n");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(before);
    const sleeping = debian.run(["/bin/sleep", "1000"]);
    await until(() => debian.processes().some(({ command }) => command === "/bin/sleep 1000"));
    const pids = debian.processes().map(({ pid }) => pid);
    await debian.dispose();
    expect((await sleeping).code).not.toBe(0);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(debian.files)).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(before);
  });

  it("is fresh each time, and never changes the base", async () => {
    const [one, other] = await Promise.all([made(), made()]);
    try {
      await one.sh("apt-get -qq -y install omg-base; rm /etc/hostname");
      expect((await one.installed()).get("omg-base")?.status).toBe("ii");
      expect((await other.installed()).get("omg-base")).toBeUndefined();
      expect(other.exists("/etc/hostname")).toBe(true);
      expect(existsSync(join(base?.folder ?? "", "root/etc/hostname"))).toBe(true);
    } finally {
      await Promise.all([one.dispose(), other.dispose()]);
    }
  });

  it("lets setuid work, and has Node without anything of this machine's", async () => {
    const debian = await made();
    try {
      expect(await debian.sh("sudo -n true; node -p 'process.env.NODE_EXTRA_CA_CERTS'")).toBe("undefined\n");
      expect(await debian.sh("su nobody -s /bin/sh -c 'id -un'; stat -c '%a %U' /usr/bin/sudo")).toBe(
        "nobody\n4755 root\n",
      );
    } finally {
      await debian.dispose();
    }
  });
});
