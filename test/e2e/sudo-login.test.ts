import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { words } from "../support/refusal.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;
const SECRET = "s3cr3t-of-ann";

/** The test repository over http, for whoever knows the login. */
const SERVER = `import { createReadStream, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
createServer((request, response) => {
  const login = "Basic " + Buffer.from("ann:${SECRET}").toString("base64");
  if (request.headers.authorization !== login) return void response.writeHead(401).end();
  const file = process.argv[2] + decodeURIComponent(request.url);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  createReadStream(file).pipe(response);
}).listen(8000, "127.0.0.1", () => writeFileSync("/run/serving", ""));
`;

/** SIOCSIFFLAGS with IFF_UP: the loopback interface of a new network namespace is down (netdevice(7)). */
const LOOPBACK_UP = `perl -e 'socket(S, 2, 2, 0); $r = pack("a16s", "lo", 0x49); ioctl(S, 0x8914, $r) or die $!'`;

describe.runIf(base !== undefined)("a user who may not read the logins", () => {
  let lab: SudoLab;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    const { debian } = lab;
    debian.write("/opt/server.mjs", SERVER);
    const uris = await debian.sh("sed -n 's/^URIs: file:\\/\\///p' /etc/apt/sources.list.d/omg.sources");
    await debian.sh(`${LOOPBACK_UP}; node /opt/server.mjs ${uris.trim()} >/dev/null 2>&1 &
      while ! test -e /run/serving; do sleep 0.1; done
      sed -i 's,^URIs: .*,URIs: http://127.0.0.1:8000,' /etc/apt/sources.list.d/omg.sources`);
    debian.write("/etc/apt/apt.conf.d/retries", 'Acquire::Retries "0";\n');
    debian.write("/etc/apt/auth.conf.d/omg.conf", `machine http://127.0.0.1 login ann password ${SECRET}\n`, 0o600);
    await debian.sh("apt-get update; omg setup --yes");
  });
  afterAll(() => lab?.dispose());

  it("has root fetch, which does, and never sees them", async () => {
    await lab.lock("alice", { "omg-app": "2.0" });
    const { stdout, stderr } = await lab.expect(0, "alice", "apply", "--yes");
    expect((await lab.debian.installed()).get("omg-app")?.status).toBe("ii");
    expect(stdout + stderr).not.toContain(SECRET);
    const found = await lab.debian.sh(`grep -rl ${SECRET} /home /var/lib/omg /var/cache/omg || true`);
    expect(found).toBe("");
    await lab.expect(0, "alice", "check");
  });

  it("is told so by root when the logins are wrong, and nothing is changed", async () => {
    lab.debian.write("/etc/apt/auth.conf.d/omg.conf", "machine http://127.0.0.1 login ann password wrong\n", 0o600);
    await lab.lock("alice", { "omg-app": "2.0", "omg-script": "1.0" });
    const before = lab.debian.snapshot();
    const { stderr } = await lab.expect(8, "alice", "apply", "--yes");
    expect(words(stderr)).toMatch(/answered 401/);
    expect(lab.debian.snapshot()).toBe(before);
  });
});
