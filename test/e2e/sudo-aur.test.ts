import { cpSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askRoot } from "../support/ask-root.ts";
import { AUR_NEEDS, type AurLab, createAurLab, pkgbuild } from "../support/aur-lab.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { addBuilders } from "../support/pacman-in-root.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../support/pacman-lab.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const here = needs("mmdebstrap", "util-linux", "apt", ...PACMAN_NEEDS, ...AUR_NEEDS);
const base = here ? await debianBase() : undefined;

/** What the tests' AUR has, where nothing outside can be reached. */
const SERVER = `import { createReadStream, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
const results = [{ Name: "aur-who", PackageBase: "aur-who", Maintainer: "m", OutOfDate: null }];
createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://aur");
  if (pathname.startsWith("/rpc/")) return void response.end(JSON.stringify({ version: 5, type: "multiinfo", results }));
  const file = "/srv/aur" + decodeURIComponent(pathname);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  createReadStream(file).pipe(response);
}).listen(8001, "127.0.0.1", () => writeFileSync("/run/serving", ""));
`;

/** SIOCSIFFLAGS with IFF_UP: the loopback interface of a new network namespace is down (netdevice(7)). */
const LOOPBACK_UP = `perl -e 'socket(S, 2, 2, 0); $r = pack("a16s", "lo", 0x49); ioctl(S, 0x8914, $r) or die $!'`;
const CONFIG = '[aur]\naddress = "http://127.0.0.1:8001"\n';

// Real people, real sudo, and a machine whose packages are pacman's: who builds is not who installs.
describe.runIf(base !== undefined)("packages that somebody builds who is not root", () => {
  let lab: SudoLab;
  let repos: PacmanLab;
  let aur: AurLab;
  let commit: string;
  beforeAll(async () => {
    if (base === undefined) return;
    const root = createSudoLab(base, { withoutDebian: true });
    [lab, repos, aur] = await Promise.all([root, createPacmanLab(), createAurLab()]);
    const body = `build() { id -u > uid; }
package() { install -Dm644 uid "$pkgdir/usr/share/aur-who/uid"; }`;
    commit = aur.publish("aur-who", {
      PKGBUILD: pkgbuild("aur-who", { depends: "(omg-lib)", options: "(!strip)" }, body),
    });
    const { debian } = lab;
    addBuilders(debian.files);
    const filter = (path: string) => !lstatSync(path).isSocket();
    cpSync(repos.keyring, join(debian.files, "etc/pacman.d/gnupg"), { recursive: true, filter });
    cpSync(repos.repos.folder, join(debian.files, "srv/arch"), { recursive: true, dereference: true });
    cpSync(aur.served, join(debian.files, "srv/aur"), { recursive: true });
    debian.write(
      "/etc/pacman.conf",
      "[options]\nArchitecture = x86_64\nSigLevel = Required DatabaseRequired\n[omgtest]\nServer = file:///srv/arch/$repo\n",
    );
    debian.write("/etc/omg/config.toml", CONFIG);
    debian.write("/opt/server.mjs", SERVER);
    await debian.sh(`${LOOPBACK_UP}; node /opt/server.mjs >/dev/null 2>&1 &
      while ! test -e /run/serving; do sleep 0.1; done
      pacman --noconfirm -Sy omg-extra; omg setup --yes`);
  });
  afterAll(() => Promise.all([lab?.dispose(), repos?.dispose(), aur?.close()]));

  const ask = (person: string) =>
    lab.debian.sh("cat > omg.lock", {
      user: person,
      cwd: person === "root" ? "/root" : `/home/${person}/env`,
      input: `version: 1\nname: ${person}\npacman: {}\naur: { packages: { aur-who: { commit: ${commit} } } }\n`,
    });
  const uidOfBuilder = () => lab.debian.read("/usr/share/aur-who/uid").trim();

  it("are not taken by root, unless the machine says that its users may become root", async () => {
    await ask("alice");
    await lab.expect(0, "alice", "lock");
    const { stderr } = await lab.expect(1, "alice", "apply", "--yes");
    expect(stderr).toContain("root takes no packages that users built");
    expect(await lab.debian.sh("pacman -Qq")).toBe("omg-extra\n");
  });

  it("are built as that user and installed by root, by their hash, where it does", async () => {
    lab.debian.write("/etc/omg/config.toml", `${CONFIG}built-by-users = true\n`);
    await lab.expect(0, "alice", "apply", "--yes");
    expect(await lab.debian.sh("pacman -Q aur-who omg-lib")).toBe("aur-who 1.0-1\nomg-lib 1.0-1\n");
    expect(uidOfBuilder()).toBe((await lab.debian.sh("id -u alice")).trim());
    expect(await lab.debian.sh("find /var/lib/omg ! -user root")).toBe("");
    await lab.expect(0, "alice", "check");
  });

  it("are refused by root itself, whatever the other side was told", async () => {
    await lab.debian.sh("pacman --noconfirm -R aur-who");
    const request = await lab.requestOf("alice");
    expect(request).toContain('"name":"aur-who"');
    lab.debian.write("/etc/omg/config.toml", CONFIG);
    const answers = await askRoot(lab, request, () => undefined);
    expect(answers.at(-1)).toMatchObject({ type: "error", code: "unsupported" });
    expect(answers.some(({ type }) => type === "need")).toBe(false);
  });

  it("are built as nobody's user where root asks", async () => {
    await ask("root");
    const run = { cwd: "/root" };
    await lab.debian.expect(0, ["/usr/bin/node", "/opt/omg/bin/omg", "lock"], run);
    await lab.debian.expect(0, ["/usr/bin/node", "/opt/omg/bin/omg", "apply", "--yes"], run);
    expect(uidOfBuilder()).toBe("60999");
    expect(await lab.debian.sh("find /var/cache/omg/aur/git -mindepth 1 -maxdepth 1 -type d -printf '%U %m'")).toBe(
      "60999 700",
    );
  });

  it("are not built without bubblewrap, unless the machine's configuration says so", async () => {
    await lab.debian.sh("pacman --noconfirm -R aur-who; rm -r /var/lib/omg/aur /usr/bin/bwrap");
    const apply = ["/usr/bin/node", "/opt/omg/bin/omg", "apply", "--yes"];
    const { stderr } = await lab.debian.expect(9, apply, { cwd: "/root" });
    expect(stderr).toContain("there is no /usr/bin/bwrap");
    expect(await lab.debian.sh("pacman -Qq")).not.toContain("aur-who");
    lab.debian.write("/etc/omg/config.toml", `${CONFIG}unsandboxed = true\n`);
    await lab.debian.expect(0, apply, { cwd: "/root" });
    expect(uidOfBuilder()).toBe("60999");
    await lab.debian.expect(0, ["/usr/bin/node", "/opt/omg/bin/omg", "check"], { cwd: "/root" });
  });
});
